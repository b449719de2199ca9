import { MAXIMUM_MESSAGE_BYTES } from './message.ts';
import { checkRedriveAllowPolicy, parseRedrivePolicy, type RedrivePolicy } from './redrive.ts';
import { invalidParameter, SqsError } from './sqs-error.ts';

/** What was set on a queue, as text, the way the API speaks of it. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** The same, ready to work with. */
export interface QueueSettings {
  readonly delayMs: number;
  readonly visibilityMs: number;
  readonly waitMs: number;
  readonly retentionMs: number;
  readonly maximumMessageBytes: number;
  readonly isFifo: boolean;
  readonly deduplicatesByContent: boolean;
  readonly redrive: RedrivePolicy | undefined;
}

/** Lowest, highest and default value. */
const NUMBERS: Readonly<Record<string, readonly [number, number, number]>> = {
  DelaySeconds: [0, 900, 0],
  MaximumMessageSize: [1024, MAXIMUM_MESSAGE_BYTES, MAXIMUM_MESSAGE_BYTES],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  VisibilityTimeout: [0, 43_200, 30],
};
const SWITCHES = ['FifoQueue', 'ContentBasedDeduplication', 'SqsManagedSseEnabled'];
/** Kept and given back; they change nothing in an embedded queue. */
const KEPT = [
  'Policy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'RedriveAllowPolicy',
  'RedrivePolicy',
];

export function defaultAttributes(): QueueAttributes {
  return {
    ...Object.fromEntries(Object.entries(NUMBERS).map(([name, [, , value]]) => [name, String(value)])),
    SqsManagedSseEnabled: 'true',
  };
}

/** Throws InvalidAttributeName for a name SQS does not know, and InvalidParameterValue for a value it would refuse. */
export function checkAttributes(attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const range = NUMBERS[name];
    if (range !== undefined) {
      const [lowest, highest] = range;
      if (!/^\d+$/.test(value) || Number(value) < lowest || Number(value) > highest) {
        throw invalidParameter(name, `Must be an integer from ${lowest} to ${highest}`);
      }
    } else if (SWITCHES.includes(name)) {
      if (value !== 'true' && value !== 'false') throw invalidParameter(name, 'Must be true or false');
    } else if (!KEPT.includes(name)) {
      throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
  }
  if (attributes.RedrivePolicy !== undefined) parseRedrivePolicy(attributes.RedrivePolicy);
  if (attributes.RedriveAllowPolicy !== undefined) checkRedriveAllowPolicy(attributes.RedriveAllowPolicy);
}

/** Of checked attributes. */
export function settingsOf(attributes: QueueAttributes): QueueSettings {
  const number = (name: string): number => Number(attributes[name] ?? NUMBERS[name]?.[2]);
  return {
    delayMs: number('DelaySeconds') * 1000,
    visibilityMs: number('VisibilityTimeout') * 1000,
    waitMs: number('ReceiveMessageWaitTimeSeconds') * 1000,
    retentionMs: number('MessageRetentionPeriod') * 1000,
    maximumMessageBytes: number('MaximumMessageSize'),
    isFifo: attributes.FifoQueue === 'true',
    deduplicatesByContent: attributes.ContentBasedDeduplication === 'true',
    redrive: parseRedrivePolicy(attributes.RedrivePolicy ?? ''),
  };
}
