import { PermanentError, RetryLater } from '../../model/failure.ts';
import { integrationKey } from '../../model/ids.ts';
import type { Run, SyncResult } from '../kind.ts';
import { deliverBatch } from './deliver-batch.ts';
import { beat, type Heartbeat } from './heartbeat.ts';
import type { Operator } from './operator.ts';
import { type Provider, timeoutMsOf } from './providers/provider.ts';
import { countQueue, type QueueCounts } from './queue.ts';
import { openPartition, type Partition } from './store.ts';

/** One batch of one register. */
export async function syncReceipts(run: Run, provider: Provider): Promise<SyncResult> {
  const { config } = run.integration;
  const partition = openPartition(run.data, integrationKey(run.tenantId, run.integrationId));
  let operator: Operator;
  try {
    operator = provider.connect(run);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return { outcome: 'error', message: error.message, details: {}, nextSyncAt: null, pause: 'config' };
  }
  // Beside the batch, so that no receipt waits for it.
  const beating = typeof config.heartbeatUrl === 'string' ? beat(config.heartbeatUrl, run, partition) : undefined;
  let result: SyncResult;
  try {
    const delivered = await deliverBatch(run, { operator, partition, timeoutMs: timeoutMsOf(config) });
    result = { ...delivered, details: { ...delivered.details, ...(await standing(delivered, run, partition)) } };
  } catch (error) {
    // Put off before anything was tried: an operator that only ever says "later" must not silence the alarm on what waits.
    if (error instanceof RetryLater) error.details = await standing(undefined, run, partition);
    throw error;
  }
  if (beating === undefined || goesOnAtOnce(result, run)) return result;
  return withHeartbeat(result, await beating);
}

/** How the register stands after the batch, for the history and the alarms. Looked at only where something is left. */
async function standing(
  result: SyncResult | undefined,
  run: Run,
  partition: Partition,
): Promise<Readonly<Record<string, number>>> {
  const idle =
    result !== undefined && result.outcome !== 'continue' && result.nextSyncAt === null && result.pause === undefined;
  const { pending, syncing, unknown, oldestAt } = idle ? EMPTY : await countQueue(partition);
  const oldestSeconds = oldestAt === null ? 0 : Math.max(0, Math.round((run.clock.now() - oldestAt) / 1000));
  return { pending: pending + syncing, unknown, oldest_pending_seconds: oldestSeconds };
}

const EMPTY: QueueCounts = { pending: 0, syncing: 0, unknown: 0, oldestAt: null };

const goesOnAtOnce = (result: SyncResult, run: Run): boolean =>
  result.outcome !== 'continue' && typeof result.nextSyncAt === 'number' && result.nextSyncAt <= run.clock.now();

const withHeartbeat = (result: SyncResult, { reach }: Heartbeat): SyncResult => ({
  ...result,
  details: { ...result.details, heartbeat: reach },
});
