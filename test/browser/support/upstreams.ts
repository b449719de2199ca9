import { serveCarriers, simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { Fault } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { serve } from '../../../functions/kinds/receipts/simulator/operator.ts';
import { createWeatherService, serveWeather } from '../../../functions/kinds/source/simulator/index.ts';
import { serveSimulators, simulatedVehicle } from '../../../functions/kinds/vehicle/simulator/index.ts';
import { systemClock } from '../../../functions/platform/clock.ts';
import type { Api, Made } from './api.ts';

/** Simulated upstreams that a test may break as it likes, and integrations that point at them. */

export async function startCarrier(sims: number) {
  const carrier = simulateCarrier('hologram', { sims, clock: systemClock });
  const server = await serveCarriers({ hologram: carrier });
  return {
    carrier,
    close: server.close,
    connect: (api: Api, more: object = {}) =>
      api.call<Made>('POST', '/api/integrations', {
        name: 'Test SIMs',
        kind: 'carrier',
        provider: 'hologram',
        baseUrl: server.baseUrlOf('hologram'),
        accountId: carrier.accountId,
        credentials: carrier.credentials,
        ...more,
      }),
    link: (api: Api, id: string) =>
      Promise.all(
        carrier.sims.map(({ carrierDeviceId, iccid, name }, index) =>
          api.call('PUT', `/api/integrations/${id}/devices/dev-${index + 1}`, { carrierDeviceId, iccid, name }),
        ),
      ),
  };
}

export async function startVehicle() {
  const apiKey = 'vehicle-test-key-0001';
  const vehicle = simulatedVehicle({
    clock: systemClock,
    apiKey,
    channels: 8,
    alarms: { everyMs: 3_000, lastsMs: 1_000 },
  });
  const server = await serveSimulators({ '': vehicle });
  return {
    vehicle,
    apiKey,
    close: server.close,
    connect: (api: Api, more: object = {}) =>
      api.call<Made>('POST', '/api/integrations', {
        name: 'Test truck',
        kind: 'vehicle',
        provider: 'pull',
        baseUrl: server.url,
        credentials: { apiKey },
        ...more,
      }),
  };
}

export async function startSource() {
  const token = 'weather-test-token-0001';
  const service = createWeatherService({ clock: systemClock, auth: { type: 'bearer', token } });
  const server = await serveWeather(service);
  return {
    service,
    token,
    url: server.url,
    close: server.close,
    connect: (api: Api, more: object = {}) =>
      api.call<Made>('POST', '/api/integrations', {
        name: 'Test weather',
        kind: 'source',
        provider: 'rest',
        baseUrl: server.url,
        config: {
          url: '/v1/pages',
          auth: 'bearer',
          pagination: { type: 'page', param: 'page', pageSizeParam: 'per_page', pageSize: 100 },
          fields: [
            { name: 'station', path: 'station.code', dataType: 'string' },
            { name: 'temperature', path: 'main.temp', dataType: 'number' },
          ],
          incremental: { param: 'since', path: 'observedAt' },
        },
        credentials: { token },
        ...more,
      }),
  };
}

export async function startOperator() {
  const token = 'operator-test-token-0001';
  const state: { fault: Fault | undefined; refuse: string | undefined } = { fault: undefined, refuse: undefined };
  const operator = new OfdOperator({
    clock: systemClock,
    token,
    faults: () => state.fault,
    refuse: () => state.refuse,
  });
  const server = await serve(operator);
  let receipts = 0;
  return {
    operator,
    state,
    close: server.close,
    connect: (api: Api, more: object = {}) =>
      api.call<Made>('POST', '/api/integrations', {
        name: 'Test register',
        kind: 'receipts',
        provider: 'ofd',
        baseUrl: server.url,
        credentials: { token },
        ...more,
      }),
    sell(api: Api, id: string, price = 100): Promise<{ readonly receipt_id: string }> {
      receipts += 1;
      const body = {
        type: 'sale',
        items: [{ name: `Thing ${receipts}`, price, quantity: 1, total: price, vat_rate: 20 }],
        payments: [{ type: 'card', amount: price }],
      };
      return api.call('POST', `/v1/kkt/receipt?integrationId=${id}`, body, {
        'idempotency-key': `test-${id}-${receipts}`,
      });
    },
  };
}
