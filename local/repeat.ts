import type { Clock } from '../functions/platform/clock.ts';

/** Timers stand still while a machine sleeps: looked at the clock this often, it is noticed soon after that it woke up. */
const LOOK_MS = 5_000;

/** Does it at once, then once every period; what takes longer than its period delays the next time instead of overlapping it. */
export async function repeat(
  work: () => Promise<void>,
  periodMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let next = clock.now();
  while (!signal.aborted) {
    await work();
    const now = clock.now();
    // A clock that was set back must not hold it up for as long.
    next = Math.min(Math.max(next + periodMs, now), now + periodMs);
    try {
      for (let left = next - now; left > 0; left = Math.min(left, next - clock.now())) {
        const step = Math.min(left, LOOK_MS);
        await clock.sleep(step, signal);
        left -= step;
      }
    } catch {
      return;
    }
  }
}
