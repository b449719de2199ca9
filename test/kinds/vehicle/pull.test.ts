import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PermanentError, RetryLater } from '../../../functions/model/failure.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { aPulledVehicle, differences, START } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const iso = (time: number): string => new Date(time).toISOString();

describe('a pulled vehicle', () => {
  it('stores the last minute with the first run and goes on from there', async () => {
    const { clock, simulated, vehicle } = aPulledVehicle(db);
    const first = await vehicle.run();
    expect(first.result).toMatchObject({ outcome: 'success', recordsCount: 60 * 5, stored: true });
    expect(first.calls).toEqual([
      '/status',
      '/channels',
      `/data?from=${iso(START - MINUTE)}&to=${iso(START)}&limit=50000`,
      `/alarms?from=${iso(START - 2 * MINUTE)}&to=${iso(START)}`,
    ]);
    clock.pass(30_000);
    const second = await vehicle.run();
    expect(second.result).toMatchObject({ outcome: 'success', recordsCount: 31 * 5 });
    expect(differences(await vehicle.stored(), simulated.truth(START - MINUTE, clock.now()))).toEqual([]);
  });

  it('sends its key, and says what to do when it has none', async () => {
    const wrong = aPulledVehicle(db, {}, { credentials: { apiKey: 'another-key' } });
    const refused = await wrong.vehicle.run();
    expect(refused.error).toBeInstanceOf(PermanentError);
    expect(refused.error).toMatchObject({ about: 'auth', message: expect.stringMatching(/^error: .*refused \(401/) });
    const none = aPulledVehicle(db, {}, { credentials: {} });
    const absent = await none.vehicle.run();
    expect(absent.error).toMatchObject({ about: 'auth', message: expect.stringContaining('default key') });
    expect(absent.calls).toEqual([]);
  });

  it('asks for nothing else when it does not answer, and is tried again with the whole gap', async () => {
    const { clock, simulated, vehicle, faults } = aPulledVehicle(db);
    await vehicle.run();
    faults.slow = true;
    clock.pass(30_000);
    const slow = await vehicle.run();
    expect(slow.result).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/^timeout/),
      recordsCount: 0,
    });
    expect(slow.calls).toEqual(['/status']);
    faults.slow = false;
    faults.offline = true;
    clock.pass(30_000);
    const offline = await vehicle.run();
    expect(offline.result).toMatchObject({ outcome: 'error', message: expect.stringMatching(/^error/) });
    expect(offline.calls).toEqual(['/status']);
    expect(await vehicle.state()).toMatchObject({ syncStatus: 'error', softwareVersion: '1.1.0', dbOk: true });
    faults.offline = false;
    clock.pass(30_000);
    await vehicle.run();
    expect(await vehicle.state()).toMatchObject({ syncStatus: 'ok' });
    expect(differences(await vehicle.stored(), simulated.truth(START - MINUTE, clock.now()))).toEqual([]);
  });

  it('begins one minute before its first run that works, whatever failed before', async () => {
    const { clock, simulated, vehicle, faults } = aPulledVehicle(db);
    faults.offline = true;
    await vehicle.run();
    faults.offline = false;
    clock.pass(3 * HOUR);
    const now = clock.now();
    await vehicle.run();
    expect(differences(await vehicle.stored(), simulated.truth(now - MINUTE, now))).toEqual([]);
  });

  it('shows when it was last seen, to the minute, while it answers and has nothing to give', async () => {
    const { clock, vehicle, faults } = aPulledVehicle(db);
    await vehicle.run();
    faults.dbDown = true;
    let saves = 0;
    for (let run = 0; run < 20; run++) {
      clock.pass(30_000);
      saves += (await vehicle.run()).saves;
      expect(clock.now() - ((await vehicle.state()).lastSeenAt ?? 0)).toBeLessThan(MINUTE);
    }
    expect(saves).toBeLessThanOrEqual(11);
  });

  it('passes nothing over while its database is down', async () => {
    const { clock, simulated, vehicle, faults } = aPulledVehicle(db);
    await vehicle.run();
    faults.dbDown = true;
    clock.pass(30_000);
    const down = await vehicle.run();
    expect(down.result).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/^error: .*database is down/),
    });
    expect(await vehicle.state()).toMatchObject({ syncStatus: 'error', dbOk: false });
    faults.dbDown = false;
    clock.pass(30_000);
    await vehicle.run();
    expect(await vehicle.state()).toMatchObject({ syncStatus: 'ok', dbOk: true });
    expect(differences(await vehicle.stored(), simulated.truth(START - MINUTE, clock.now()))).toEqual([]);
  });

  it('fails when the measurements cannot be read, and reads them with the next run', async () => {
    const { clock, simulated, vehicle, faults } = aPulledVehicle(db);
    await vehicle.run();
    faults.broken = ['/data'];
    clock.pass(30_000);
    const broken = await vehicle.run();
    expect(broken.result).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/^error: 500 from \/data/),
    });
    faults.broken = [];
    clock.pass(30_000);
    await vehicle.run();
    expect(differences(await vehicle.stored(), simulated.truth(START - MINUTE, clock.now()))).toEqual([]);
  });

  it('lets a rate limit put the run off', async () => {
    const { vehicle } = aPulledVehicle(db, {}, {}, () => ({
      status: 429,
      headers: { 'retry-after': '7' },
      body: {},
    }));
    expect((await vehicle.run()).error).toBeInstanceOf(RetryLater);
  });

  it('leaves out null values and counts them', async () => {
    const { simulated, vehicle } = aPulledVehicle(db, { nulls: 0.3 });
    const truth = simulated.truth(START - MINUTE, START);
    const nulls = truth.filter(({ value }) => value === null).length;
    const { result } = await vehicle.run();
    expect(nulls).toBeGreaterThan(50);
    expect(result).toMatchObject({ recordsCount: 300 - nulls, details: { rows: 300, written: 300 - nulls, nulls } });
    expect(differences(await vehicle.stored(), truth)).toEqual([]);
  });

  it('reads late rows again within the look-back, and counts only what is new', async () => {
    const late = { share: 0.2, byMs: 45_000 };
    const { clock, simulated, vehicle } = aPulledVehicle(db, { late }, { config: { lookbackSeconds: 60 } });
    let written = 0;
    for (let run = 0; run < 6; run++) {
      const { result } = await vehicle.run();
      written += result?.outcome === 'success' ? result.recordsCount : 0;
      clock.pass(30_000);
    }
    clock.pass(MINUTE);
    // What is told by now, of the time before the last run's look-back.
    const settled = clock.now() - 3 * MINUTE;
    expect(written).toBe((await vehicle.stored()).size);
    const since = START - MINUTE;
    expect(differences(await vehicle.stored(since, settled), simulated.truth(since, settled))).toEqual([]);
  });

  it.each([
    ['behind', -10 * MINUTE],
    ['hours behind', -5 * HOUR],
    ['ahead', 10 * MINUTE],
  ])('misses nothing of a vehicle whose clock is %s', async (_, clockOffsetMs) => {
    const { clock, simulated, vehicle, faults } = aPulledVehicle(db, { periodMs: 10_000 });
    faults.clockOffsetMs = clockOffsetMs;
    for (let run = 0; run < 20; run++) {
      expect((await vehicle.run()).result?.outcome).toBe('success');
      clock.pass(30_000);
    }
    // Until its present is behind the last run's.
    const stillWithin = Math.max(0, -clockOffsetMs) + MINUTE;
    for (let passed = 0; passed < stillWithin; passed += 10 * MINUTE) {
      clock.pass(10 * MINUTE);
      await vehicle.run();
    }
    const read = simulated.truth(START - MINUTE, clock.now() + Math.min(0, clockOffsetMs));
    expect(read.length).toBeGreaterThan(50);
    expect(differences(await vehicle.stored(), read)).toEqual([]);
  });

  it('never goes back when the worker’s clock does', async () => {
    const { clock, simulated, vehicle } = aPulledVehicle(db);
    await vehicle.run();
    const { cursor } = vehicle;
    clock.pass(-10 * MINUTE);
    expect((await vehicle.run()).result).toMatchObject({ outcome: 'success', recordsCount: 0 });
    expect(JSON.parse(vehicle.cursor ?? '').at).toBe(JSON.parse(cursor ?? '').at);
    clock.pass(11 * MINUTE);
    await vehicle.run();
    expect(differences(await vehicle.stored(), simulated.truth(START - MINUTE, clock.now()))).toEqual([]);
  });
});

