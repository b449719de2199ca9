import type { Clock } from '../../../functions/platform/clock.ts';

/** A clock that stands still until it is moved; sleepers wake in the order of their times. */
export interface VirtualClock extends Clock {
  /** Moves on, waking whoever sleeps until then; lets everything settle before each step. */
  advance(ms: number): Promise<void>;
  /** Another worker's clock over the same time, `ms` ahead of this one. */
  skewed(ms: number): Clock;
}

/** `busy`: whether real I/O is under way, for which time stands still. */
export function virtualClock(busy: () => boolean = () => false): VirtualClock {
  let now = Date.parse('2026-11-22T12:00:00Z');
  const settle = async (): Promise<void> => {
    // Twice idle: what follows an answer may begin the next request.
    for (let idle = 0; idle < 3; idle = busy() ? 0 : idle + 1) await new Promise((resolve) => setImmediate(resolve));
  };
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
