import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSimulators, simulatedVehicle } from '../../../functions/kinds/vehicle/simulator/index.ts';
import { systemClock } from '../../../functions/platform/clock.ts';
import { createAddressGuard } from '../../../functions/platform/http/address-guard.ts';
import { createHttpClient } from '../../../functions/platform/http/http-client.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { differences, MovingClock, TestVehicle } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

/** Real time: what a simulated vehicle says over a real connection, read by the real HTTP client. */
describe('simulated vehicles on a loopback port', () => {
  it('are read like real ones, each under its own path', async () => {
    const clock = new MovingClock(systemClock.now());
    const first = simulatedVehicle({ clock, apiKey: 'vehicle-key', seed: 1, channels: 3 });
    const second = simulatedVehicle({ clock, apiKey: 'vehicle-key', seed: 2, channels: 2 });
    const server = await serveSimulators({ '/vehicles/1': first, '/vehicles/2': second });
    const http = createHttpClient({ guard: createAddressGuard({ allowedPrivateCidrs: ['127.0.0.0/8'] }) });
    try {
      const read = async (path: string, config = {}) => {
        const vehicle = new TestVehicle({ http, db, clock, baseUrl: `${server.url}${path}`, config, latencyMs: 0 });
        const { result, error } = await vehicle.run();
        return { vehicle, result, error };
      };
      const to = clock.now();
      for (const [path, simulated] of [
        ['/vehicles/1', first],
        ['/vehicles/2', second],
      ] as const) {
        const { vehicle } = await read(path);
        expect(differences(await vehicle.stored(), simulated.truth(to - 60_000, to))).toEqual([]);
      }
      second.faults.slow = true;
      const slow = await read('/vehicles/2', { timeoutSeconds: 1 });
      expect(slow.result).toMatchObject({ outcome: 'error', message: expect.stringMatching(/^timeout after 1 s/) });
      second.faults.slow = false;
      second.faults.offline = true;
      const offline = await read('/vehicles/2');
      expect(offline.result).toMatchObject({ outcome: 'error', message: expect.stringMatching(/^error: connection/) });
      const nowhere = await read('/vehicles/3');
      expect(nowhere.result).toMatchObject({ outcome: 'error', message: expect.stringMatching(/^error: 404/) });
    } finally {
      http.close();
      await server.close();
    }
  });
});

describe('a simulated vehicle', () => {
  it('answers as the pull contract has it', () => {
    const clock = new MovingClock();
    const vehicle = simulatedVehicle({ clock, apiKey: 'key', channels: 2 });
    const ask = (path: string, query = '', key: string | undefined = 'key') =>
      vehicle.answer({ path, query: new URLSearchParams(query), headers: { 'x-api-key': key } });
    const at = (ms: number) => new Date(clock.now() + ms).toISOString();
    const status = (answer: ReturnType<typeof ask>) => (typeof answer === 'string' ? answer : answer.status);
    expect(status(vehicle.answer({ path: '/status', query: new URLSearchParams(), headers: {} }))).toBe(422);
    expect(ask('/status', '', 'wrong')).toEqual({ status: 401, body: { detail: 'Unauthorized' } });
    expect(status(ask('/data', `from=${at(-1000)}`))).toBe(422);
    expect(ask('/data', `from=${at(0)}&to=${at(0)}`)).toMatchObject({
      status: 400,
      body: { detail: { error: 'invalid_params' } },
    });
    expect(ask('/data', `from=${at(-2000)}&to=${at(0)}&limit=3`)).toMatchObject({
      body: { count: 3, truncated: true, rows: [{ channel_id: 1, time: at(-2000) }, {}, { time: at(-1000) }] },
    });
    expect(ask('/data', `from=${at(-2000)}&to=${at(0)}&limit=4`)).toMatchObject({ body: { truncated: false } });
    expect(ask('/data', `from=${at(-2000)}&to=${at(0)}&channel_id=2`)).toMatchObject({ body: { count: 2 } });
    expect(ask('/data/latest')).toMatchObject({ body: [{ channel_id: 1, time: at(0) }, { channel_id: 2 }] });
    vehicle.faults.dbDown = true;
    expect(ask('/status')).toMatchObject({ status: 200, body: { db_ok: false, last_measurement_at: null } });
    expect(ask('/channels')).toEqual({ status: 503, body: { detail: 'Database unavailable' } });
    vehicle.faults.slow = true;
    expect(ask('/status')).toBe('hang');
    vehicle.faults.offline = true;
    expect(ask('/status')).toBe('refuse');
  });
});
