import { describe, expect, it } from 'vitest';
import { CARRIER_POLICY, fakeKind, RECEIPTS_POLICY, success, VEHICLE_POLICY } from '../support/fake-kind.ts';
import { World } from '../support/world.ts';

const DAY = 24 * 3600;

describe('a day of schedule', () => {
  it('runs an hourly integration at once and then every hour at its phase', async () => {
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) },
    });
    await world.add({ id: 'a' });
    await world.pass(DAY);
    const history = await world.history('a');
    expect(history.length).toBeGreaterThanOrEqual(25);
    expect(history.every((entry) => entry.status === 'SUCCESS')).toBe(true);
    const slots = history.map((entry) => entry.scheduledFor);
    expect(new Set(slots).size).toBe(slots.length);
    const gaps = slots.slice(2).map((slot, i) => slot - (slots[i + 1] ?? 0));
    expect(new Set(gaps)).toEqual(new Set([3_600_000]));
    const late = history.map((entry) => entry.startedAt - entry.scheduledFor);
    expect(Math.max(...late)).toBeLessThanOrEqual(1000);
    expect(history.map((entry) => entry.run)).toEqual(history.map((_, i) => i + 1));
  });

  it.each([10, 30])('keeps an interval of %i s on time, no slot twice and none skipped', async (syncInterval) => {
    const world = await World.create({
      kinds: { vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => success()) },
    });
    await world.add({ id: 'v', kind: 'vehicle', syncInterval });
    await world.pass(3600);
    const history = await world.history('v');
    const slots = history.map((entry) => entry.scheduledFor);
    expect(new Set(slots).size).toBe(slots.length);
    expect(slots.slice(2).every((slot, i) => slot - (slots[i + 1] ?? 0) === syncInterval * 1000)).toBe(true);
    expect(slots.length).toBeGreaterThanOrEqual(3600 / syncInterval);
    expect(Math.max(...history.map((entry) => entry.startedAt - entry.scheduledFor))).toBeLessThanOrEqual(1000);
  });

  it('starts runs on the second although the tick comes between two', async () => {
    const world = await World.create({
      kinds: { vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => success()) },
      start: '2026-03-01T12:00:00.700Z',
    });
    await world.add({ id: 'v', kind: 'vehicle', syncInterval: 10 });
    await world.pass(1200);
    // The first 13 were enqueued by its creation, which waits for no second.
    const dispatched = (await world.history('v')).slice(14);
    expect(dispatched.length).toBeGreaterThan(100);
    expect(Math.max(...dispatched.map((entry) => entry.startedAt - entry.scheduledFor))).toBeLessThanOrEqual(50);
  });

  it('is on time although a tick is missing, or comes as late as EventBridge may bring it', async () => {
    const world = await World.create({
      kinds: { vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => success()) },
    });
    await world.add({ id: 'v', kind: 'vehicle', syncInterval: 10 });
    await world.pass(600);
    world.ticking = false;
    await world.pass(60);
    world.ticking = true;
    await world.pass(300);
    const history = await world.history('v');
    expect(history.length).toBeGreaterThanOrEqual(96);
    expect(Math.max(...history.map((entry) => entry.startedAt - entry.scheduledFor))).toBeLessThanOrEqual(1000);
  });

  it('makes one catch-up run after an outage of the tick, then goes on at its phase', async () => {
    const world = await World.create({
      kinds: { vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => success()) },
    });
    await world.add({ id: 'v', kind: 'vehicle', syncInterval: 30 });
    await world.pass(600);
    world.ticking = false;
    await world.pass(3600);
    const before = (await world.history('v')).length;
    world.ticking = true;
    await world.pass(120);
    const after = (await world.history('v')).slice(before);
    const late = after.filter((entry) => entry.startedAt - entry.scheduledFor > 5000);
    expect(late).toHaveLength(1);
    expect(after.every((entry) => entry.status === 'SUCCESS')).toBe(true);
  });
});

describe('a watchdog behind a slot that has passed', () => {
  it('is taken back when its message comes: the schedule goes on', async () => {
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) },
    });
    const { id, tenantId } = await world.add({ id: 'a', syncInterval: 600 });
    await world.pass(700);
    // What a worker with another time can leave: it planned a slot that had been skipped while it ran.
    const table = world.dynamo.table('integrations');
    const item = table.get({ pk: `${tenantId}#${id}` }) ?? {};
    const slot = world.clock.now() + 1000;
    table.set({
      ...item,
      passedSlot: slot,
      passedRun: Number(item.runCounter),
      watchedSlot: slot,
      nextSyncAt: slot + 1000,
    });
    const before = (await world.history('a')).length;
    await world.pass(1500);
    const after = (await world.history('a')).slice(before).filter(({ status }) => status === 'SUCCESS');
    expect(after.length).toBeGreaterThanOrEqual(2);
    expect((await world.get('a')).watchedSlot).toBeNull();
  });
});

describe('a watchdog while no worker is free', () => {
  it('sends its message less and less often, so that there are few after hours, and the slot runs once', async () => {
    const world = await World.create({
      kinds: {
        receipts: fakeKind('receipts', RECEIPTS_POLICY, async () => ({ ...success(), nextSyncAt: null })),
      },
    });
    await world.add({ id: 'r', kind: 'receipts', syncInterval: 10 });
    world.working = false;
    await world.wake('r');
    await world.pass(150);
    expect(world.backlog('receipts')).toBe(2);
    await world.pass(4 * 3600);
    expect(world.backlog('receipts')).toBeLessThanOrEqual(20);
    // Should all of them be lost, it comes again soon all the same.
    expect(((await world.get('r')).nextSyncAt ?? 0) - world.clock.now()).toBeLessThanOrEqual(900_000);
    world.working = true;
    await world.pass(60);
    expect((await world.history('r')).map(({ status }) => status)).toEqual(['SUCCESS']);
    expect(await world.get('r')).toMatchObject({ nextSyncAt: null, lease: null });
    expect(world.backlog('receipts')).toBe(0);
  });
});