describe('channels, alarms and state', () => {
  it('are written when they change and not before', async () => {
    const { clock, vehicle } = aPulledVehicle(db);
    await vehicle.run();
    const units: number[] = [];
    for (let run = 0; run < 4; run++) {
      vehicle.writeUnits = 0;
      vehicle.readUnits = 0;
      clock.pass(30_000);
      await vehicle.run();
      units.push(vehicle.writeUnits);
    }
    expect(units).toEqual([1, 1, 1, 1]);
    const [channel] = await vehicle.channels();
    expect(channel).toEqual({
      channelId: '1',
      name: 'Oil pressure',
      unit: 'bar',
      minValue: 0,
      maxValue: 10,
      syncedAt: START,
    });
  });

  it('are not critical', async () => {
    const { vehicle, faults } = aPulledVehicle(db);
    faults.broken = ['/channels', '/alarms'];
    const { result } = await vehicle.run();
    expect(result).toMatchObject({
      outcome: 'success',
      recordsCount: 300,
      details: { channelsError: 'error: 500 from /channels', alarmsError: 'error: 500 from /alarms' },
    });
  });

  it.each([false, true])(
    'an alarm is resolved when the vehicle says so (told by trigger only: %s)',
    async (byTrigger) => {
      const alarms = { everyMs: 10 * MINUTE, lastsMs: 4 * MINUTE };
      const { clock, vehicle } = aPulledVehicle(db, { alarms, alarmsByTriggerOnly: byTrigger });
      const seen: string[] = [];
      for (let run = 0; run < 40; run++) {
        await vehicle.run();
        const states = (await vehicle.alarms()).map(({ resolvedAt }) => (resolvedAt === null ? 'open' : 'resolved'));
        const text = states.reverse().join(' ');
        if (seen.at(-1) !== text) seen.push(text);
        clock.pass(30_000);
      }
      expect(seen).toEqual(['', 'open', 'resolved', 'resolved open', 'resolved resolved']);
      expect(
        (await vehicle.alarms()).every(({ triggeredAt, resolvedAt }) => resolvedAt === triggeredAt + 4 * MINUTE),
      ).toBe(true);
    },
  );

  it('an alarm that could not be read is read with the next run', async () => {
    const alarms = { everyMs: 10 * MINUTE, lastsMs: MINUTE };
    const { clock, vehicle, faults } = aPulledVehicle(db, { alarms });
    await vehicle.run();
    faults.broken = ['/alarms'];
    for (let run = 0; run < 25; run++) {
      clock.pass(30_000);
      await vehicle.run();
    }
    expect(await vehicle.alarms()).toEqual([]);
    faults.broken = [];
    clock.pass(30_000);
    await vehicle.run();
    expect(await vehicle.alarms()).toHaveLength(2);
  });
});

