import { describe, expect, it } from 'vitest';
import { asIntegrationId } from '../../functions/model/ids.ts';
import { dueShardOf, nextSlotAfter } from '../../functions/model/slot.ts';
import { CARRIER_POLICY, fakeKind, success, VEHICLE_POLICY } from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';

const INTEGRATIONS = 100_000;
const VIRTUAL_SECONDS = 180;

describe('lateness with 100,000 integrations', () => {
  it('is within 1 s at the median and 5 s at p99, also for intervals under a minute', {
    timeout: 120_000,
  }, async () => {
    const runs: { readonly kind: string; readonly slot: number; readonly lateMs: number }[] = [];
    const sync = (kind: string) => async (run: { clock: World['clock']; slot: number }) => {
      runs.push({ kind, slot: run.slot, lateMs: run.clock.now() - run.slot });
      await run.clock.sleep(200);
      return success();
    };
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, sync('carrier') as never),
        vehicle: fakeKind('vehicle', VEHICLE_POLICY, sync('vehicle') as never),
      },
      maxConcurrency: 40,
    });
    const table = world.dynamo.table('integrations');
    const now = world.clock.now();
    for (let i = 0; i < INTEGRATIONS; i++) {
      // One in five hundred is a vehicle every 30 s, the others sync hourly: about 34 runs a second.
      const isVehicle = i % 500 === 0;
      const syncInterval = isVehicle ? 30 : 3600;
      const id = asIntegrationId(`i${i}`);
      table.set({
        pk: `${TENANT}#${id}`,
        tenantId: TENANT,
        id,
        name: id,
        kind: isVehicle ? 'vehicle' : 'carrier',
        provider: 'fake',
        syncInterval,
        syncEnabled: true,
        status: 'pending',
        createdAt: now,
        updatedAt: now,
        version: 1,
        scheduleVersion: 1,
        runCounter: 0,
        dueShard: dueShardOf(id, 4),
        nextSyncAt: nextSlotAfter(id, syncInterval, now),
      });
    }
    await world.pass(VIRTUAL_SECONDS);
    const late = runs.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
    expect(runs.length).toBeGreaterThan(5_000);
    expect(runs.filter(({ kind }) => kind === 'vehicle').length).toBeGreaterThan(900);
    expect(late[Math.floor(late.length / 2)]).toBeLessThanOrEqual(1000);
    expect(late[Math.floor(late.length * 0.99)]).toBeLessThanOrEqual(5000);
    expect(late[0]).toBeGreaterThanOrEqual(0);
  });
});
