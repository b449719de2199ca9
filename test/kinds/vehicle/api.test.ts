import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteDeps } from '../../../functions/kinds/route.ts';
import { createVehicle, vehicle as kind } from '../../../functions/kinds/vehicle/index.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { aPulledVehicle, START, type TestVehicle } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const iso = (time: number): string => new Date(time).toISOString();

/** Asks a route as the API would: query parsed by its schema, the answer checked against its own. */
async function get(vehicle: TestVehicle, name: string, query: Record<string, string> = {}): Promise<unknown> {
  const route = kind.routes.find(({ path }) => path === `/api/integrations/{id}/${name}`);
  if (route === undefined) throw new Error(`no route ${name}`);
  const { clock, db: of } = vehicle.options;
  const deps = { integration: vehicle.integration, data: { client: of.client, tableName: of.tables.data }, clock };
  const request = {
    tenantId: vehicle.tenantId,
    role: 'viewer' as const,
    headers: {},
    params: {},
    query: route.query?.parse(query),
    body: undefined,
  };
  return route.response.parse(await route.handle(request, deps as unknown as RouteDeps));
}

interface Measurements {
  readonly points: readonly (readonly [string, number])[];
  readonly truncated: boolean;
}
const measurements = async (vehicle: TestVehicle, query: Record<string, string>): Promise<Measurements> =>
  (await get(vehicle, 'measurements', query)) as Measurements;

