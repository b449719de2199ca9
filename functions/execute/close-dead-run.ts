import type { AbandonedRun, Integration, Lease } from '../model/integration.ts';
import { releaseLease } from '../store/claim.ts';
import { historyId, putHistory, WORKER_STOPPED } from '../store/history.ts';
import type { ExecuteDeps } from './execute-deps.ts';

/** A run that was found unfinished gets its history entry: its worker died and could not write it. */
export async function closeDeadRun(
  { tenantId, id }: Integration,
  run: AbandonedRun,
  deps: Pick<ExecuteDeps, 'db' | 'clock' | 'log'>,
): Promise<void> {
  await putHistory(
    tenantId,
    id,
    {
      id: historyId(id, run.token),
      run: run.token,
      status: 'FAILED',
      trigger: run.trigger,
      scheduledFor: run.slot,
      startedAt: run.startedAt,
      completedAt: deps.clock.now(),
      recordsCount: 0,
      errorMessage: WORKER_STOPPED,
      details: {},
    },
    deps.db,
    { unlessThere: true },
  );
  deps.log.warn('a worker died during a run', { tenantId, integrationId: id, run: run.token });
}

/** The same, and its lease goes too: for a run that nothing will come to take over. */
export async function clearDeadRun(
  integration: Integration,
  { token, owner, ...lease }: Lease,
  deps: Pick<ExecuteDeps, 'db' | 'clock' | 'log'>,
): Promise<void> {
  const { tenantId, id } = integration;
  await closeDeadRun(integration, { ...lease, token }, deps);
  await releaseLease({ tenantId, id, token, owner }, deps.db);
}
