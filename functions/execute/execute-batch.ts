import type { SQSRecord } from 'aws-lambda';
import type { KindName } from '../model/kind-name.ts';
import { parseQueueMessage } from '../model/message.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { purge } from './purge.ts';
import { type Disposition, runSync } from './run-sync.ts';

/**
 * Runs every message of a batch side by side and answers with the message ids to keep. One bad message never costs its
 * batch-mates. `deadline`: epoch ms by which every run has to be over.
 */
export async function executeBatch(
  records: readonly SQSRecord[],
  deadline: number,
  deps: ExecuteDeps,
): Promise<readonly string[]> {
  const kept = await Promise.all(
    records.map(async (record) => {
      const disposition = await disposeOf(record, deadline, deps);
      if (!disposition.keep) return [];
      await hide(record, disposition, deps);
      return [record.messageId];
    }),
  );
  return kept.flat();
}

async function disposeOf(record: SQSRecord, deadline: number, deps: ExecuteDeps): Promise<Disposition> {
  const message = parseQueueMessage(record.body);
  if (message === undefined) {
    deps.log.error('a message is not one of ours; it goes to the dead letters', { messageId: record.messageId });
    return { keep: true, hideSeconds: 0 };
  }
  try {
    if ('purge' in message) return await purge(message, deadline, deps);
    const { ApproximateReceiveCount, SentTimestamp, ApproximateFirstReceiveTimestamp } = record.attributes;
    const queued = { sentAt: Number(SentTimestamp), firstReceivedAt: Number(ApproximateFirstReceiveTimestamp) };
    return (await runSync({ message, receiveCount: Number(ApproximateReceiveCount), deadline, queued }, deps))
      .disposition;
  } catch (error) {
    // The store or the queue did not answer. The message comes again when its visibility runs out, the lease is over by then.
    const { tenantId, integrationId, kind } = message;
    deps.log.error('a run could not be carried out; its message comes again', { tenantId, integrationId, kind, error });
    return { keep: true };
  }
}

async function hide(record: SQSRecord, disposition: Disposition & { keep: true }, deps: ExecuteDeps): Promise<void> {
  if (disposition.hideSeconds === undefined) return;
  const kind = kindOfQueue(record.eventSourceARN, deps);
  if (kind === undefined) return;
  try {
    await deps.queues.hideFor(kind, record.receiptHandle, disposition.hideSeconds);
  } catch (error) {
    // Only the time of the next try is lost: the queue's own visibility timeout holds.
    deps.log.warn('could not set when a message comes again', { messageId: record.messageId, error });
  }
}

/** Queue names end with the kind: `driftless-prod-carrier`. */
function kindOfQueue(arn: string, deps: ExecuteDeps): KindName | undefined {
  return (Object.keys(deps.kinds) as KindName[]).find((kind) => arn.endsWith(`-${kind}`));
}
