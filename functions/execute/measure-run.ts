import type { EndStatus } from '../model/integration.ts';
import type { RunOutcome } from '../platform/metric-names.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import type { StartedRun } from './run-sync.ts';

const OUTCOMES: Readonly<Record<EndStatus, RunOutcome>> = {
  SUCCESS: 'success',
  PARTIAL: 'partial',
  FAILED: 'failed',
  DEFERRED: 'deferred',
  SKIPPED: 'skipped',
};

/** The run's metrics, and its one log line. */
export function measureRun(run: StartedRun, status: EndStatus, completedAt: number, deps: ExecuteDeps): void {
  const { kind, provider, syncInterval, lastSyncAt, createdAt } = run.integration;
  const dimensions = { kind, provider };
  deps.meter.add('Runs', 1, { ...dimensions, outcome: OUTCOMES[status] });
  deps.meter.add('UpstreamCalls', run.calls, dimensions);
  if (status !== 'DEFERRED') {
    deps.meter.add('RunFailed', status === 'FAILED' ? 1 : 0, dimensions);
    deps.meter.add('RunSeconds', (completedAt - run.startedAt) / 1000, { kind });
  }
  const latenessMs = Math.max(0, run.startedAt - run.message.slot);
  if (run.message.trigger === 'schedule' && run.receiveCount === 1 && run.message.run === undefined) {
    deps.meter.add('LatenessMs', latenessMs, { kind });
  }
  if (!run.manual && syncInterval !== null) {
    const age = status === 'SUCCESS' || status === 'PARTIAL' ? 0 : completedAt - (lastSyncAt ?? createdAt);
    deps.meter.add('StaleIntervals', age / (syncInterval * 1000), { kind });
  }
  deps.log.info(`run ${run.token} of ${run.integration.name}: ${OUTCOMES[status]}`, {
    tenantId: run.tenantId,
    integrationId: run.id,
    kind,
    provider,
    run: run.token,
    slot: new Date(run.message.slot).toISOString(),
    trigger: run.message.trigger,
    status,
    latenessMs,
    durationMs: completedAt - run.startedAt,
    calls: run.calls,
  });
}
