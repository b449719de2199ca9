import { beforeAll, describe, expect, it } from 'vitest';
import { type Bookkeeping, measureBookkeeping } from '../../bench/cost/bookkeeping.ts';
import { jumpingClock } from '../../bench/cost/jumping-clock.ts';
import { startRig } from '../../bench/rig.ts';

/**
 * Exact, from what the engine reports as consumed. Moving a slot changes the key of an index entry: DynamoDB charges two
 * writes of the index for it, besides the one of the item.
 */
describe('what the engine itself writes for a sync that finds nothing to do', () => {
  async function measure(intervalSeconds: number): Promise<Bookkeeping> {
    const clock = jumpingClock(Date.parse('2026-11-22T10:00:00.000Z'));
    const rig = await startRig({ clock });
    try {
      return await measureBookkeeping({ intervalSeconds, integrations: 2, ticks: 4 }, rig, clock);
    } finally {
      await rig.close();
    }
  }
  let aMinute: Bookkeeping;
  beforeAll(async () => {
    aMinute = await measure(60);
  });

  it('start, end and history: one unit and one call each; it reads nothing', () => {
    const { syncs, execute } = aMinute;
    expect(syncs).toBe(8);
    expect(execute.byTarget).toEqual({ 'write integrations': 2 * syncs, 'write history': syncs });
    expect(execute.calls).toEqual({ UpdateCommand: 2 * syncs, PutCommand: syncs });
    expect(execute.readUnits).toBe(0);
  });

  it('three units for moving the slot, two of them the index’s', () => {
    const { syncs, dispatch } = aMinute;
    expect(dispatch.byTarget['write integrations']).toBe(syncs);
    expect(dispatch.byTarget['write integrations/due']).toBe(2 * syncs);
  });

  it('which all slots of a horizon share: 4.5 units of a sync every 30 s', async () => {
    const { syncs, dispatch, execute } = await measure(30);
    expect(syncs).toBe(16);
    expect((dispatch.writeUnits + execute.writeUnits) / syncs).toBe(4.5);
  });
});
