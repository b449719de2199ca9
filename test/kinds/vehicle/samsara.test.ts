import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samsara as samsaraProvider } from '../../../functions/kinds/vehicle/providers/samsara/samsara.ts';
import { type SimulatedSamsaraOptions, simulatedSamsara } from '../../../functions/kinds/vehicle/simulator/samsara.ts';
import {
  type SimulatedAnswer,
  type SimulatedRequest,
  simulatedHttp,
} from '../../../functions/kinds/vehicle/simulator/simulator.ts';
import { RetryLater } from '../../../functions/model/failure.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import { createUpstreamFactory } from '../../../functions/platform/upstream/upstream-client.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { type BenchOptions, CallCounter, Crash, MovingClock, START, TestVehicle } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ORIGIN = 'https://api.samsara.test';

function aVehicle(
  options: Partial<SimulatedSamsaraOptions> = {},
  bench: Partial<BenchOptions> = {},
  disturb: (request: SimulatedRequest) => SimulatedAnswer | undefined = () => undefined,
) {
  const clock = new MovingClock();
  const samsara = simulatedSamsara({ clock, token: 'samsara-token', vehicles: ['112', '113'], ...options });
  const mount = { answer: (request: SimulatedRequest) => disturb(request) ?? samsara.answer(request) };
  const http = simulatedHttp(ORIGIN, { '': mount }, clock);
  const credentials = { token: 'samsara-token' };
  const provider = { provider: 'samsara', baseUrl: ORIGIN, accountId: '112', credentials };
  const vehicle = new TestVehicle({ http, db, clock, latencyMs: 0, ...provider, ...bench });
  const odometer = async () => [...(await vehicle.stored())].filter(([key]) => key.startsWith('obdOdometerMeters@'));
  const expected = (from: number) =>
    samsara.truth(from, clock.now() + 1).map((one) => [`obdOdometerMeters@${one.time}`, [one.odometer]]);
  return { clock, samsara, vehicle, odometer, expected, faults: samsara.faults };
}

describe('a fleet with one Samsara token', () => {
  it('calls at most 150 times a second, also after a quiet time', async () => {
    const clock = new MovingClock();
    const times: number[] = [];
    const http = {
      async send({ url }: { readonly url: string }) {
        times.push(clock.now());
        clock.pass(1);
        return { status: 200, headers: {}, url, text: '{}', latencyMs: 1 };
      },
    };
    const { rateLimit } = samsaraProvider.description;
    const upstream = createUpstreamFactory({
      http,
      limits: { client: db.client, tableName: db.tables.limits },
      clock,
    }).open({
      tenantId: asTenantId('acme'),
      integrationId: asIntegrationId('truck'),
      kind: 'vehicle',
      provider: 'samsara',
      kindHasBreaker: false,
      credentialId: 'samsara-token-of-a-fleet',
      rateLimit,
      deadline: clock.now() + HOUR,
      signal: new AbortController().signal,
      secrets: [],
    });
    for (let n = 0; n < 450; n += 1) await upstream.send({ url: `${ORIGIN}/fleet` });
    const within = (from: number) => times.filter((time) => time >= from && time < from + 1000).length;
    expect(Math.max(...times.map(within))).toBeLessThanOrEqual(150);
    expect(within(START)).toBeGreaterThan(130);
  });
});

