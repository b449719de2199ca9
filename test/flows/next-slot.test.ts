import { describe, expect, it } from 'vitest';
import type { Run, SyncResult } from '../../functions/kinds/kind.ts';
import { RetryLater } from '../../functions/model/failure.ts';
import { upcomingSlot } from '../../functions/model/slot.ts';
import { CARRIER_POLICY, fakeKind, success, VEHICLE_POLICY } from '../support/fake-kind.ts';
import { World } from '../support/world.ts';

const kinds = {
  carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()),
  vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => success()),
};

describe('the slot that will run next', () => {
  it.each([10, 20, 30, 45, 60, 90, 300])(
    'is told right at any time, with an interval of %i s',
    async (syncInterval) => {
      const world = await World.create({ kinds });
      await world.add({ id: 'v', kind: 'vehicle', syncInterval });
      const told: { readonly at: number; readonly next: number | null }[] = [];
      for (let second = 0; second < 400; second += 7) {
        await world.pass(7);
        told.push({ at: world.clock.now(), next: upcomingSlot(await world.get('v')) });
      }
      await world.pass(600);
      const slots = (await world.history('v')).map(({ scheduledFor }) => scheduledFor);
      for (const { at, next } of told) expect(next).toBe(slots.find((slot) => slot > at));
    },
  );

  it.each([10, 30, 120, 300, 600, 3600])(
    'is, for what was put off, the time it was put off to, with an interval of %i s',
    async (syncInterval) => {
      const runs: number[] = [];
      const sync = async ({ token, clock }: Run): Promise<SyncResult> => {
        runs.push(token);
        if (runs.length % 3 > 0) throw new RetryLater(clock.now() + 17_000, 'asked to wait');
        return success();
      };
      const world = await World.create({ kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, sync) } });
      await world.add({ id: 'c', syncInterval });
      const told: { readonly at: number; readonly next: number | null }[] = [];
      for (let second = 0; second < 200; second++) {
        await world.pass(1);
        told.push({ at: world.clock.now(), next: upcomingSlot(await world.get('c')) });
      }
      expect(runs.length).toBeGreaterThan(2);
      await world.pass(syncInterval + 60);
      const ran = (await world.history('c')).filter(({ run }) => runs.includes(run));
      for (const { at, next } of told)
        expect(next).toBe(ran.find(({ scheduledFor }) => scheduledFor > at)?.scheduledFor);
    },
  );

  it.each([10, 60, 300, 3600])(
    'is none of those that the catch-up run after an outage has covered, with an interval of %i s',
    async (syncInterval) => {
      const world = await World.create({ kinds });
      await world.add({ id: 'v', kind: 'vehicle', syncInterval });
      await world.pass(600);
      world.ticking = false;
      await world.pass(3.5 * 3600);
      world.ticking = true;
      await world.pass(70);
      const told: { readonly at: number; readonly next: number | null }[] = [];
      for (let second = 0; second < 100; second += 7) {
        await world.pass(7);
        told.push({ at: world.clock.now(), next: upcomingSlot(await world.get('v')) });
      }
      await world.pass(syncInterval + 60);
      const slots = (await world.history('v')).map(({ scheduledFor }) => scheduledFor);
      for (const { at, next } of told) expect(next).toBe(slots.find((slot) => slot > at));
    },
  );

  it('is none for a paused integration, at once for a resumed one, and never one of the schedule before', async () => {
    const world = await World.create({ kinds });
    await world.add({ id: 'c', syncInterval: 600 });
    await world.pass(1000);
    expect(upcomingSlot(await world.change('c', { syncEnabled: false }))).toBeNull();
    await world.pass(5000);
    expect(upcomingSlot(await world.change('c', { syncEnabled: true }))).toBe(world.clock.now());
    await world.pass(5);
    const changed = await world.change('c', { syncInterval: 7200 });
    expect(upcomingSlot(changed)).toBeGreaterThan(world.clock.now());
    expect(upcomingSlot(changed)).toBeLessThanOrEqual(world.clock.now() + 7_200_000);
  });
});
