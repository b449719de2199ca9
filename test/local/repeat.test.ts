import { expect, it } from 'vitest';
import { repeat } from '../../local/repeat.ts';

/** When something that is done every minute was done, in ms slept, while the clock jumps once in the third sleep. */
async function timesOf(jumpMs: number, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  const stop = new AbortController();
  let slept = 0;
  let sleeps = 0;
  let jumped = 0;
  const clock = {
    now: () => slept + jumped,
    async sleep(ms: number): Promise<void> {
      slept += ms;
      if (++sleeps === 3) jumped = jumpMs;
    },
  };
  const work = async (): Promise<void> => {
    times.push(slept);
    if (times.length === count) stop.abort();
  };
  await repeat(work, 60_000, clock, stop.signal);
  return times;
}

it('comes once a period', async () => {
  expect(await timesOf(0, 4)).toEqual([0, 60_000, 120_000, 180_000]);
});

it('comes soon after the machine has slept for an hour, and then once a period', async () => {
  const [first, second, third] = await timesOf(3_600_000, 3);
  expect(first).toBe(0);
  expect(second).toBeLessThanOrEqual(15_000);
  expect(third).toBeLessThanOrEqual(75_000);
});

it('does not wait for a clock that was set back', async () => {
  expect(await timesOf(-3_600_000, 3)).toEqual([0, 60_000, 120_000]);
});
