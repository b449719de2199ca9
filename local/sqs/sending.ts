import { createHash } from 'node:crypto';
import {
  checkContent,
  checkGroupOrDeduplicationId,
  type MessageAttributes,
  type MessageContent,
  md5,
  sizeOf,
} from './message.ts';
import type { Queue } from './queue.ts';
import { integerParameter, invalidParameter, missingParameter } from './sqs-error.ts';

export interface SendEntry {
  readonly body: string;
  /** 0 to 900; default: the queue's. */
  readonly delaySeconds?: number | undefined;
  readonly attributes?: MessageAttributes | undefined;
  readonly traceHeader?: string | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

/** Throws what SQS would refuse; answers by how many milliseconds the message is delayed. */
export function checkSending(queue: Queue, entry: SendEntry): number {
  const { body, attributes, groupId, deduplicationId } = entry;
  const { isFifo, deduplicatesByContent, delayMs, maximumMessageBytes } = queue.settings;
  checkContent(body, attributes);
  if (sizeOf(body, attributes) > maximumMessageBytes) {
    throw invalidParameter('MessageBody', `The message must be shorter than ${maximumMessageBytes} bytes`);
  }
  checkGroupOrDeduplicationId('MessageGroupId', groupId);
  checkGroupOrDeduplicationId('MessageDeduplicationId', deduplicationId);
  if (isFifo) {
    if (groupId === undefined) throw missingParameter('MessageGroupId');
    if (deduplicationId === undefined && !deduplicatesByContent) {
      throw invalidParameter('MessageDeduplicationId', 'The queue needs one, or ContentBasedDeduplication');
    }
    if (entry.delaySeconds) throw invalidParameter('DelaySeconds', 'A FIFO queue delays all messages or none');
  } else if (deduplicationId !== undefined) {
    throw invalidParameter('MessageDeduplicationId', 'It goes with FIFO queues only');
  }
  return integerParameter('DelaySeconds', entry.delaySeconds, [0, 900], delayMs / 1000) * 1000;
}

export function contentOf(
  queue: Queue,
  { body, attributes, traceHeader, groupId, deduplicationId }: SendEntry,
): MessageContent {
  const { isFifo, deduplicatesByContent } = queue.settings;
  const byContent = isFifo && deduplicatesByContent ? createHash('sha256').update(body).digest('hex') : undefined;
  return { body, bodyMd5: md5(body), attributes, traceHeader, groupId, deduplicationId: deduplicationId ?? byContent };
}
