import type { Clock } from '../../../functions/platform/clock.ts';

/** A clock that stands still until it is moved; sleepers wake in the order of their times. */
export interface VirtualClock extends Clock {
  /** Moves on, waking whoever sleeps until then; lets everything settle before each step. */
  advance(ms: number): Promise<void>;
  /** Another worker's clock over the same time, `ms` ahead of this one. */
  skewed(ms: number): Clock;
}

export function virtualClock(start = Date.parse('2026-11-22T12:00:00Z')): VirtualClock {
  let now = start;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const sleep: Clock['sleep'] = (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (ms <= 0) return resolve();
      const sleeper = { at: now + ms, wake: resolve };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        const at = sleepers.indexOf(sleeper);
        if (at >= 0) sleepers.splice(at, 1);
        reject(signal.reason);
      });
    });
  return {
    now: () => now,
    sleep,
    skewed: (ms) => ({ now: () => now + ms, sleep }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        sleepers.sort((a, b) => a.at - b.at);
        const next = sleepers[0];
        if (next === undefined || next.at > end) break;
        sleepers.shift();
        now = Math.max(now, next.at);
        next.wake();
      }
      now = end;
      await settle();
    },
  };
}

/** Long enough for pending promises and in-process fakes; real I/O needs a test's own waiting. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
