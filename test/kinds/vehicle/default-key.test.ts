import { expect, it } from 'vitest';
import { vehicle } from '../../../functions/kinds/vehicle/index.ts';
import { simulatedHttp } from '../../../functions/kinds/vehicle/simulator/simulator.ts';
import { simulatedVehicle } from '../../../functions/kinds/vehicle/simulator/vehicle.ts';
import { TENANT_SECRETS } from '../../../functions/model/credentials.ts';
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
