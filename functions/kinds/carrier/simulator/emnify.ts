import { monthCycle } from '../cycle.ts';
import type { SimStatus } from '../provider.ts';
import { decimalMb, monthStart } from './calendar-month.ts';
import { pick } from './dice.ts';
import { bearerRefusal, jsonOf } from './oauth.ts';
import type { CarrierWire, WireAnswer, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const APPLICATION_TOKEN = 'emnify-simulated-application-token-0001';
const TOKEN_SECONDS = 3600;
const STATUS: Readonly<Record<SimStatus, { readonly id: number; readonly description: string }>> = {
  ready: { id: 0, description: 'Issued' },
  active: { id: 1, description: 'Activated' },
  suspended: { id: 2, description: 'Suspended' },
  deactivated: { id: 3, description: 'Deleted' },
  unknown: { id: 99, description: 'Mystery' },
};

const failed = (status: number, token: string): WireAnswer => ({
  status,
  body: { error_code: status, error_token: token, message: token },
});
const endpointOf = (sim: SimulatedSim): number => Number(sim.carrierDeviceId) + 800_000;

const simOf = (sim: SimulatedSim) => ({
  id: Number(sim.carrierDeviceId),
  iccid: sim.iccid,
  iccid_with_luhn: `${sim.iccid}0`,
  status: sim.statusWord === undefined ? STATUS[sim.status] : { id: 77, description: sim.statusWord },
  customer_org: { id: 7 },
  endpoint: { id: endpointOf(sim) },
  imsi: sim.imsi,
  activation_date: '2025-02-01T10:00:00.000+0000',
});

function month(sim: SimulatedSim, start: number, end: number): object {
  const bytes = sim.used(start, end);
  if (bytes === 0) return {};
  const data = {
    sim_id: Number(sim.carrierDeviceId),
    month: new Date(start).toISOString().slice(0, 7),
    volume: Number(decimalMb(bytes)),
    traffic_type: { id: 5, description: 'Data', unit: 'MB' },
    cost: 0.12,
  };
  return { data, sms: { volume: 0 } };
}

/** Months without traffic have no key; half of the SIMs answer with the list of the specification. */
function stats(sim: SimulatedSim, call: WireCall): unknown {
  const cycle = monthCycle(call.now, 1);
  const current = month(sim, cycle.start, call.now);
  const last = month(sim, monthCycle(cycle.start - 1, 1).start, cycle.start);
  const keys = {
    ...('data' in current ? { current_month: current } : {}),
    ...('data' in last ? { last_month: last } : {}),
    last_hour: {},
  };
  return sim.index % 2 === 0 ? keys : [keys];
}

/** A JWT nobody verifies; it tells when it ends, as emnify's do. */
function jwt(token: string, endsAt: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ exp: Math.floor(endsAt / 1000), jti: token })}.sig`;
}

const tokenIn = (call: WireCall): string => {
  const [, payload = ''] = (call.headers.authorization ?? '').replace(/^Bearer /, '').split('.');
  try {
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti?: string };
    return jti ?? '';
  } catch {
    return '';
  }
};

export const emnifyWire: CarrierWire = {
  name: 'emnify',
  baseUrl: 'https://cdn.emnify.net',
  accountId: null,
  credentials: { apiKey: APPLICATION_TOKEN },
  requestsPerMinute: 400,
  maxPageSize: 2500,
  identify: (variant, index) => ({ carrierDeviceId: String(1_000_000 + index * 5 + pick(0, 4, variant, index, 'id')) }),
  cycleStart: monthStart,
  error: (status) => ({ error_code: status, error_token: 'Error', message: 'Error' }),
  refuse: (call) =>
    bearerRefusal(
      { ...call, headers: { ...call.headers, authorization: `Bearer ${tokenIn(call)}` } },
      { error_code: 401, error_token: 'Unauthorized', message: 'Unauthorized' },
    ),
  routes: [
    {
      method: 'POST',
      pattern: '/api/v1/authenticate',
      open: true,
      answer(call) {
        // A refused token comes without a body.
        if (jsonOf(call)?.application_token !== APPLICATION_TOKEN) return { status: 401 };
        const token = call.issueToken(TOKEN_SECONDS);
        return { status: 200, body: { auth_token: jwt(token, call.clockNow + TOKEN_SECONDS * 1000) } };
      },
    },
    {
      method: 'GET',
      pattern: '/api/v1/sim',
      answer({ query, sims, maxPageSize }) {
        const page = Number(query.get('page') ?? 1);
        const size = Math.min(Number(query.get('per_page') ?? 100), maxPageSize);
        return { status: 200, body: sims.slice((page - 1) * size, page * size).map(simOf) };
      },
    },
    {
      method: 'GET',
      pattern: '/api/v1/sim/*',
      answer({ find, parts }) {
        const sim = find(parts[0] ?? '');
        return sim === undefined ? failed(404, 'ResourceNotFound') : { status: 200, body: simOf(sim) };
      },
    },
    {
      method: 'GET',
      pattern: '/api/v1/sim/*/stats',
      answer(call) {
        const sim = call.find(call.parts[0] ?? '');
        return sim === undefined ? failed(404, 'ResourceNotFound') : { status: 200, body: stats(sim, call) };
      },
    },
    {
      method: 'GET',
      pattern: '/api/v1/endpoint/*/connectivity',
      answer({ sims, parts }) {
        const sim = sims.find((each) => String(endpointOf(each)) === parts[0]);
        if (sim === undefined) return failed(404, 'ResourceNotFound');
        const description = sim.online ? 'ONLINE' : 'OFFLINE';
        return { status: 200, body: { status: sim.index % 2 === 0 ? { description } : description } };
      },
    },
    {
      method: 'GET',
      pattern: '/api/v1/tariff_profile',
      answer: () => ({
        status: 200,
        body: [{ id: 411, name: 'Worldwide', description: 'Pay as you go', inclusive_volume: { volume: 10 } }],
      }),
    },
  ],
};
