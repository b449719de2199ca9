import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

/** `npm run simulate` runs more, and others. */
const SEEDS = 200;
const GROUP = 20;

describe('whatever goes wrong, all invariants hold and everything is current again', () => {
  const groups = Array.from({ length: SEEDS / GROUP }, (_, group) => 1 + group * GROUP);
  it.each(groups)('seeds from %i', { timeout: 600_000 }, async (first) => {
    let runs = 0;
    let faults = 0;
    for (let seed = first; seed < first + GROUP; seed++) {
      const story = await simulate(seed);
      const again = `npm run simulate -- --seeds 1 --seed ${seed}`;
      expect(story.violations, `seed ${seed}; run it again with: ${again}`).toEqual([]);
      runs += story.runs;
      for (const fired of story.faults.values()) faults += fired;
    }
    expect(runs).toBeGreaterThan(GROUP * 10);
    expect(faults).toBeGreaterThan(0);
  });
});
