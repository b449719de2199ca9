import { describe, expect, it } from 'vitest';
import { dispatchDue } from '../../functions/dispatch/dispatch-due.ts';
import type { Run } from '../../functions/kinds/kind.ts';
import { queuesOf } from '../../functions/runtime/services.ts';
import { CARRIER_POLICY, fakeKind, success, VEHICLE_POLICY } from '../support/fake-kind.ts';
import { World } from '../support/world.ts';

describe('a backlog of messages, after no worker was free for half an hour', () => {
  it('is one catch-up run for each integration, an entry for every slot, and on time again', async () => {
    const starts: { readonly id: string; readonly at: number }[] = [];
    const sync = async (run: Run) => {
      starts.push({ id: run.integrationId, at: run.clock.now() });
      await run.clock.sleep(500);
      return success();
    };
    // Too few to take all of a vehicle's messages at once.
    const world = await World.create({
      kinds: { vehicle: fakeKind('vehicle', VEHICLE_POLICY, sync) },
      maxConcurrency: 1,
    });
    const ids = Array.from({ length: 20 }, (_, n) => `v${n}`);
    for (const id of ids) await world.add({ id, kind: 'vehicle', syncInterval: 60 });
    await world.pass(300);
    world.working = false;
    await world.pass(1800);
    world.working = true;
    const back = world.clock.now();
    await world.pass(300);
    for (const id of ids) {
      const runs = starts.filter((start) => start.id === id && start.at >= back);
      // One that catches up, then five by phase; the backlog's own end may be one more.
      expect(runs.length, id).toBeLessThanOrEqual(7);
      expect(runs.length, id).toBeGreaterThanOrEqual(5);
      const history = await world.history(id);
      const slots = new Set(history.map(({ scheduledFor }) => scheduledFor));
      expect(slots.size, id).toBeGreaterThanOrEqual(38);
      const covered = history.filter(({ errorMessage }) => errorMessage?.startsWith('workers were behind'));
      expect(covered.every(({ status }) => status === 'SKIPPED')).toBe(true);
    }
    // What is left is sent ahead of its time.
    expect(world.backlog('vehicle')).toBeLessThanOrEqual(2 * ids.length);
  });

  it('leaves a slot alone that was not due yet when the run before it started', async () => {
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) },
    });
    await world.add({ id: 'c', syncInterval: 10 });
    await world.pass(600);
    const history = await world.history('c');
    expect(history.length).toBeGreaterThan(55);
    expect(history.every(({ status }) => status === 'SUCCESS')).toBe(true);
  });
});

describe('a tick that takes long', () => {
  it('makes its last messages no later than its first', async () => {
    const world = await World.create({ kinds: {} });
    world.ticking = false;
    world.working = false;
    const due: number[] = [];
    for (let n = 0; n < 8; n++) due.push((await world.add({ id: `c${n}`, syncInterval: 120 })).nextSyncAt ?? 0);
    const queues = queuesOf(world.runtime);
    const sent: { readonly slot: number; readonly at: number }[] = [];
    const slowly = {
      ...queues,
      send: async (messages: Parameters<typeof queues.send>[0]) => {
        for (const { body, delaySeconds } of messages) {
          const { slot } = JSON.parse(body) as { slot: number };
          sent.push({ slot, at: world.clock.now() + delaySeconds * 1000 });
        }
        // As long as a large fleet's messages take.
        world.clock.set(world.clock.now() + 15_000);
        return { failed: [] };
      },
    };
    world.clock.set(Math.max(...due) - 59_000);
    const deps = { db: world.db, queues: slowly, clock: world.clock, deadline: Number.POSITIVE_INFINITY };
    await dispatchDue([0, 1, 2, 3], deps);
    const ahead = sent.filter(({ slot }) => slot >= world.clock.now());
    expect(ahead.length).toBeGreaterThan(1);
    for (const { slot, at } of ahead) expect(at).toBe(slot);
  });
});
