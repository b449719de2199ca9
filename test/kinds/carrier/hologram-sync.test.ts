import { afterAll, beforeAll, expect, it } from 'vitest';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { type Harness, type HarnessOptions, harness } from './support/run-harness.ts';
import { type VirtualClock, virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
let data: DataTable;
beforeAll(async () => {
  db = await startTestDynamoDb();
  data = { client: db.client, tableName: db.tables.data };
});
afterAll(() => db.close());

const setUp = async (sims: number, options: Partial<HarnessOptions> & { maxPageSize?: number } = {}) => {
  const clock: VirtualClock = virtualClock('2026-11-22T10:00:00Z');
  const hologram = simulateCarrier('hologram', {
    sims,
    clock,
    ...(options.maxPageSize ? { maxPageSize: options.maxPageSize } : {}),
  });
  const own: Harness = harness({ provider: 'hologram', data, clock, carrier: hologram, ...options });
  await own.link();
  return { clock, hologram, own };
};

it('is right to the byte for 250 devices over several listing pages', async () => {
  const { hologram, own, clock } = await setUp(250, { maxPageSize: 100 });
  const result = await own.run();
  expect(result).toMatchObject({ outcome: 'success', recordsCount: 250, stored: true });
  expect(hologram.calls).toEqual({ 'GET /devices': 3 });
  const devices = await own.devices();
  expect(devices).toHaveLength(250);
  for (const device of devices) {
    const sim = hologram.sims.find(({ deviceId }) => deviceId === device.deviceId);
    if (sim === undefined) throw new Error('a device that was never linked');
    // Read one call a second: the counter is that of its page's moment.
    const page = Math.floor(hologram.sims.indexOf(sim) / 100);
    const readAt = Date.parse('2026-11-22T10:00:00Z') + page * 1000;
    const start = Date.parse(device.billingCycleStart ?? '');
    const bytes = sim.used(start, readAt);
    expect(device.dataUsedBytes).toBe(bytes);
    expect(device.dataUsedMb).toBe(Math.round((bytes / 1048576) * 100) / 100);
    expect(Date.parse(device.billingCycleEnd ?? '') - start).toBe(30 * 86_400_000);
    expect(start).toBeLessThanOrEqual(clock.now());
    expect(device.simStatus).toBe(sim.status);
    expect(device.networkStatus).toBe(
      sim.status === 'suspended' ? 'suspended' : sim.online ? 'connected' : 'disconnected',
    );
    expect(device).toMatchObject({ stale: false, lastError: null, iccid: sim.iccid });
  }
});

it('is the same from usage records, by device and by link', async () => {
  const { hologram, own } = await setUp(60, {
    integration: { config: { usageSource: 'usage-records' } },
    limited: false,
  });
  const result = await own.run();
  expect(result).toMatchObject({ outcome: 'success', recordsCount: 60 });
  const devices = await own.devices();
  for (const sim of hologram.sims) {
    const device = devices.find(({ deviceId }) => deviceId === sim.deviceId);
    expect([sim.index, device?.dataUsedBytes]).toEqual([sim.index, hologram.usedInCycle(sim)]);
  }
  expect(hologram.calls['GET /usage/data']).toBeGreaterThan(3);
});

it('leaves the run partial when one device fails, and the others are right', async () => {
  const { hologram, own, clock } = await setUp(30);
  await own.run();
  const [first] = hologram.sims;
  if (first === undefined) throw new Error('no SIM');
  const before = (await own.devices()).find(({ deviceId }) => deviceId === first.deviceId);
  hologram.faults.failing.add(first.carrierDeviceId);
  clock.advance(3_600_000);
  const result = await own.run();
  expect(result).toMatchObject({ outcome: 'partial', recordsCount: 29, details: { failed: 1, updated: 29 } });
  const devices = await own.devices();
  const failing = devices.find(({ deviceId }) => deviceId === first.deviceId);
  expect(failing).toEqual({ ...before, stale: true, lastError: expect.stringContaining('Hologram') });
  expect(devices.filter(({ stale }) => stale)).toHaveLength(1);
});

it('says what is wrong when the carrier is out of reach, and overwrites nothing', async () => {
  const { hologram, own, clock } = await setUp(30);
  await own.run();
  const before = await own.devices();
  hologram.faults.lostAnswerRate = 1;
  clock.advance(3_600_000);
  const result = await own.run();
  expect(result).toMatchObject({ outcome: 'error', message: expect.stringContaining('Hologram could not be reached') });
  expect(await own.devices()).toEqual(before);
  expect(hologram.faults.struck.lost).toBeGreaterThan(0);
});
