import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Kinds } from '../kinds/registry.ts';
import { KIND_NAMES, type KindName } from '../model/kind-name.ts';
import { parseQueueMessage } from '../model/message.ts';
import { executeDepsOf } from '../runtime/execute-services.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { bury, type DeadMessage } from './bury.ts';

export function createDeadLetterHandler(
  runtime: Runtime,
  kinds?: Kinds,
): MiddyfiedHandler<SQSEvent, SQSBatchResponse, Error, Context> {
  const deps = executeDepsOf(runtime, kinds);
  return middy<SQSEvent, SQSBatchResponse, Error, Context>().handler(async ({ Records }) => {
    const buried = async (record: SQSRecord): Promise<SQSBatchResponse['batchItemFailures']> => {
      try {
        await bury(deadMessage(record), deps);
        return [];
      } catch (error) {
        // It stays in the DLQ, which has an alarm, and comes again.
        runtime.log.error('a dead letter could not be recorded; it comes again', {
          messageId: record.messageId,
          error,
        });
        return [{ itemIdentifier: record.messageId }];
      }
    };
    // Those of one integration one after another: what the first tells people the second need not.
    const lanes = new Map<string, Promise<SQSBatchResponse['batchItemFailures']>>();
    for (const record of Records) {
      const lane = parseQueueMessage(record.body)?.integrationId ?? record.messageId;
      const before = lanes.get(lane) ?? Promise.resolve([]);
      lanes.set(
        lane,
        before.then(async (kept) => [...kept, ...(await buried(record))]),
      );
    }
    const kept = await Promise.all(lanes.values());
    runtime.meter.flush();
    return { batchItemFailures: kept.flat() };
  });
}

/** Its deliveries went on being counted when it was moved: this one is not one of those that failed. */
function deadMessage({ messageId, body, attributes, eventSourceARN }: SQSRecord): DeadMessage {
  const sentAt = Number(attributes.SentTimestamp);
  return {
    messageId,
    body,
    kind: kindOfDlq(eventSourceARN),
    sentAt,
    firstReceivedAt: Number(attributes.ApproximateFirstReceiveTimestamp) || sentAt,
    attempts: Math.max(1, Math.min(Number(attributes.ApproximateReceiveCount) - 1, 4)),
  };
}

/** Names end with kind and `dlq`: `driftless-prod-carrier-dlq`. */
function kindOfDlq(arn: string): KindName {
  const kind = KIND_NAMES.find((name) => arn.endsWith(`-${name}-dlq`));
  if (kind === undefined) throw new Error(`the queue ${arn} is no kind's DLQ`);
  return kind;
}