describe('the API of a vehicle', () => {
  it('gives the measurements of one channel, from inclusive, to exclusive', async () => {
    const { simulated, vehicle } = aPulledVehicle(db);
    await vehicle.run();
    const [from, to] = [START - 40_000, START - 20_000];
    const expected = simulated.truth(from, to).filter(({ channel_id }) => channel_id === 3);
    expect(await measurements(vehicle, { channel: '3', from: iso(from), to: iso(to) })).toEqual({
      points: expected.map(({ time, value }) => [iso(time), value]),
      truncated: false,
    });
    expect((await measurements(vehicle, { channel: '99' })).points).toEqual([]);
  });

  it('thins to maxPoints by the lowest and the highest value, in time order', async () => {
    const { clock, simulated, vehicle } = aPulledVehicle(db, { channels: 1 });
    clock.pass(2 * HOUR);
    await vehicle.run();
    clock.pass(2 * HOUR);
    await vehicle.run();
    const from = START + HOUR;
    const values = simulated.truth(START + 2 * HOUR - MINUTE, clock.now()).map(({ value }) => value ?? 0);
    for (const maxPoints of [1, 2, 3, 100, 1000]) {
      const query = { channel: '1', from: iso(from), to: iso(clock.now()), maxPoints: String(maxPoints) };
      const { points, truncated } = await measurements(vehicle, query);
      expect(truncated).toBe(true);
      expect(points.length).toBeLessThanOrEqual(maxPoints);
      expect(points.length).toBeGreaterThan(maxPoints / 2);
      const times = points.map(([time]) => Date.parse(time));
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      if (maxPoints < 2) continue;
      expect(Math.max(...points.map(([, value]) => value))).toBe(Math.max(...values));
      expect(Math.min(...points.map(([, value]) => value))).toBe(Math.min(...values));
    }
  });

  it('refuses a window that ends before it begins, and numbers and times that are none', async () => {
    const { vehicle } = aPulledVehicle(db);
    await expect(measurements(vehicle, { channel: '1', from: iso(START), to: iso(START) })).rejects.toMatchObject({
      status: 400,
      details: [{ path: 'from', message: 'must be before to' }],
    });
    await expect(get(vehicle, 'alarms', { from: iso(START), to: iso(START - 1) })).rejects.toMatchObject({
      status: 400,
      details: [{ path: 'from' }],
    });
    for (const query of [
      {},
      { channel: '1', from: 'yesterday' },
      { channel: '1', maxPoints: '10001' },
      { channel: '1', maxPoints: '0' },
    ]) {
      await expect(measurements(vehicle, query as Record<string, string>)).rejects.toThrow();
    }
  });

  it('takes a day for its first moment', async () => {
    const { vehicle } = aPulledVehicle(db);
    await vehicle.run();
    const since = (from: string) => measurements(vehicle, { channel: '1', from, to: iso(START + HOUR) });
    const { points } = await since('2026-11-22');
    expect(points.length).toBeGreaterThan(0);
    expect(points).toEqual((await since('2026-11-22T00:00:00.000Z')).points);
  });

  it('gives channels, alarms and what is known of the vehicle', async () => {
    const { clock, vehicle } = aPulledVehicle(db, { alarms: { everyMs: 10 * MINUTE, lastsMs: MINUTE } });
    await vehicle.run();
    clock.pass(11 * MINUTE);
    await vehicle.run();
    const channels = (await get(vehicle, 'channels')) as { channelId: number }[];
    expect(channels.map(({ channelId }) => channelId)).toEqual([1, 2, 3, 4, 5]);
    expect(channels[0]).toEqual({
      channelId: 1,
      name: 'Oil pressure',
      unit: 'bar',
      minValue: 0,
      maxValue: 10,
      // Confirmed by the second run, though not written again.
      syncedAt: iso(clock.now() - 80),
    });
    const id = START / (10 * MINUTE);
    const common = { channelId: 1, message: 'Oil pressure below 1 bar' };
    const severity = (of: number) => (of % 2 === 0 ? 'critical' : null);
    expect(await get(vehicle, 'alarms')).toEqual(
      [id + 1, id].map((alarmId) => ({
        ...common,
        alarmId,
        severity: severity(alarmId),
        triggeredAt: iso(alarmId * 10 * MINUTE),
        resolvedAt: iso(alarmId * 10 * MINUTE + MINUTE),
      })),
    );
    expect(await get(vehicle, 'alarms', { unresolved: 'true' })).toEqual([]);
    expect(await get(vehicle, 'alarms', { from: iso(START + 1) })).toHaveLength(1);
    expect(await get(vehicle, 'alarms', { to: iso(START + 10 * MINUTE) })).toHaveLength(1);
    expect(await get(vehicle, 'vehicle')).toEqual({
      syncStatus: 'ok',
      lastSeenAt: iso(clock.now() - 80),
      softwareVersion: '1.1.0',
      dbOk: true,
    });
  });

  it('gives what there is in a range of any length', async () => {
    const { vehicle } = aPulledVehicle(db);
    await vehicle.run();
    const query = { channel: '1', from: '0000-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999Z' };
    expect((await measurements(vehicle, query)).points).toHaveLength(60);
    expect((await measurements(vehicle, { ...query, from: '9998-01-01T00:00:00Z' })).points).toEqual([]);
  });

  it('asks for a shorter range where there are more alarms than one answer can hold', async () => {
    let id = 0;
    const anAlarm = () => ({ alarm_id: ++id, message: 'flaps', triggered_at: iso(START - 60_000 + id) });
    const { clock, vehicle } = aPulledVehicle(new MemoryDynamoDb(), {}, {}, ({ path }) =>
      path === '/alarms' ? { status: 200, body: Array.from({ length: 5001 }, anAlarm) } : undefined,
    );
    await vehicle.run();
    clock.pass(30_000);
    await vehicle.run();
    await expect(get(vehicle, 'alarms')).rejects.toMatchObject({ status: 422, code: 'range_too_large' });
    expect(await get(vehicle, 'alarms', { from: iso(START - 60_000 + 5002) })).toHaveLength(5001);
  });

  it('shows nothing that has expired, and keeps each measurement as long as the setting says', async () => {
    const thirtyDays = createVehicle({ measurementRetentionDays: 30 });
    const { clock, vehicle } = aPulledVehicle(db, {}, { kind: thirtyDays });
    await vehicle.run();
    const query = { channel: '1', from: iso(START - MINUTE), to: iso(START) };
    clock.pass(30 * 24 * HOUR - 2 * MINUTE);
    expect((await measurements(vehicle, query)).points).toHaveLength(60);
    clock.pass(3 * MINUTE);
    expect((await measurements(vehicle, query)).points).toEqual([]);
    const own = aPulledVehicle(db, {}, { kind: thirtyDays, config: { retentionDays: 2 } });
    await own.vehicle.run();
    own.clock.pass(2 * 24 * HOUR + MINUTE);
    expect((await measurements(own.vehicle, query)).points).toEqual([]);
  });

  it('has a connection test that stores nothing', async () => {
    const { vehicle, faults } = aPulledVehicle(db);
    const run = vehicle.testRun();
    expect(await kind.test(run)).toEqual({
      ok: true,
      detail: { softwareVersion: '1.1.0', dbOk: true, lastMeasurementAt: iso(START) },
    });
    faults.dbDown = true;
    expect(await kind.test(run)).toMatchObject({ ok: false });
    faults.offline = true;
    await expect(kind.test(run)).rejects.toThrow('error: connection refused');
    expect((await vehicle.stored()).size).toBe(0);
    expect(vehicle.writeUnits).toBe(0);
  });
});

describe('what is saved', () => {
  it.each([
    [['token'], true],
    [['username', 'password'], true],
    [['username'], false],
    [[], false],
  ] as const)('of Traccar with %j is checked', (credentialNames, ok) => {
    const draft = { provider: 'traccar', baseUrl: 'http://traccar.test', accountId: '1', config: {}, credentialNames };
    const problems = kind.providers.traccar?.validate?.(draft) ?? [];
    expect(problems.map(({ path }) => path)).toEqual(ok ? [] : ['credentials']);
  });

  it.each([
    ['pull', { timeoutSeconds: 5, lookbackSeconds: 60, retentionDays: 30, requestsPerMinute: 10 }, true],
    ['pull', { requestsPerMinute: 0.01 }, false],
    ['pull', { timeout: 5 }, false],
    ['pull', { timeoutSeconds: 0 }, false],
    ['pull', { lookbackSeconds: -1 }, false],
    ['traccar', { lookbackSeconds: 60 }, true],
    ['samsara', { types: ['gps'] }, true],
    ['samsara', { types: ['a', 'b', 'c', 'd'] }, false],
    ['samsara', { lookbackSeconds: 60 }, false],
  ])('%s %j is checked', (provider, config, ok) => {
    expect(kind.providers[provider]?.configSchema.safeParse(config).success).toBe(ok);
  });
});
