import { attributesMd5, type Message, type MessageAttributes } from './message.ts';
import type { Queue } from './queue.ts';
import type { SqsRequest } from './requests.ts';

const SENDER_ID = 'AIDAEMBEDDEDSQS';

/** A message as ReceiveMessage answers it, with the attributes that were asked for. */
export function receivedMessage(queue: Queue, message: Message, request: SqsRequest<'ReceiveMessage'>): object {
  const { content } = message;
  const wanted = [...(request.AttributeNames ?? []), ...(request.MessageSystemAttributeNames ?? [])];
  const attributes = pickAttributes(content.attributes, request.MessageAttributeNames ?? []);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: content.bodyMd5,
    Body: content.body,
    Attributes: wanted.length === 0 ? undefined : pickSystemAttributes(systemAttributes(queue, message), wanted),
    MD5OfMessageAttributes: attributesMd5(attributes),
    MessageAttributes: attributes,
  };
}

function systemAttributes(queue: Queue, message: Message): Record<string, string | undefined> {
  const { content } = message;
  return {
    SenderId: SENDER_ID,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    MessageGroupId: content.groupId,
    MessageDeduplicationId: content.deduplicationId,
    SequenceNumber: queue.settings.isFifo ? sequenceNumber(message.sequence) : undefined,
    DeadLetterQueueSourceArn: message.deadLetterSource,
    AWSTraceHeader: content.traceHeader,
  };
}

/** Twenty digits, so that they sort as text, too. */
export function sequenceNumber(sequence: number): string {
  return String(sequence).padStart(20, '0');
}

function pickSystemAttributes(all: Record<string, string | undefined>, wanted: readonly string[]): object {
  if (wanted.includes('All')) return all;
  return Object.fromEntries(wanted.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]));
}

/** By name, by `prefix.*`, or all of them. Undefined when there are none. */
function pickAttributes(all: MessageAttributes = {}, wanted: readonly string[]): MessageAttributes | undefined {
  if (wanted.length === 0) return undefined;
  const isWanted = (name: string): boolean =>
    wanted.some(
      (one) =>
        one === 'All' || one === '.*' || one === name || (one.endsWith('.*') && name.startsWith(one.slice(0, -1))),
    );
  const picked = Object.entries(all).filter(([name]) => isWanted(name));
  return picked.length === 0 ? undefined : Object.fromEntries(picked);
}
