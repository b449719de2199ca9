import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { KindName } from '../model/kind-name.ts';
import type { Clock } from './clock.ts';

export interface OutgoingMessage {
  readonly kind: KindName;
  /** Fair-queue group. */
  readonly group: string;
  readonly body: string;
  readonly delaySeconds: number;
}

export interface NotSent {
  readonly message: OutgoingMessage;
  readonly reason: string;
}

/** The kinds' queues. */
export interface Queues {
  /** Sends in batches of ten. `failed` lists what SQS did not take, after tries; everything else is durably there. */
  send(messages: readonly OutgoingMessage[]): Promise<{ readonly failed: readonly NotSent[] }>;
  /** How long a received message stays hidden from now on. Best effort: without it the queue's own timeout holds. */
  hideFor(kind: KindName, receiptHandle: string, seconds: number): Promise<void>;
}

const BATCH = 10;
/** Batches on their way at once. */
const PARALLEL = 8;
const TRIES = 3;

export function createQueues(client: SQSClient, urls: Partial<Record<KindName, string>>, clock: Clock): Queues {
  const urlOf = (kind: KindName): string => {
    const url = urls[kind];
    if (url === undefined) throw new Error(`there is no queue for kind ${kind}: QUEUE_URLS does not name one`);
    return url;
  };

  async function sendBatch(batch: readonly OutgoingMessage[], url: string): Promise<readonly NotSent[]> {
    let left = batch;
    for (let attempt = 1; ; attempt++) {
      const entries: SendMessageBatchRequestEntry[] = left.map((message, index) => ({
        Id: String(index),
        MessageBody: message.body,
        DelaySeconds: message.delaySeconds,
        MessageGroupId: message.group,
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
      // HTTP 200 says nothing about the single messages.
      const tried = left;
      const notSent = Failed.flatMap(({ Id, Code, Message }): NotSent[] => {
        const message = tried[Number(Id)];
        return message === undefined ? [] : [{ message, reason: Message ?? Code ?? 'the queue refused it' }];
      });
      if (notSent.length === 0 || attempt === TRIES) return notSent;
      left = notSent.map(({ message }) => message);
      await clock.sleep(50 * 2 ** attempt);
    }
  }

  return {
    async send(messages) {
      const batches: { url: string; messages: OutgoingMessage[] }[] = [];
      const open = new Map<string, OutgoingMessage[]>();
      for (const message of messages) {
        const url = urlOf(message.kind);
        let batch = open.get(url);
        if (batch === undefined || batch.length === BATCH) {
          batch = [];
          open.set(url, batch);
          batches.push({ url, messages: batch });
        }
        batch.push(message);
      }
      const failed: NotSent[] = [];
      let next = 0;
      const lane = async (): Promise<void> => {
        for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
          try {
            failed.push(...(await sendBatch(batch.messages, batch.url)));
          } catch (error) {
            // The whole call failed (the SDK has tried again by itself): nothing of it counts as sent.
            const reason = error instanceof Error ? error.message : String(error);
            failed.push(...batch.messages.map((message) => ({ message, reason })));
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(PARALLEL, batches.length) }, lane));
      return { failed };
    },
    async hideFor(kind, receiptHandle, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: urlOf(kind),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: Math.max(0, Math.min(43_200, Math.ceil(seconds))),
        }),
      );
    },
  };
}
