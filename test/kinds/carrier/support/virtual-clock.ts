import type { Clock } from '../../../../functions/platform/clock.ts';

/** Time that passes only when somebody waits for it. */
export interface VirtualClock extends Clock {
  advance(ms: number): void;
  set(at: number): void;
}

export function virtualClock(start: number | string): VirtualClock {
  let now = typeof start === 'number' ? start : Date.parse(start);
  return {
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      now += Math.max(0, ms);
    },
    advance(ms) {
      now += ms;
    },
    set(at) {
      now = at;
    },
  };
}
