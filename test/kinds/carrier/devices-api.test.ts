import { afterAll, beforeAll, expect, it } from 'vitest';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { harness } from './support/run-harness.ts';
import { virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
let data: DataTable;
beforeAll(async () => {
  db = await startTestDynamoDb();
  data = { client: db.client, tableName: db.tables.data };
});
afterAll(() => db.close());

const DEVICES = '/api/integrations/{id}/devices';
const setUp = (provider: 'hologram' | '1nce' = 'hologram') => {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const carrier = simulateCarrier(provider, { sims: 5, clock });
  const own = harness({ provider, data, clock, carrier, limited: false });
  const put = (deviceId: string, body: object) =>
    own.call('PUT', `${DEVICES}/{deviceId}`, { params: { deviceId }, body });
  const remove = (deviceId: string) => own.call('DELETE', `${DEVICES}/{deviceId}`, { params: { deviceId } });
  const list = (query: object = {}) =>
    own.call('GET', DEVICES, { query: { ...query } }) as Promise<{
      devices: { deviceId: string }[];
      nextCursor: string | null;
    }>;
  const usage = (deviceId: string, query: object = {}) =>
    own.call('GET', `${DEVICES}/{deviceId}/usage`, { params: { deviceId }, query: { ...query } }) as Promise<{
      days: { date: string; bytes: number }[];
    }>;
  return { clock, carrier, own, put, remove, list, usage };
};
const UNREAD = {
  dataUsedBytes: null,
  dataUsedMb: null,
  dataUsedUpdatedAt: null,
  billingCycleStart: null,
  billingCycleEnd: null,
  simStatus: null,
  networkStatus: null,
  lastError: null,
  stale: false,
};

it('links a device under the customer’s own id; nothing is known of it before the first run', async () => {
  const { put, list } = setUp();
  const linked = await put('pump 17', { carrierDeviceId: '4711', name: 'Pump', iccid: '8944500000000001234' });
  const expected = {
    deviceId: 'pump 17',
    carrierDeviceId: '4711',
    name: 'Pump',
    iccid: '8944500000000001234',
    ...UNREAD,
  };
  expect(linked).toEqual(expected);
  expect(await list()).toEqual({ devices: [expected], nextCursor: null });
});

it.each(['%%%', 'abc', ''])('refuses the cursor "%s", which it has not given', async (cursor) => {
  const { list } = setUp();
  await expect(list({ cursor })).rejects.toThrow(/not a cursor/);
});

it('pages by device id, without losing or repeating one', async () => {
  const { put, list } = setUp();
  for (let number = 0; number < 7; number++) await put(`device-${number}`, { carrierDeviceId: `${number}` });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await list({ limit: 3, ...(cursor === null ? {} : { cursor }) });
    expect(page.devices.length).toBeLessThanOrEqual(3);
    seen.push(...page.devices.map(({ deviceId }) => deviceId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(['device-0', 'device-1', 'device-2', 'device-3', 'device-4', 'device-5', 'device-6']);
});

it.each([
  [{}, /carrierDeviceId/],
  [{ carrierDeviceId: '' }, /carrierDeviceId/],
  [{ carrierDeviceId: 'a/b' }, /letters, digits/],
  [{ carrierDeviceId: '..' }, /step in a path/],
  [{ carrierDeviceId: '1', iccid: '12' }, /15 to 22 digits/],
  [{ carrierDeviceId: '1', other: 1 }, /other/],
])('refuses %o', async (body, words) => {
  await expect(setUp().put('x', body)).rejects.toThrow(words);
});

it.each(['.', '..', 'a/b', 'a\\b', 'a?b', 'a#b', 'a%41', 'a\tb'])(
  'refuses the device id "%s", which means something else in an address',
  async (id) => {
    await expect(setUp().put(id, { carrierDeviceId: '1' })).rejects.toThrow(/deviceId|step in a path|no control/);
  },
);

it('keeps what is known when only the name changes, and forgets it when the SIM does', async () => {
  const { carrier, own, put } = setUp();
  await own.link();
  await own.run();
  const [first, second] = carrier.sims;
  if (first === undefined || second === undefined) throw new Error('no SIMs');
  const renamed = await put(first.deviceId, { carrierDeviceId: first.carrierDeviceId, name: 'New name' });
  expect(renamed).toMatchObject({ name: 'New name', dataUsedBytes: expect.any(Number) });
  const moved = await put(first.deviceId, { carrierDeviceId: second.carrierDeviceId });
  expect(moved).toMatchObject(UNREAD);
  await own.run();
  const [a, b] = [first.deviceId, second.deviceId].map(async (id) =>
    (await own.devices()).find((d) => d.deviceId === id),
  );
  expect((await a)?.dataUsedBytes).toBe((await b)?.dataUsedBytes);
});

it('unlinks, and is not found afterwards', async () => {
  const { put, remove, list, usage } = setUp();
  await put('x', { carrierDeviceId: '1' });
  await remove('x');
  expect((await list()).devices).toEqual([]);
  await expect(remove('x')).rejects.toMatchObject({ status: 404 });
  await expect(usage('x')).rejects.toMatchObject({ status: 404 });
});

it('tells usage by day as the carrier does, to the byte', async () => {
  const { carrier, own, usage, clock } = setUp('1nce');
  await own.link();
  await own.run();
  for (const sim of carrier.sims) {
    const { days } = await usage(sim.deviceId, { from: '2026-11-10', to: '2026-11-22' });
    for (const { date, bytes } of days) {
      expect(bytes).toBe(sim.used(Date.parse(date), Math.min(Date.parse(date) + 86_400_000, clock.now())));
    }
    const total = days.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(total).toBe(sim.used(Date.parse('2026-11-10'), clock.now()));
  }
});

it('reckons usage by day from a counter', async () => {
  const { carrier, own, usage, clock } = setUp('hologram');
  await own.link();
  for (let hour = 0; hour < 60; hour += 6) {
    await own.run();
    clock.advance(6 * 3_600_000);
  }
  const sim = carrier.sims.find((each) => each.used(Date.parse('2026-11-23'), Date.parse('2026-11-24')) > 0);
  if (sim === undefined) throw new Error('nobody used anything');
  const { days } = await usage(sim.deviceId);
  const monday = days.find(({ date }) => date === '2026-11-23');
  // Read at 22:00 and at 04:00: the night's use counts for the day it was seen on.
  expect(monday?.bytes).toBe(sim.used(Date.parse('2026-11-22T22:00:00Z'), Date.parse('2026-11-23T22:00:00Z')));
});

it('refuses a range that ends before it begins', async () => {
  const { own, carrier, usage } = setUp();
  await own.link();
  const deviceId = carrier.sims[0]?.deviceId ?? '';
  await expect(usage(deviceId, { from: '2026-11-22', to: '2026-11-01' })).rejects.toMatchObject({ status: 400 });
  await expect(usage(deviceId, { from: 'yesterday' })).rejects.toThrow();
});
