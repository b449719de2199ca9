import type { SimStatus } from '../provider.ts';
import { decimalMb, monthStart } from './calendar-month.ts';
import { digits } from './dice.ts';
import { jsonOf } from './oauth.ts';
import type { CarrierWire, WireAnswer, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const KEY = 'KEYtelnyx-simulated-key-0001';
const WORDS: Readonly<Record<SimStatus, string>> = {
  active: 'enabled',
  suspended: 'disabled',
  // A SIM that has gone answers 404.
  deactivated: 'disabled',
  ready: 'standby',
  unknown: 'mystery',
};

const failed = (status: number, code: string, title: string): WireAnswer => ({
  status,
  body: { errors: [{ code, title, detail: title }] },
});

/** As documented, an amount is text; big ones come in gigabytes now and then. */
function amount(bytes: number, sim: SimulatedSim): { amount: string; unit: string } {
  const inGb = bytes % 1000 === 0 && bytes > 0 && sim.index % 4 === 0;
  return inGb ? { amount: decimalMb(bytes / 1000), unit: 'GB' } : { amount: decimalMb(bytes), unit: 'MB' };
}

function simOf(sim: SimulatedSim, call: WireCall) {
  const failing = call.faults.failing.has(sim.carrierDeviceId);
  return {
    id: sim.carrierDeviceId,
    record_type: 'sim_card',
    type: 'physical',
    iccid: sim.iccid,
    imsi: sim.imsi,
    status: { value: sim.statusWord ?? WORDS[sim.status], reason: 'As simulated' },
    sim_card_group_id: '47a1c2b0-cc7b-4ab1-bb98-b33fb0fc61b9',
    tags: ['simulated'],
    data_limit: { amount: '2048.0', unit: 'MB' },
    current_billing_period_consumed_data: failing
      ? { amount: 'much', unit: 'MB' }
      : amount(sim.used(call.cycleStart(sim), call.now), sim),
    created_at: '2018-02-02T22:25:27.521Z',
  };
}

function page(call: WireCall, all: readonly unknown[]): WireAnswer {
  const number = Number(call.query.get('page[number]') ?? 1);
  const size = Math.min(Number(call.query.get('page[size]') ?? 20), call.maxPageSize);
  const meta = {
    total_pages: Math.ceil(all.length / size),
    total_results: all.length,
    page_number: number,
    page_size: size,
  };
  return { status: 200, body: { data: all.slice((number - 1) * size, number * size), meta } };
}

const uuid = (text: string): string =>
  [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20, 32)].join('-');

export const telnyxWire: CarrierWire = {
  name: 'telnyx',
  baseUrl: 'https://api.telnyx.com/v2',
  accountId: null,
  credentials: { apiKey: KEY },
  requestsPerMinute: 60,
  maxPageSize: 250,
  identify: (variant, index) => ({
    carrierDeviceId: uuid(`${String(index).padStart(12, '0')}${digits(20, variant, index, 'id')}`),
  }),
  cycleStart: monthStart,
  error: (status) => ({ errors: [{ code: status === 429 ? '10011' : '10007', title: 'Error', detail: 'Error' }] }),
  refuse: ({ headers }) =>
    headers.authorization === `Bearer ${KEY}` ? undefined : failed(401, '10009', 'Authentication failed'),
  routes: [
    {
      method: 'GET',
      pattern: '/sim_cards',
      answer: (call) =>
        page(
          call,
          call.sims.map((sim) => simOf(sim, call)),
        ),
    },
    {
      method: 'GET',
      pattern: '/sim_cards/*',
      answer(call) {
        const sim = call.find(call.parts[0] ?? '');
        if (sim === undefined) return failed(404, '10005', 'Resource not found');
        const session = sim.online ? 'connected' : 'disconnected';
        return { status: 200, body: { data: { ...simOf(sim, call), live_data_session: session } } };
      },
    },
    {
      method: 'GET',
      pattern: '/sim_card_groups',
      answer: (call) =>
        page(call, [
          { id: '47a1c2b0-cc7b-4ab1-bb98-b33fb0fc61b9', name: 'Trucks', data_limit: { amount: '2', unit: 'GB' } },
        ]),
    },
    {
      method: 'POST',
      pattern: '/actions/register/sim_cards',
      answer(call) {
        const codes = jsonOf(call)?.registration_codes;
        const [code] = Array.isArray(codes) ? codes : [];
        if (typeof code !== 'string' || !/^\d{10}$/.test(code)) {
          // Partial success: HTTP says nothing of the single SIM.
          return {
            status: 202,
            body: { data: [], errors: [{ code: '70001', title: 'Invalid registration code', detail: 'Not a code' }] },
          };
        }
        const id = uuid(digits(32, call.variant, code));
        return { status: 202, body: { data: [{ id, status: { value: 'registering' } }], errors: [] } };
      },
    },
  ],
};
