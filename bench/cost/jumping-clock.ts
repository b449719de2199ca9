import type { Clock } from '../../functions/platform/clock.ts';

/** Waits longer than this are watchdogs: renewing a lease, running out of patience. What they guard never takes that long here. */
const WATCHDOG_MS = 10_000;

/** A clock that is told what time it is; whoever waits for a moment moves it there. */
export interface JumpingClock extends Clock {
  pass(ms: number): void;
}

export function jumpingClock(start: number): JumpingClock {
  let time = start;
  return {
    now: () => time,
    pass(ms) {
      time += ms;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
        } else if (ms <= WATCHDOG_MS) {
          time += Math.max(0, ms);
          resolve();
        } else {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        }
      }),
  };
}
