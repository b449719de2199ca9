import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, simulatedHttp } from '../../../functions/kinds/vehicle/simulator/simulator.ts';
import { type SimulatedTraccarOptions, simulatedTraccar } from '../../../functions/kinds/vehicle/simulator/traccar.ts';
import { UpstreamError } from '../../../functions/model/failure.ts';
import type { HttpClient } from '../../../functions/platform/http/http.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { type BenchOptions, CallCounter, Crash, MovingClock, START, TestVehicle } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ORIGIN = 'http://traccar.test:8082';

function aDevice(
  options: Partial<SimulatedTraccarOptions> = {},
  bench: Partial<BenchOptions> = {},
  wrap: (http: HttpClient) => HttpClient = (http) => http,
) {
  const clock = bench.clock ?? new MovingClock();
  const traccar = simulatedTraccar({ clock, token: 'traccar-token', devices: 3, ...options });
  const http = wrap(simulatedHttp(ORIGIN, { '': traccar }, clock));
  const credentials = { token: 'traccar-token' };
  const provider = { provider: 'traccar', baseUrl: ORIGIN, accountId: '2', credentials };
  const vehicle = new TestVehicle({ http, db, clock, latencyMs: 0, ...provider, ...bench });
  /** Speeds stored, as km/h by time; each once. */
  const speeds = async () => [...(await vehicle.stored())].filter(([key]) => key.startsWith('speed@'));
  const expected = (from: number) =>
    traccar.truth(from, clock.now()).map(({ time, knots }) => [`speed@${time}`, [Math.round(knots * 18_520) / 10_000]]);
  return { clock, traccar, vehicle, speeds, expected, faults: traccar.faults };
}

/** A device with the positions that the test gives it, and none between. */
function parkedDevice() {
  const clock = new MovingClock();
  const positions: { id: number; time: number }[] = [];
  const mount: Simulator = {
    answer({ path, query }) {
      if (path === '/api/devices') {
        const positionId = positions.at(-1)?.id ?? 0;
        return { status: 200, body: [{ id: 2, name: 'Truck', status: 'online', lastUpdate: null, positionId }] };
      }
      if (path === '/api/reports/events') return { status: 200, body: [] };
      const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name) ?? '')) as [number, number];
      const told = positions.filter(({ time }) => time >= from && time <= to);
      const body = told.map(({ id, time }) => ({
        id,
        deviceId: 2,
        fixTime: new Date(time).toISOString(),
        latitude: 1,
      }));
      return { status: 200, body };
    },
  };
  const provider = { provider: 'traccar', baseUrl: ORIGIN, accountId: '2', credentials: { token: 'traccar-token' } };
  const vehicle = new TestVehicle({ http: simulatedHttp(ORIGIN, { '': mount }, clock), db, clock, ...provider });
  const seen = async () => [...(await vehicle.stored()).keys()];
  return { clock, vehicle, seen, park: (position: { id: number; time: number }) => positions.push(position) };
}

