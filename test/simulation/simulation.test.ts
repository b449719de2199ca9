import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

/** `npm run simulate -- --seeds N --seed S` sets these. */
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 200);
const FIRST = Number(process.env.SIMULATION_SEED ?? 1);
const GROUP = 20;

describe('whatever goes wrong, all invariants hold and everything is current again', () => {
  const groups = Array.from({ length: Math.ceil(SEEDS / GROUP) }, (_, group) => FIRST + group * GROUP);
  it.each(groups)('seeds from %i', { timeout: 600_000 }, async (first) => {
    const count = Math.min(GROUP, FIRST + SEEDS - first);
    let runs = 0;
    let faults = 0;
    for (let seed = first; seed < first + count; seed++) {
      const story = await simulate(seed);
      const again = `npm run simulate -- --seeds 1 --seed ${seed}`;
      expect(story.violations, `seed ${seed}; run it again with: ${again}`).toEqual([]);
      runs += story.runs;
      for (const fired of story.faults.values()) faults += fired;
    }
    expect(runs).toBeGreaterThan(count * 10);
    if (count === GROUP) expect(faults).toBeGreaterThan(0);
  });
});
