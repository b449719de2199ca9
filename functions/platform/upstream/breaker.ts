import { randomUUID } from 'node:crypto';
import { RetryLater } from '../../model/failure.ts';
import type { Clock } from '../clock.ts';
import { createBreakerRecord, FAILURES_TO_OPEN } from './breaker-record.ts';
import type { LimitsTable, StoreClock } from './limits-table.ts';

/** When to look again while another worker probes. */
const PROBE_WAIT_MS = 10_000;

/** A breaker that changed: opened (after failures in a row) or closed (by a probe that was answered). */
export interface BreakerChange {
  readonly state: 'opened' | 'closed';
  readonly failures: number;
  /** Epoch ms since which calls are held back. */
  readonly openedAt: number;
}

export type BreakerOutcome = 'answered' | 'failed' | 'unknown';

/** Leave to make one call; to be settled with how it ended, whatever happened. */
export interface Permit {
  settle(outcome: BreakerOutcome): Promise<BreakerChange | undefined>;
}

/**
 * The breaker of one upstream origin and tenant, over all workers: opens after 5 failures in a row, holds all calls back
 * for 60 s, then lets one probe through and closes when that is answered. Free while all is well: an eventually
 * consistent read per run, and not one write.
 *
 * "In a row" is as far as workers know of each other: a success ends the row when its worker has seen a failure in the
 * last state it read (at most 5 s old), or met one itself.
 */
export interface Breaker {
  /** Throws RetryLater 'breaker_open' while calls are held back; takes nothing. */
  check(run: object): Promise<void>;
  /** As `check`; after the open time takes the probe, if nobody else has. */
  admit(run: object): Promise<Permit>;
  view(): Promise<BreakerView>;
  /**
   * Until when a credential must rest here (store clock, 0: it need not). For kinds without a rate limit the cooldown is
   * kept in this item, which is read anyway.
   */
  coolUntil(credential: string): Promise<number>;
  cool(credential: string, until: number): Promise<void>;
}

export interface BreakerView {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Epoch ms of the worker's clock; null when it is not open. */
  readonly until: number | null;
}

export interface BreakerDeps {
  readonly limits: LimitsTable;
  readonly clock: Clock;
  readonly storeClock: StoreClock;
  /** For messages: the origin that is called. */
  readonly shownOrigin: string;
}

export function createBreaker(key: string, deps: BreakerDeps): Breaker {
  const { clock, storeClock, shownOrigin } = deps;
  const record = createBreakerRecord(key, deps);
  /** The probe this process has under way, and for which run. */
  let probing: { readonly run: object; readonly ended: Promise<void> } | undefined;

  function heldBack(until: number): RetryLater {
    const wait = Math.max(1, until - storeClock.now());
    const { failures, openedAt = storeClock.now() } = record.known();
    const message = `breaker open: ${shownOrigin} failed ${failures} times in a row`;
    return new RetryLater(clock.now() + wait, message, 'breaker_open', storeClock.now() - openedAt);
  }

  /** Throws while the state that is known holds calls back. Answers whether calls need a probe first. */
  function needsProbe(): boolean {
    const { openUntil, probeUntil } = record.known();
    const now = storeClock.now();
    if (openUntil === undefined) return false;
    if (now < openUntil) throw heldBack(openUntil);
    if (now < probeUntil) throw heldBack(Math.min(probeUntil, now + PROBE_WAIT_MS));
    return true;
  }

  /**
   * Calls `next` as soon as it is known whether a probe is needed; throws while calls are held back. A run's further calls
   * wait for its own probe instead of being put off.
   */
  async function whenKnown<T>(run: object, next: (needed: boolean) => T): Promise<T> {
    for (;;) {
      if (probing?.run === run) await probing.ended;
      else if (!record.isFresh()) await record.refresh();
      else return next(needsProbe());
    }
  }

  async function takeProbe(run: object): Promise<Permit | undefined> {
    // Known before the write is done, so that the run's other calls wait for it instead of trying too.
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const own = { run, ended };
    probing = own;
    const end = (): void => {
      if (probing === own) probing = undefined;
      resolve();
    };
    const probe = randomUUID();
    let taken = false;
    try {
      taken = await record.takeProbe(probe);
    } finally {
      if (!taken) end();
    }
    return taken ? { settle: (outcome) => settleProbe(probe, outcome).finally(end) } : undefined;
  }

  async function settleProbe(probe: string, outcome: BreakerOutcome): Promise<BreakerChange | undefined> {
    if (outcome === 'failed') await record.reopen(probe);
    if (outcome === 'unknown') await record.releaseProbe(probe);
    if (outcome !== 'answered') return undefined;
    const { failures, openedAt = storeClock.now() } = record.known();
    return (await record.close(probe)) ? { state: 'closed', failures, openedAt } : undefined;
  }

  async function settleOrdinary(outcome: BreakerOutcome): Promise<BreakerChange | undefined> {
    // While it is open, a call from before says nothing about now: only a probe counts.
    if (outcome === 'unknown' || record.known().openUntil !== undefined) return undefined;
    if (outcome === 'answered') {
      if (record.known().failures > 0) await record.forgetFailures();
      return undefined;
    }
    await record.countFailure();
    const { failures, openUntil } = record.known();
    if (failures < FAILURES_TO_OPEN || openUntil !== undefined) return undefined;
    // Of several workers whose failures came at once, one opens it, and tells so.
    const openedAt = storeClock.now();
    return (await record.open()) ? { state: 'opened', failures, openedAt } : undefined;
  }

  const ordinary: Permit = { settle: settleOrdinary };

  return {
    check: (run) => whenKnown(run, () => undefined),
    async admit(run) {
      for (;;) {
        const permit = await whenKnown(run, (needed) => (needed ? takeProbe(run) : ordinary));
        if (permit !== undefined) return permit;
        // Another was first, or has closed it since we looked: the item is known now.
      }
    },
    async view() {
      await record.read();
      const { openUntil } = record.known();
      if (openUntil === undefined) return { state: 'closed', until: null };
      const wait = openUntil - storeClock.now();
      return wait > 0 ? { state: 'open', until: clock.now() + wait } : { state: 'half_open', until: null };
    },
    async coolUntil(credential) {
      await record.refresh();
      return record.known().coolUntil(credential);
    },
    async cool(credential, until) {
      await record.cool(credential, until);
    },
  };
}