describe('a Traccar device', () => {
  it('stores positions and attributes as channels, the speed in km/h', async () => {
    const { vehicle, speeds, expected } = aDevice();
    const { result, calls } = await vehicle.run();
    expect(calls.map((call) => call.split('?')[0])).toEqual(['/api/devices', '/api/positions', '/api/reports/events']);
    expect(result).toMatchObject({ outcome: 'success', recordsCount: 6 * 9, details: { deviceStatus: 'online' } });
    expect(await speeds()).toEqual(expected(START - MINUTE));
    const channels = await vehicle.channels();
    expect(channels.map(({ channelId, unit }) => `${channelId} ${unit}`)).toEqual([
      'accuracy m',
      'altitude m',
      'batteryLevel %',
      'course °',
      'ignition null',
      'latitude °',
      'longitude °',
      'speed km/h',
      'totalDistance m',
    ]);
    expect((await vehicle.stored()).get(`ignition@${START - MINUTE}`)).toEqual([1]);
  });

  it('is asked for positions only when there is a new one', async () => {
    const { clock, vehicle, faults } = aDevice();
    await vehicle.run();
    faults.devicesOutOfReachSince = START;
    clock.pass(30_000);
    await vehicle.run();
    vehicle.writeUnits = 0;
    clock.pass(30_000);
    const { calls, result } = await vehicle.run();
    expect(calls.map((call) => call.split('?')[0])).toEqual(['/api/devices', '/api/reports/events']);
    expect(result).toMatchObject({ outcome: 'success', recordsCount: 0 });
    expect(vehicle.writeUnits).toBe(0);
  });

  it('loses nothing that it measured while it was out of reach', async () => {
    const { clock, vehicle, speeds, expected, faults } = aDevice({ periodMs: MINUTE });
    await vehicle.run();
    faults.devicesOutOfReachSince = clock.now();
    for (let run = 0; run < 40; run++) {
      clock.pass(HOUR);
      await vehicle.run();
    }
    faults.devicesOutOfReachSince = null;
    clock.pass(30_000);
    await vehicle.run();
    expect(await speeds()).toEqual(expected(START - MINUTE));
    // One an hour, each once, as moments.
    const alarms = await vehicle.alarms();
    expect(alarms).toHaveLength(41);
    expect(alarms[0]).toMatchObject({ severity: 'critical', message: 'alarm: lowBattery', channelId: null });
    expect(alarms.every(({ triggeredAt, resolvedAt }) => triggeredAt === resolvedAt)).toBe(true);
  });

  it('makes a window smaller whose answer is too large', async () => {
    let refused = 0;
    const small = (http: HttpClient): HttpClient => ({
      async send(request) {
        const response = await http.send(request);
        if (response.text.length < 30_000) return response;
        refused++;
        throw new UpstreamError('too large', { problem: 'too_large' });
      },
    });
    const { clock, vehicle, speeds, expected } = aDevice({}, {}, small);
    await vehicle.run();
    clock.pass(2 * HOUR);
    expect((await vehicle.run()).result?.outcome).toBe('success');
    expect(refused).toBeGreaterThan(2);
    expect(await speeds()).toEqual(expected(START - MINUTE));
  });

  it('makes a window smaller that takes too long, and fills the gap', async () => {
    let tooLong = 0;
    const clock = new MovingClock();
    const slow = (http: HttpClient): HttpClient => ({
      async send(request) {
        const { pathname, searchParams } = new URL(request.url);
        const asked = Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '');
        if (!pathname.endsWith('/positions') || asked <= HOUR) return http.send(request);
        tooLong++;
        await clock.sleep(10_000);
        throw new UpstreamError('timeout after 10 s', { problem: 'timeout' });
      },
    });
    const { vehicle, speeds, expected } = aDevice({ periodMs: MINUTE }, { clock }, slow);
    await vehicle.run();
    clock.pass(12 * HOUR);
    expect((await vehicle.run()).result?.outcome).toBe('success');
    clock.pass(30_000);
    await vehicle.run();
    expect(tooLong).toBeGreaterThan(1);
    expect(tooLong).toBeLessThan(12);
    expect(await speeds()).toEqual(expected(START - MINUTE));
  });

  it('fails when even its smallest window takes too long', async () => {
    const { clock, vehicle, faults } = aDevice({}, {}, (http) => ({
      async send(request) {
        faults.slow = request.url.includes('/positions');
        return http.send(request);
      },
    }));
    clock.pass(12 * HOUR);
    const { result, calls } = await vehicle.run();
    expect(result).toMatchObject({ outcome: 'error', message: expect.stringMatching(/^timeout/) });
    expect(calls.filter((call) => call.includes('/positions')).length).toBeLessThan(8);
  });

  it('finds its last position before it was parked, also where its clock was ahead', async () => {
    const { clock, vehicle, seen, park } = parkedDevice();
    await vehicle.run();
    clock.pass(30_000);
    park({ id: 10, time: clock.now() - 2000 });
    await vehicle.run();
    clock.pass(30_000);
    park({ id: 11, time: clock.now() + 3000 });
    await vehicle.run();
    expect(await seen()).toHaveLength(1);
    clock.pass(30_000);
    await vehicle.run();
    expect(await seen()).toHaveLength(2);
    clock.pass(30_000);
    expect((await vehicle.run()).calls.filter((call) => call.includes('/positions'))).toEqual([]);
  });

  it('looks a day for a position that is in no answer, and no longer', async () => {
    const { clock, vehicle, seen, park } = parkedDevice();
    park({ id: 10, time: clock.now() - HOUR });
    await vehicle.run();
    clock.pass(23 * HOUR);
    expect((await vehicle.run()).calls.some((call) => call.includes('/positions'))).toBe(true);
    clock.pass(HOUR);
    expect((await vehicle.run()).calls.some((call) => call.includes('/positions'))).toBe(false);
    park({ id: 11, time: clock.now() });
    clock.pass(30_000);
    await vehicle.run();
    expect(await seen()).toHaveLength(1);
  });

  it('stores each position once when its worker dies at any call', async () => {
    const prepare = async () => {
      const device = aDevice();
      await device.vehicle.run();
      device.clock.pass(5 * MINUTE);
      return device;
    };
    const { outside } = await (await prepare()).vehicle.run();
    expect(outside).toBeGreaterThan(4);
    for (let call = 1; call <= outside; call++) {
      const { clock, vehicle, speeds, expected } = await prepare();
      const { error } = await vehicle.run(new CallCounter({ call, when: 'after' }));
      expect(error).toBeInstanceOf(Crash);
      clock.pass(30_000);
      await vehicle.run();
      expect(await speeds()).toEqual(expected(START - MINUTE));
    }
  });

  it('is told apart from one that the server does not know, and from a refused token', async () => {
    const unknown = aDevice({}, { accountId: '9' });
    expect((await unknown.vehicle.run()).error).toMatchObject({
      about: 'config',
      message: 'error: Traccar knows no device 9; check accountId',
    });
    const refused = aDevice({}, { credentials: { token: 'wrong' } });
    expect((await refused.vehicle.run()).error).toMatchObject({ about: 'auth' });
    const basic = aDevice({}, { credentials: { username: 'ann', password: 'secret' } });
    expect((await basic.vehicle.run()).error).toMatchObject({ about: 'auth' });
    const none = aDevice({}, { credentials: {} });
    expect((await none.vehicle.run()).error).toMatchObject({ message: expect.stringContaining('access token') });
  });

  it('with one bad position keeps the others', async () => {
    const { vehicle, speeds, expected } = aDevice({}, {}, (http) => ({
      async send(request) {
        const answer = await http.send(request);
        if (!request.url.includes('/positions')) return answer;
        const [first, ...others] = JSON.parse(answer.text) as Record<string, unknown>[];
        return { ...answer, text: JSON.stringify([{ ...first, deviceId: 9 }, ...others]) };
      },
    }));
    const { result } = await vehicle.run();
    expect(result).toMatchObject({ outcome: 'partial', message: expect.stringContaining('of another device') });
    expect(await speeds()).toEqual(expected(START - MINUTE).slice(1));
  });

  it('leaves out the place of a fix that is not valid', async () => {
    const invalid = (http: HttpClient): HttpClient => ({
      async send(request) {
        const response = await http.send(request);
        return { ...response, text: response.text.replaceAll('"valid":true', '"valid":false') };
      },
    });
    const { vehicle } = aDevice({}, {}, invalid);
    await vehicle.run();
    const channels = new Set([...(await vehicle.stored()).keys()].map((key) => key.split('@')[0]));
    expect([...channels]).toEqual(['ignition', 'batteryLevel', 'totalDistance']);
  });
});
