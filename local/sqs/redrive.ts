import { invalidParameter } from './sqs-error.ts';

/** After `maxReceiveCount` receives a message goes to the queue with this ARN. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** The RedrivePolicy attribute of a queue: JSON, or the empty string for none. Throws InvalidParameterValue. */
export function parseRedrivePolicy(text: string): RedrivePolicy | undefined {
  if (text === '') return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parseObject('RedrivePolicy', text);
  // The count may be a number or its digits.
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string')
    throw invalidParameter('RedrivePolicy', 'deadLetterTargetArn is missing');
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw invalidParameter('RedrivePolicy', 'maxReceiveCount must be an integer from 1 to 1000');
  }
  return { deadLetterTargetArn, maxReceiveCount: count };
}

/** Whether a queue's RedriveAllowPolicy lets another queue name it as its dead-letter queue. */
export function allowsRedriveFrom(policy: string | undefined, sourceArn: string): boolean {
  if (!policy) return true;
  const { redrivePermission, sourceQueueArns } = parseObject('RedriveAllowPolicy', policy);
  if (redrivePermission === 'denyAll') return false;
  return redrivePermission !== 'byQueue' || (Array.isArray(sourceQueueArns) && sourceQueueArns.includes(sourceArn));
}

/** Throws InvalidParameterValue when it is no RedriveAllowPolicy. */
export function checkRedriveAllowPolicy(text: string): void {
  if (text === '') return;
  const { redrivePermission, sourceQueueArns } = parseObject('RedriveAllowPolicy', text);
  if (!['allowAll', 'denyAll', 'byQueue'].includes(String(redrivePermission))) {
    throw invalidParameter('RedriveAllowPolicy', 'redrivePermission must be allowAll, denyAll or byQueue');
  }
  if ((redrivePermission === 'byQueue') !== Array.isArray(sourceQueueArns)) {
    throw invalidParameter('RedriveAllowPolicy', 'sourceQueueArns goes with byQueue, and only with it');
  }
}

function parseObject(name: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw invalidParameter(name, 'It is not a JSON object');
}
