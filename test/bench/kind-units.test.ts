import { expect, it } from 'vitest';
import { jumpingClock } from '../../bench/cost/jumping-clock.ts';
import { kindCases } from '../../bench/cost/kind-cases.ts';
import { measureKind } from '../../bench/cost/measure-kind.ts';
import { startRig } from '../../bench/rig.ts';

/** What a typical run may cost at the most, bookkeeping without the slot included; a kind that needs less is welcome. */
const BUDGETS = {
  carrier: { writeUnits: 7, readUnits: 5, awsCalls: 12 },
  vehicle: { writeUnits: 4, readUnits: 0, awsCalls: 4 },
  source: { writeUnits: 6, readUnits: 1, awsCalls: 6 },
  receipts: { writeUnits: 36, readUnits: 18, awsCalls: 42 },
} as const;

it.each(['carrier', 'vehicle', 'source', 'receipts'] as const)(
  'a run of kind %s stays within its budget',
  async (kind) => {
    const clock = jumpingClock(Date.parse('2026-11-22T10:00:00.000Z'));
    const kindCase = kindCases(clock).find((each) => each.kind === kind);
    if (kindCase === undefined) throw new Error(`no case for ${kind}`);
    const rig = await startRig({ clock, http: kindCase.http });
    try {
      const use = await measureKind(kindCase, { integrations: 1, rounds: 2 }, rig, clock);
      expect(use.records).toBeGreaterThan(0);
      for (const name of ['writeUnits', 'readUnits', 'awsCalls'] as const) {
        expect(use[name], name).toBeLessThanOrEqual(BUDGETS[kind][name]);
      }
    } finally {
      await rig.close();
    }
  },
);
