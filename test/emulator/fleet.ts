import {
  type SimulatedCarrier,
  serveCarriers,
  simulateCarrier,
} from '../../functions/kinds/carrier/simulator/index.ts';
import { OfdOperator } from '../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { serve } from '../../functions/kinds/receipts/simulator/operator.ts';
import { createWeatherService, serveWeather } from '../../functions/kinds/source/simulator/index.ts';
import { serveSimulators, simulatedVehicle } from '../../functions/kinds/vehicle/simulator/index.ts';
import { systemClock as clock } from '../../functions/platform/clock.ts';
import type { User } from './user.ts';

const VEHICLE_KEY = 'vehicle-simulated-key-0001';
const SOURCE_TOKEN = 'weather-simulated-token-0001';
const OPERATOR_TOKEN = 'ofd-simulated-token-0001';
/** SIMs that are linked at each carrier. */
export const LINKED = 6;

/** One integration of each kind, and some that are in trouble, at simulated upstreams on loopback. */
export interface Fleet {
  readonly carrier: string;
  readonly vehicle: string;
  readonly source: string;
  readonly receipts: string;
  /** A carrier that answers 500 to everything. */
  readonly failing: string;
  /** A carrier that refuses the key. */
  readonly refused: string;
  /** A source whose address nobody listens at. */
  readonly unreachable: string;
  readonly hologram: SimulatedCarrier;
  readonly operator: OfdOperator;
  close(): Promise<void>;
}

export async function startFleet(user: User): Promise<Fleet> {
  const hologram = simulateCarrier('hologram', { sims: 30, clock, requestsPerMinute: null });
  const broken = simulateCarrier('hologram', { sims: LINKED, clock, requestsPerMinute: null });
  broken.faults.always = 500;
  // One origin each, because a breaker is an origin's.
  const carriers = await Promise.all([
    serveCarriers({ hologram }),
    serveCarriers({ hologram: broken }),
    serveCarriers({ hologram }),
  ]);
  const [good, bad, strict] = carriers.map((server) => server.baseUrlOf('hologram'));
  const vehicles = await serveSimulators({
    '/truck': simulatedVehicle({ clock, apiKey: VEHICLE_KEY, seed: 1, channels: 8 }),
  });
  const weather = await serveWeather(createWeatherService({ clock, auth: { type: 'bearer', token: SOURCE_TOKEN } }));
  const operator = new OfdOperator({ clock, token: OPERATOR_TOKEN });
  const ofd = await serve(operator);

  const create = async (body: object): Promise<string> =>
    (await user.call<{ id: string }>('POST', '/api/integrations', { status: 201, body })).id;
  const carrier = (name: string, baseUrl: string | undefined, credentials: object) =>
    create({
      name,
      kind: 'carrier',
      provider: 'hologram',
      baseUrl,
      accountId: hologram.accountId,
      credentials,
      syncInterval: 30,
      // Its first run is to find the devices.
      syncEnabled: false,
    });
  const source = (name: string, baseUrl: string) =>
    create({
      name,
      kind: 'source',
      provider: 'rest',
      baseUrl,
      config: {
        url: '/v1/pages',
        auth: 'bearer',
        pagination: { type: 'page', param: 'page', pageSizeParam: 'per_page', pageSize: 50 },
        fields: [{ name: 'temperature', path: 'main.temp', dataType: 'number' }],
      },
      credentials: { token: SOURCE_TOKEN },
      syncInterval: 600,
    });

  const carrierIds = [
    await carrier('Carrier', good, hologram.credentials),
    await carrier('Carrier that fails', bad, broken.credentials),
    await carrier('Carrier that refuses', strict, { apiKey: 'hologram-wrong-key-9999' }),
  ] as const;
  for (const id of carrierIds) {
    for (const [index, { carrierDeviceId }] of hologram.sims.slice(0, LINKED).entries()) {
      await user.call('PUT', `/api/integrations/${id}/devices/device-${index}`, { body: { carrierDeviceId } });
    }
    await user.call('PATCH', `/api/integrations/${id}/sync-settings`, { body: { syncEnabled: true } });
  }
  const [carrierId, failing, refused] = carrierIds;
  return {
    carrier: carrierId,
    failing,
    refused,
    vehicle: await create({
      name: 'Vehicle',
      kind: 'vehicle',
      provider: 'pull',
      baseUrl: `${vehicles.url}/truck`,
      credentials: { apiKey: VEHICLE_KEY },
      syncInterval: 30,
    }),
    source: await source('Source', weather.url),
    // A port that was free a moment ago.
    unreachable: await source('Source that is gone', await addressOfNobody()),
    receipts: await create({
      name: 'Register',
      kind: 'receipts',
      provider: 'ofd',
      baseUrl: ofd.url,
      config: { statusPath: '/ofd/v1/receipt/{key}' },
      credentials: { token: OPERATOR_TOKEN },
    }),
    hologram,
    operator,
    async close() {
      await Promise.all([...carriers, vehicles, weather, ofd].map((server) => server.close()));
    },
  };
}

async function addressOfNobody(): Promise<string> {
  const { url, close } = await serve(new OfdOperator({ clock, token: OPERATOR_TOKEN }));
  await close();
  return url;
}
