import { LeaseLost } from '../model/failure.ts';
import type { Clock } from '../platform/clock.ts';
import { type Held, renewLease } from '../store/claim.ts';
import type { Database } from '../store/database.ts';

/** Renews a run's lease every third of its length until it is stopped, and says whether it still holds. */
export interface LeaseKeeper {
  /** Aborted with LeaseLost when another run has taken over. */
  readonly signal: AbortSignal;
  /** Throws LeaseLost when the lease has run out or was taken. */
  assertHeld(): void;
  /** A write that renewed the lease by the way. */
  renewed(): void;
  lose(): LeaseLost;
  stop(): void;
}

export function keepLease(
  held: Held,
  leaseMs: number,
  { db, clock, stopSignal }: { readonly db: Database; readonly clock: Clock; readonly stopSignal: AbortSignal },
): LeaseKeeper {
  const lost = new AbortController();
  const stopped = new AbortController();
  let until = clock.now() + leaseMs;

  const lose = (): LeaseLost => {
    const error = new LeaseLost(`another run has taken over from run ${held.token}`);
    if (!lost.signal.aborted) lost.abort(error);
    return error;
  };

  const renewing = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(leaseMs / 3, stopped.signal);
      try {
        const asked = clock.now();
        if (!(await renewLease(held, leaseMs, db))) {
          lose();
          return;
        }
        until = asked + leaseMs;
      } catch {
        // DynamoDB did not answer: the lease still holds for two thirds of its length, and the next renewal comes before that.
      }
    }
  };
  renewing().catch(() => {
    // Only the sleep rejects, when it is stopped.
  });

  return {
    signal: AbortSignal.any([lost.signal, stopSignal]),
    assertHeld() {
      if (lost.signal.aborted || clock.now() >= until) throw lose();
    },
    renewed() {
      until = clock.now() + leaseMs;
    },
    lose,
    stop: () => stopped.abort(new Error('the run has ended')),
  };
}
