import type { Run, SyncResult } from '../kind.ts';
import { type Batch, batchResult } from './batch-result.ts';
import { deliverReceipt, type Step } from './deliver-receipt.ts';
import { INTAKE_MS, ownerOf } from './intake.ts';
import { openJournal } from './journal.ts';
import type { Operator } from './operator.ts';
import { queueKey, readQueue } from './queue.ts';
import { findReceipts } from './receipt.ts';
import type { Partition } from './store.ts';

export const BATCH_SIZE = 50;
export const DEFAULT_INTERVAL_SECONDS = 10;
/** An intake that is under way is done within moments, as a rule. */
const INTAKE_MOMENT_MS = 1000;
const INTAKE_RECENT_MS = 10_000;

/**
 * Sends the oldest receipts of a register, at most 50, one after another. Throws RetryLater when the operator may not be
 * called now and nothing was tried; LeaseLost when another run has taken over.
 */
export async function deliverBatch(
  run: Run,
  deps: {
    readonly operator: Operator;
    readonly partition: Partition /** Longest call, ms. */;
    readonly timeoutMs: number;
  },
): Promise<SyncResult> {
  const { integration, clock } = run;
  const batch = await deliver(run, deps);
  return batchResult(
    { ...batch, endedAt: clock.now() },
    { failures: integration.retryCount, interval: integration.syncInterval ?? DEFAULT_INTERVAL_SECONDS },
  );
}

async function deliver(
  run: Run,
  { operator, partition, timeoutMs }: Parameters<typeof deliverBatch>[1],
): Promise<Omit<Batch, 'endedAt'>> {
  const { clock, deadline } = run;
  // A call that has begun must be able to end before the worker does.
  const reserveMs = Math.min(timeoutMs + 2000, (deadline - clock.now()) / 2);
  const journal = await openJournal(run.token, partition);
  const steps: Step[] = [];
  let lookAgainAt: number | null = null;
  let left = BATCH_SIZE;
  let after: string | undefined;
  let more = true;
  // What comes while these are sent belongs to the batch too: it need not wait for a run of its own.
  while (left > 0 || !more) {
    const page = await readQueue({ limit: left, after }, partition);
    const { entries } = page;
    more = page.more;
    const last = entries.at(-1);
    if (last === undefined) break;
    const stored = await findReceipts(
      entries.map((entry) => entry.receiptId),
      partition,
    );
    for (const [index, entry] of entries.entries()) {
      if (clock.now() > deadline - reserveMs) return { steps, skipped: 0, more: true, lookAgainAt };
      run.signal.throwIfAborted();
      run.assertHeld();
      const receipt = await ownerOf(entry, stored.get(entry.receiptId), clock.now(), partition);
      if (receipt === 'left') continue;
      if (receipt === 'coming') {
        lookAgainAt = Math.min(lookAgainAt ?? Number.POSITIVE_INFINITY, whenIntakeIsOver(entry.createdAt, clock.now()));
        continue;
      }
      const step = await deliverReceipt(entry, receipt, { run, operator, journal, partition });
      steps.push(step);
      if (step.kind === 'pause' || step.kind === 'deferred') {
        return { steps, skipped: entries.length - index, more, lookAgainAt };
      }
    }
    left -= entries.length;
    after = queueKey(last);
  }
  // Others behind them come to their turn only when some of these have left the queue.
  const working = steps.filter(({ kind }) => kind === 'working').length;
  return { steps, skipped: 0, more: more && working < BATCH_SIZE, lookAgainAt };
}

const whenIntakeIsOver = (startedAt: number, now: number): number =>
  now + (Math.abs(now - startedAt) < INTAKE_RECENT_MS ? INTAKE_MOMENT_MS : INTAKE_MS);
