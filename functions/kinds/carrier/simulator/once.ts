import type { SimStatus } from '../provider.ts';
import { dailyUsage, decimalMb, monthStart } from './calendar-month.ts';
import { basicOf, bearerRefusal, jsonOf } from './oauth.ts';
import type { CarrierWire, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const ID = 'once-client';
const SECRET = 'once-simulated-secret-0001';
const WORDS: Readonly<Record<SimStatus, string>> = {
  active: 'Enabled',
  suspended: 'Disabled',
  // 1NCE has two words only.
  deactivated: 'Disabled',
  ready: 'Enabled',
  unknown: 'Mystery',
};

const simOf = (sim: SimulatedSim) => ({
  iccid: sim.iccid,
  iccid_with_luhn: `${sim.iccid}0`,
  imsi: sim.imsi,
  imei_lock: false,
  status: sim.statusWord ?? WORDS[sim.status],
  activation_date: '2025-03-09T07:59:09.000+0000',
  current_quota: 500,
  quota_status: { id: 0, description: 'More than 20% available', threshold_reached_date: null },
  label: sim.name,
});

const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

function usage(call: WireCall) {
  const sim = call.find(call.parts[0] ?? '');
  if (sim === undefined) return { status: 404 };
  const [from, to] = [call.query.get('start_dt') ?? '', call.query.get('end_dt') ?? ''];
  if (!DAY_PATTERN.test(from) || !DAY_PATTERN.test(to)) return { status: 400, body: { message: 'start_dt, end_dt' } };
  const until = Math.min(call.now, Date.parse(to) + 86_400_000);
  const stats = dailyUsage(sim, Date.parse(from), until).map(({ start, bytes }) => ({
    date: new Date(start).toISOString(),
    data: {
      volume: decimalMb(bytes),
      volume_rx: '0.001',
      volume_tx: '0.001',
      cost: '0',
      traffic_type: { id: 1, description: 'Data', unit: 'MB' },
    },
    sms: { volume: '3', traffic_type: { id: 1, description: 'SMS', unit: 'SMS' } },
  }));
  return { status: 200, body: { stats } };
}

export const onceWire: CarrierWire = {
  name: '1nce',
  baseUrl: 'https://api.1nce.com/management-api',
  accountId: null,
  credentials: { apiKey: ID, apiSecret: SECRET },
  requestsPerMinute: 600,
  maxPageSize: 100,
  identify: (_seed, _index, iccid) => ({ carrierDeviceId: iccid }),
  cycleStart: monthStart,
  // Errors below /v1/sims come with an empty body.
  error: () => undefined,
  refuse: (call) => bearerRefusal(call, undefined),
  routes: [
    {
      method: 'POST',
      pattern: '/oauth/token',
      open: true,
      answer(call) {
        if (call.headers.authorization !== basicOf(ID, SECRET)) {
          return { status: 400, body: { statusCode: 400, errorCode: 'BadCredentials', message: 'Bad credentials' } };
        }
        if (jsonOf(call)?.grant_type !== 'client_credentials') {
          return { status: 400, body: { statusCode: 400, errorCode: 'BodyValidationError', message: 'grant_type' } };
        }
        const body = { status_code: 200, access_token: call.issueToken(3600), token_type: 'bearer', expires_in: 3600 };
        return { status: 200, body };
      },
    },
    {
      method: 'GET',
      pattern: '/v1/sims',
      answer({ query, sims, maxPageSize }) {
        const page = Number(query.get('page') ?? 1);
        const size = Math.min(Number(query.get('pageSize') ?? 10), maxPageSize);
        const headers = {
          'x-count-per-page': String(size),
          'x-current-page': String(page),
          'x-total-count': String(sims.length),
          'x-total-pages': String(Math.ceil(sims.length / size)),
        };
        return { status: 200, headers, body: sims.slice((page - 1) * size, page * size).map(simOf) };
      },
    },
    {
      method: 'GET',
      pattern: '/v1/sims/*',
      answer({ find, parts }) {
        const sim = find(parts[0] ?? '');
        return sim === undefined ? { status: 404 } : { status: 200, body: simOf(sim) };
      },
    },
    { method: 'GET', pattern: '/v1/sims/*/usage', answer: usage },
    {
      method: 'GET',
      pattern: '/v1/sims/*/status',
      answer({ find, parts }) {
        const sim = find(parts[0] ?? '');
        if (sim === undefined) return { status: 404 };
        return { status: 200, body: { status: sim.online ? 'ONLINE' : 'OFFLINE', services: ['SMS', 'DATA'] } };
      },
    },
    {
      method: 'GET',
      pattern: '/v1/products',
      answer: () => ({
        status: 200,
        body: [{ id: 7, product: 'IoT Lifetime Flat', material: 'Industrial card', package_size: 10 }],
      }),
    },
  ],
};
