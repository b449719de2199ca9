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

export interface MeasuredEnd {
  readonly status: EndStatus;
  readonly completedAt: number;
  /** What went wrong, in words. */
  readonly message: string | null;
  readonly details: Readonly<Record<string, number | string | null>>;
}

/** The run's metrics, and its one log line. */
export function measureRun(
  run: StartedRun,
  { status, completedAt, message, details }: MeasuredEnd,
  deps: ExecuteDeps,
): void {
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
  // What runs on demand is current as long as nothing waits; registers have metrics of their own for that.
  if (!run.manual && syncInterval !== null && run.kind.policy.scheduled === 'interval') {
    const age = status === 'SUCCESS' || status === 'PARTIAL' ? 0 : completedAt - (lastSyncAt ?? createdAt);
    deps.meter.add('StaleIntervals', age / (syncInterval * 1000), { kind });
  }
  if (kind === 'receipts') measureRegister(details, deps);
  const why = message === null ? '' : `: ${message}`;
  deps.log.info(`run ${run.token} of ${run.integration.name}: ${OUTCOMES[status]}${why}`, {
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

/** How a register stands after its batch. */
function measureRegister(details: MeasuredEnd['details'], deps: ExecuteDeps): void {
  const { pending, unknown, oldest_pending_seconds: oldest, dead_lettered: deadLettered } = details;
  if (typeof pending === 'number') deps.meter.add('ReceiptsPending', pending);
  if (typeof oldest === 'number') deps.meter.add('ReceiptsOldestPendingSeconds', oldest);
  if (typeof unknown === 'number') deps.meter.add('ReceiptsUnknown', unknown);
  if (typeof deadLettered === 'number') deps.meter.add('ReceiptsDeadLettered', deadLettered);
}
