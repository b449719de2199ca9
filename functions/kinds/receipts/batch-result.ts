import type { SyncResult } from '../kind.ts';
import type { Step } from './deliver-receipt.ts';

/** What one batch came to. Times are epoch ms. */
export interface Batch {
  readonly steps: readonly Step[];
  /** Receipts of the batch that were not tried: the operator is not to be called now, or the register is paused. */
  readonly skipped: number;
  /** Something is left that can be sent at once. */
  readonly more: boolean;
  /** When an intake that is under way is looked at again. */
  readonly lookAgainAt: number | null;
  readonly endedAt: number;
}

const MAX_BACKOFF_SECONDS = 60;

/** Seconds until the next try after `failures` batches in a row in which every receipt failed: 1, 2, 4, … 60. */
const backoffSeconds = (failures: number): number => Math.min(2 ** Math.max(0, failures - 1), MAX_BACKOFF_SECONDS);

/**
 * Turns a batch into the result of its run. `failures`: failed runs in a row before this one; `interval`: seconds.
 * A batch that was put off before it did anything is no result: its RetryLater is thrown.
 */
export function batchResult(
  batch: Batch,
  { failures, interval }: { readonly failures: number; readonly interval: number },
): SyncResult {
  const { steps, endedAt } = batch;
  const of = <K extends Step['kind']>(kind: K) =>
    steps.filter((step): step is Extract<Step, { kind: K }> => step.kind === kind);
  const [paused] = of('pause');
  const [deferred] = of('deferred');
  const failed = of('failed');
  const rejected = of('rejected').length;
  const working = of('working');
  const synced = of('synced').length;
  const progress = synced + rejected + working.filter((step) => step.answered).length;
  const tried = progress + failed.length;
  if (tried === 0 && deferred !== undefined) throw deferred.error;

  const details = {
    synced,
    failed: failed.length + rejected,
    dead_lettered: failed.filter((step) => step.deadLettered).length + rejected,
    working: working.length,
    skipped: batch.skipped,
  };
  const message = paused?.message ?? describe(failed, rejected, tried) ?? deferred?.error.message;
  const pause = paused && { pause: paused.pause };
  const until = deferred?.error.until ?? 0;

  if (progress === 0 && (failed.length > 0 || paused !== undefined)) {
    const backoff = endedAt + backoffSeconds(failures + 1) * 1000;
    // With the last receipt set aside there is nothing to come back for.
    const nextSyncAt = paused !== undefined || nextBatchAt() === null ? null : Math.max(backoff, until);
    return { outcome: 'error', message: message ?? 'No receipt could be sent', details, nextSyncAt, ...pause };
  }
  return {
    outcome: message === undefined ? 'success' : 'partial',
    ...(message !== undefined && { message }),
    recordsCount: synced,
    details,
    stored: synced > 0,
    nextSyncAt: paused === undefined ? nextBatchAt() : null,
    ...pause,
  };

  function nextBatchAt(): number | null {
    if (deferred !== undefined) return until;
    // What failed is not tried again at once, however many others wait: its tries are counted.
    const waits = failed.some((step) => !step.deadLettered) ? endedAt + interval * 1000 : undefined;
    const atOnce = batch.more || of('again').length > 0 ? endedAt : undefined;
    const times = [waits ?? atOnce, ...working.map((step) => step.askAt), batch.lookAgainAt ?? undefined];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? null : Math.max(endedAt, Math.min(...known));
  }
}

function describe(
  failed: readonly { readonly message: string }[],
  rejected: number,
  tried: number,
): string | undefined {
  const last = failed.at(-1);
  const parts = [
    last === undefined ? '' : `${failed.length} of ${tried} receipts could not be sent: ${last.message}`,
    rejected === 0 ? '' : `${rejected} of ${tried} receipts were rejected by the operator`,
  ];
  return parts.filter((part) => part !== '').join('; ') || undefined;
}
