import { inProcessHttp, simulateCarrier } from '../../functions/kinds/carrier/simulator/index.ts';
import { OfdOperator } from '../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { clientFor } from '../../functions/kinds/receipts/simulator/operator.ts';
import { createWeatherService } from '../../functions/kinds/source/simulator/index.ts';
import { weatherClient } from '../../functions/kinds/source/simulator/weather-client.ts';
import { simulatedHttp, simulatedVehicle } from '../../functions/kinds/vehicle/simulator/index.ts';
import type { KindName } from '../../functions/model/kind-name.ts';
import type { HttpClient } from '../../functions/platform/http/http.ts';
import type { DemoApi } from '../../local/demo/demo-api.ts';
import type { JumpingClock } from './jumping-clock.ts';

/** A typical integration of a kind, with its simulated upstream. */
export interface KindCase {
  readonly kind: KindName;
  /** For people: what one run does. */
  readonly work: string;
  readonly intervalSeconds: number;
  /** As the API takes it; `number` tells several apart. */
  draft(number: number): object;
  /** After it was created. */
  prepare?(id: string, api: DemoApi): Promise<void>;
  /** Before each run. */
  before?(id: string, api: DemoApi): Promise<void>;
  readonly http: HttpClient;
}

const DEVICES = 20;
const RECEIPTS = 10;
const ORIGINS = {
  vehicle: 'https://vehicles.example.com',
  source: 'https://weather.example.com',
  receipts: 'https://operator.example.com',
} as const;

export const kindCases = (clock: JumpingClock): readonly KindCase[] => [
  carrierCase(clock),
  vehicleCase(clock),
  sourceCase(clock),
  receiptsCase(clock),
];

function carrierCase(clock: JumpingClock): KindCase {
  const carrier = simulateCarrier('hologram', { sims: DEVICES, clock, requestsPerMinute: null });
  const { apiKey } = carrier.credentials;
  const authorization = `Basic ${Buffer.from(`apikey:${apiKey}`).toString('base64')}`;
  const http = inProcessHttp(carrier);
  return {
    kind: 'carrier',
    work: `${DEVICES} SIMs at Hologram, all with new usage`,
    intervalSeconds: 3600,
    draft: (number) => ({
      name: `Fleet ${number}`,
      kind: 'carrier',
      provider: 'hologram',
      accountId: carrier.accountId,
      // A credential of its own: a limit of its own.
      credentials: { apiKey: `key-number-${number}-of-the-bench` },
      syncInterval: 3600,
    }),
    async prepare(id, api) {
      for (const [index, { carrierDeviceId, iccid, name }] of carrier.sims.entries()) {
        await api.call('PUT', `/api/integrations/${id}/devices/device-${index}`, { carrierDeviceId, iccid, name });
      }
    },
    // Whatever the key: it is right.
    http: { send: (request) => http.send({ ...request, headers: { ...request.headers, authorization } }) },
  };
}

function vehicleCase(clock: JumpingClock): KindCase {
  const apiKey = 'vehicle-simulated-key-0001';
  const vehicle = simulatedVehicle({ clock, apiKey, channels: 25 });
  return {
    kind: 'vehicle',
    work: '30 s of 25 channels at 1 Hz: 750 measurements',
    intervalSeconds: 30,
    draft: (number) => ({
      name: `Truck ${number}`,
      kind: 'vehicle',
      provider: 'pull',
      baseUrl: `${ORIGINS.vehicle}/trucks`,
      credentials: { apiKey },
      syncInterval: 30,
    }),
    http: simulatedHttp(ORIGINS.vehicle, { '/trucks': vehicle }, clock),
  };
}

function sourceCase(clock: JumpingClock): KindCase {
  const service = createWeatherService({ clock, stations: 50, everyMs: 3600_000, keptMs: 3600_000 });
  return {
    kind: 'source',
    work: '50 new rows of 3 fields in one page',
    intervalSeconds: 3600,
    draft: (number) => ({
      name: `Weather ${number}`,
      kind: 'source',
      provider: 'rest',
      baseUrl: ORIGINS.source,
      config: {
        url: '/v1/observations',
        auth: 'none',
        fields: [
          { name: 'station', path: 'station.code', dataType: 'string' },
          { name: 'temperature', path: 'main.temp', dataType: 'number' },
          { name: 'humidity', path: 'main.humidity', dataType: 'number' },
        ],
        incremental: { param: 'since', path: 'observedAt' },
      },
      syncInterval: 3600,
    }),
    http: weatherClient(service, ORIGINS.source),
  };
}

function receiptsCase(clock: JumpingClock): KindCase {
  const token = 'ofd-simulated-token-0001';
  const operator = new OfdOperator({ clock, token });
  let sales = 0;
  return {
    kind: 'receipts',
    work: `${RECEIPTS} buffered receipts sent, one after another`,
    intervalSeconds: 10,
    draft: (number) => ({
      name: `Register ${number}`,
      kind: 'receipts',
      provider: 'ofd',
      baseUrl: ORIGINS.receipts,
      credentials: { token },
    }),
    async before(id, api) {
      for (let i = 0; i < RECEIPTS; i++) {
        const body = {
          type: 'sale',
          items: [{ name: 'Reading glasses', price: 1290, quantity: 1, total: 1290, vat_rate: 20 }],
          payments: [{ type: 'card', amount: 1290 }],
        };
        await api.call('POST', `/v1/kkt/receipt?integrationId=${id}`, body, { 'idempotency-key': `sale-${sales++}` });
      }
    },
    http: clientFor(operator, clock),
  };
}
