import { expect, it } from 'vitest';
import { vehicle } from '../../../functions/kinds/vehicle/index.ts';
import { simulatedHttp } from '../../../functions/kinds/vehicle/simulator/simulator.ts';
import { simulatedVehicle } from '../../../functions/kinds/vehicle/simulator/vehicle.ts';
import { TENANT_SECRETS } from '../../../functions/model/credentials.ts';
import { asIntegrationId } from '../../../functions/model/ids.ts';
import type { HttpClient } from '../../../functions/platform/http/http.ts';
import { vaultOf } from '../../../functions/runtime/services.ts';
import { changeSettings } from '../../../functions/store/settings.ts';
import { TENANT, World } from '../../support/world.ts';

it('uses the tenant’s default key from the run after it was set or changed', async () => {
  const late: { http?: HttpClient } = {};
  const http: HttpClient = { send: (request) => late.http?.send(request) ?? Promise.reject(new Error('too early')) };
  const world = await World.create({ kinds: { vehicle }, internet: () => http });
  const answer = (apiKey: string): void => {
    const simulated = simulatedVehicle({ clock: world.clock, apiKey, channels: 1 });
    late.http = simulatedHttp('http://vehicle.test:8001', { '': simulated }, world.clock);
  };
  const setDefaultKey = async (apiKey: string): Promise<void> => {
    const sealed = await vaultOf(world.runtime).seal(TENANT, TENANT_SECRETS, { apiKey });
    await changeSettings(TENANT, { vehicleDefaultApiKey: sealed }, world.db);
  };
  const lastRun = async () => (await world.history('truck')).reduce((a, b) => (b.run > a.run ? b : a));

  answer('first-key');
  await world.add({
    id: 'truck',
    kind: 'vehicle',
    provider: 'pull',
    baseUrl: 'http://vehicle.test:8001',
    syncInterval: 30,
  });
  await world.pass(31);
  expect(await lastRun()).toMatchObject({ status: 'FAILED', errorMessage: expect.stringContaining('no API key') });

  await setDefaultKey('first-key');
  await world.pass(30);
  expect(await lastRun()).toMatchObject({ status: 'SUCCESS' });

  answer('second-key');
  await setDefaultKey('second-key');
  await world.pass(30);
  expect(await lastRun()).toMatchObject({ status: 'SUCCESS' });
});

const tooMany = (url: string) => ({ status: 429, headers: { 'retry-after': '600' }, url, text: '', latencyMs: 1 });

it('lets a vehicle that asks to wait hold up no other with the same key: each is a machine of its own', async () => {
  const vehicles: { http?: HttpClient } = {};
  const world = await World.create({
    kinds: { vehicle },
    internet: () => ({
      send: async (request) =>
        request.url.startsWith('http://busy.test')
          ? tooMany(request.url)
          : (vehicles.http?.send(request) ?? Promise.reject(new Error('too early'))),
    }),
  });
  const simulated = simulatedVehicle({ clock: world.clock, apiKey: 'for-all', channels: 1 });
  vehicles.http = simulatedHttp('http://free.test:8001', { '': simulated }, world.clock);
  const sealed = await vaultOf(world.runtime).seal(TENANT, TENANT_SECRETS, { apiKey: 'for-all' });
  await changeSettings(TENANT, { vehicleDefaultApiKey: sealed }, world.db);
  const common = { kind: 'vehicle', provider: 'pull', syncInterval: 30, config: { requestsPerMinute: 600 } } as const;
  await world.add({ id: 'busy', baseUrl: 'http://busy.test:8001', ...common });
  await world.pass(35);
  await world.add({ id: 'free', baseUrl: 'http://free.test:8001', ...common });
  await world.pass(65);
  const statuses = async (id: string) => new Set((await world.history(id)).map(({ status }) => status));
  expect(await statuses('busy')).toEqual(new Set(['DEFERRED']));
  expect(await statuses('free')).toEqual(new Set(['SUCCESS']));
});

it('lets all who share the token of a service wait, whatever the address', async () => {
  let calls = 0;
  const world = await World.create({
    kinds: { vehicle },
    internet: () => ({
      async send(request) {
        calls += 1;
        return tooMany(request.url);
      },
    }),
  });
  for (const id of ['one', 'two']) {
    const credentials = await vaultOf(world.runtime).seal(TENANT, asIntegrationId(id), { token: 'shared-token' });
    const own = { id, accountId: id, baseUrl: `http://${id}.test`, credentials };
    await world.add({ ...own, kind: 'vehicle', provider: 'samsara', syncInterval: 30 });
    await world.pass(35);
  }
  expect((await world.history('two')).map(({ status }) => status)).toContain('DEFERRED');
  expect(calls).toBe(1);
});
