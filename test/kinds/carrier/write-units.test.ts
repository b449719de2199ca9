import { afterAll, beforeAll, expect, it } from 'vitest';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { meteredTable } from './support/metered-table.ts';
import { harness } from './support/run-harness.ts';
import { virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const run = async (provider: 'telnyx' | 'hologram') => {
  const data: DataTable = { client: db.client, tableName: db.tables.data };
  const clock = virtualClock('2026-11-22T10:00:00Z');
  let usageAt = clock.now();
  const carrier = simulateCarrier(provider, { sims: 1000, clock, usageTime: () => usageAt });
  const metered = meteredTable(data);
  const own = harness({ provider, data: metered.table, clock, carrier, limited: false });
  await own.link();
  const unitsOf = async (): Promise<number> => {
    metered.reset();
    await own.run();
    return metered.writeUnits;
  };
  const first = await unitsOf();
  usageAt += 86_400_000;
  clock.advance(86_400_000);
  // Everything about every SIM is different: usage, status, connection.
  for (const sim of carrier.sims) {
    sim.extra.push({ at: usageAt - 1, bytes: 1_000_003 * (sim.index + 1) });
    sim.statusWord = sim.index % 2 === 0 ? 'LIVE' : 'PAUSED-USER';
    sim.online = !sim.online;
  }
  const full = await unitsOf();
  clock.advance(3_600_000);
  const unchanged = await unitsOf();
  console.log(
    `${provider}: write units for 1,000 devices: first ${first}, full change ${full}, unchanged ${unchanged}`,
  );
  return { first, full, unchanged, devices: await own.devices(), now: clock.now() };
};

it.each(['hologram', 'telnyx'] as const)('writes 1,000 devices of %s in few units', async (provider) => {
  const { first, full, unchanged, devices, now } = await run(provider);
  expect(first).toBeLessThanOrEqual(150);
  expect(full).toBeLessThanOrEqual(150);
  expect(unchanged).toBeLessThanOrEqual(20);
  // Nothing changed, and still everybody sees that it was read just now.
  expect(devices.every((device) => now - Date.parse(device.dataUsedUpdatedAt ?? '') < 60_000)).toBe(true);
});
