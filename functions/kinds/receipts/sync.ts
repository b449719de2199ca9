import { PermanentError } from '../../model/failure.ts';
import { integrationKey } from '../../model/ids.ts';
import type { Run, SyncResult } from '../kind.ts';
import { deliverBatch } from './deliver-batch.ts';
import { beat, type Heartbeat } from './heartbeat.ts';
import type { Operator } from './operator.ts';
import { type Provider, timeoutMsOf } from './providers/provider.ts';
import { openPartition } from './store.ts';

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
  const result = await deliverBatch(run, { operator, partition, timeoutMs: timeoutMsOf(config) });
  if (beating === undefined || goesOnAtOnce(result, run)) return result;
  return withHeartbeat(result, await beating);
}

const goesOnAtOnce = (result: SyncResult, run: Run): boolean =>
  result.outcome !== 'continue' && typeof result.nextSyncAt === 'number' && result.nextSyncAt <= run.clock.now();

const withHeartbeat = (result: SyncResult, { reach }: Heartbeat): SyncResult => ({
  ...result,
  details: { ...result.details, heartbeat: reach },
});