describe('the cost of a run', () => {
  it.each([
    ['one run a minute', 60_000],
    ['two runs a minute', 30_000],
  ])('is at most 2 write units for 1,500 measurements (%s)', async (_, interval) => {
    const { clock, vehicle } = aPulledVehicle(db, { channels: 25 }, { latencyMs: 0 });
    await vehicle.run();
    vehicle.writeUnits = 0;
    const before = vehicle.readUnits;
    let written = 0;
    for (let passed = 0; passed < 10 * MINUTE; passed += interval) {
      clock.pass(interval);
      const { result } = await vehicle.run();
      written += result?.outcome === 'success' ? result.recordsCount : 0;
    }
    expect(written).toBe(15_000);
    expect(vehicle.writeUnits / 10).toBeLessThanOrEqual(2);
    expect(vehicle.readUnits).toBe(before);
  });

  it('is one block an hour for a vehicle that says little, at one unit a run', async () => {
    const { clock, simulated, vehicle } = aPulledVehicle(db, { channels: 2, periodMs: 30_000 });
    clock.pass(5_000);
    await vehicle.run();
    vehicle.writeUnits = 0;
    for (let run = 0; run < 118; run++) {
      clock.pass(30_000 - 80);
      await vehicle.run();
    }
    expect(vehicle.writeUnits).toBe(118);
    expect(await vehicle.countBlocks()).toBeLessThanOrEqual(2);
    expect(differences(await vehicle.stored(), simulated.truth(START - 55_000, clock.now()))).toEqual([]);
  });
});