describe('a Samsara vehicle', () => {
  it('begins with the latest values and goes on from the cursor, page by page', async () => {
    const { clock, vehicle, odometer, expected } = aVehicle();
    const first = await vehicle.run();
    expect(first.calls).toEqual(['/fleet/vehicles/stats/feed?types=gps,engineStates,obdOdometerMeters&vehicleIds=112']);
    expect(first.result).toMatchObject({ outcome: 'success', recordsCount: 6 });
    clock.pass(HOUR);
    const second = await vehicle.run();
    expect(second.calls).toHaveLength(15);
    expect(second.calls.every((call) => call.includes('&after=cursor-'))).toBe(true);
    // The last one is saved with the end of the run.
    expect(second.saves).toBe(14);
    expect(await odometer()).toEqual(expected(START));
    expect((await vehicle.stored()).get(`speed@${START}`)).toEqual([77.7313]);
    expect((await vehicle.state()).lastSeenAt).toBe(clock.now());
    const channels = await vehicle.channels();
    expect(channels.find(({ channelId }) => channelId === 'speed')).toMatchObject({ name: 'Speed', unit: 'km/h' });
  });

  it('sends a long cursor back whole, and refuses one without an end', async () => {
    let length = 4000;
    const asked: (string | null)[] = [];
    const { clock, vehicle } = aVehicle({}, {}, ({ query }) => {
      asked.push(query.get('after'));
      return { status: 200, body: { data: [], pagination: { endCursor: 'c'.repeat(length), hasNextPage: false } } };
    });
    await vehicle.run();
    clock.pass(MINUTE);
    length = 4001;
    expect((await vehicle.run()).result).toMatchObject({
      outcome: 'error',
      message: 'error: endCursor of the feed is longer than 4000 characters',
    });
    expect(asked).toEqual([null, 'c'.repeat(4000)]);
  });

  it('waits five seconds after an empty page', async () => {
    const { clock, samsara, vehicle } = aVehicle();
    await vehicle.run();
    await vehicle.run();
    expect(clock.now()).toBe(START + 5_000);
    clock.pass(2_000);
    await vehicle.run();
    expect(clock.now()).toBe(START + 10_000);
    expect(samsara.impatience).toBe(0);
  });

  it('never loses the cursor: not when it fails, not when nothing is new, not when the worker dies', async () => {
    const prepare = async () => {
      const all = aVehicle();
      await all.vehicle.run();
      all.clock.pass(10 * MINUTE);
      return all;
    };
    const { outside } = await (await prepare()).vehicle.run();
    expect(outside).toBeGreaterThan(8);
    for (let call = 1; call <= outside; call++) {
      for (const when of ['before', 'after'] as const) {
        const { clock, vehicle, odometer, expected, faults } = await prepare();
        const { error } = await vehicle.run(new CallCounter({ call, when }));
        expect(error).toBeInstanceOf(Crash);
        clock.pass(30_000);
        faults.offline = true;
        expect((await vehicle.run()).result).toMatchObject({
          outcome: 'error',
          message: expect.stringMatching(/^error/),
        });
        faults.offline = false;
        clock.pass(30_000);
        await vehicle.run();
        expect({ call, when, odometer: await odometer() }).toEqual({ call, when, odometer: expected(START) });
      }
    }
  });

  it('puts the run off for the fraction of a second that Samsara asks for', async () => {
    const { clock, vehicle, faults } = aVehicle();
    faults.rateLimited = true;
    const { error } = await vehicle.run();
    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ until: clock.now() + 402.35 });
  });

  it('stores a late point once, and beside the others', async () => {
    const { clock, vehicle, odometer } = aVehicle({}, {}, ({ query }) => {
      const late = query.get('after') === null ? START - 3 * HOUR : START - 3 * HOUR + 1000;
      const point = { time: new Date(late).toISOString(), value: 7 };
      const again = { time: new Date(START - 3 * HOUR).toISOString(), value: 7 };
      const data = [{ id: '112', name: 'Truck', obdOdometerMeters: [point, again] }];
      return { status: 200, body: { data, pagination: { endCursor: 'c', hasNextPage: false } } };
    });
    await vehicle.run();
    clock.pass(MINUTE);
    expect((await vehicle.run()).result).toMatchObject({ recordsCount: 1 });
    expect(await odometer()).toHaveLength(2);
  });

  it('with one bad point keeps the others and goes on from the next page', async () => {
    const point = { time: new Date(START - MINUTE).toISOString(), value: 7 };
    const { vehicle } = aVehicle({}, {}, () => {
      const data = [{ id: '112', name: 'Truck', obdOdometerMeters: [{ ...point, value: '7' }, point] }];
      return { status: 200, body: { data, pagination: { endCursor: 'c', hasNextPage: false } } };
    });
    const { result } = await vehicle.run();
    expect(result).toMatchObject({
      outcome: 'partial',
      message: expect.stringContaining('value of obdOdometerMeters 0'),
    });
    expect(await vehicle.stored()).toEqual(new Map([[`obdOdometerMeters@${START - MINUTE}`, [7]]]));
    expect(vehicle.cursor).toContain('"feed":"c"');
  });

  it.each([
    [
      'another vehicle',
      { data: [{ id: '999', gps: [] }], pagination: { endCursor: 'c', hasNextPage: false } },
      'another',
    ],
    ['no pagination', { data: [] }, 'pagination of the feed is not an object'],
    ['no cursor', { data: [], pagination: { hasNextPage: false } }, 'endCursor of the feed is not a text'],
    [
      'a point in the next year',
      {
        data: [{ id: '112', engineStates: [{ time: '2027-11-22T07:00:00Z', value: 'On' }] }],
        pagination: { endCursor: 'c', hasNextPage: false },
      },
      'is in the future',
    ],
    ['an endless page', { data: [], pagination: { endCursor: 'same', hasNextPage: true } }, 'its cursor stands still'],
  ])('fails a run that is told of %s and stores nothing', async (_, body, message) => {
    const { vehicle } = aVehicle({}, {}, () => ({ status: 200, body }));
    const { result } = await vehicle.run();
    expect(result).toMatchObject({ outcome: 'error', message: expect.stringContaining(message) });
    expect((await vehicle.stored()).size).toBe(0);
  });
});
