import type { SimStatus } from '../provider.ts';
import { monthStart } from './calendar-month.ts';
import { digits } from './dice.ts';
import { basicOf } from './oauth.ts';
import type { CarrierWire, WireAnswer, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const ACCOUNT = 'AC00000000000000000000000000000001';
const SECRET = 'supersim-simulated-secret-01';
const WORDS: Readonly<Record<SimStatus, string>> = {
  active: 'active',
  suspended: 'inactive',
  // A SIM that has gone answers 404; the listing has no word for it.
  deactivated: 'inactive',
  ready: 'ready',
  unknown: 'mystery',
};

const failed = (status: number, message: string, code: number): WireAnswer => ({
  status,
  body: { status, message, code, more_info: `https://www.twilio.com/docs/errors/${code}` },
});

const simOf = (sim: SimulatedSim) => ({
  sid: sim.carrierDeviceId,
  account_sid: ACCOUNT,
  unique_name: sim.deviceId,
  iccid: sim.iccid,
  status: sim.statusWord ?? WORDS[sim.status],
  fleet_sid: 'HF00000000000000000000000000000001',
  date_created: '2025-07-30T20:00:00Z',
});

/** One page of a list, with the absolute address of the next. */
function page(call: WireCall, key: string, all: readonly unknown[]): WireAnswer {
  const size = Math.min(Number(call.query.get('PageSize') ?? 50), call.maxPageSize);
  const number = Number(call.query.get('Page') ?? 0);
  const begin = number * size;
  const query = new URLSearchParams(call.query);
  query.set('Page', String(number + 1));
  query.set('PageToken', `PT${number + 1}`);
  const next = begin + size < all.length ? `${call.baseUrl}${call.path}?${query.toString()}` : null;
  const meta = { page: number, page_size: size, previous_page_url: null, next_page_url: next, key };
  return { status: 200, body: { [key]: all.slice(begin, begin + size), meta } };
}

function usageRecords(call: WireCall): WireAnswer {
  const from = Date.parse(call.query.get('StartTime') ?? '');
  const end = Date.parse(call.query.get('EndTime') ?? '');
  if (!(from < end)) return failed(400, 'Bad time window', 83600);
  const sid = call.query.get('Sim');
  const grouped = call.query.get('Group') === 'sim';
  const period = { start_time: call.query.get('StartTime'), end_time: call.query.get('EndTime') };
  const records = call.sims
    .filter((sim) => sid === null || sim.carrierDeviceId === sid)
    .flatMap((sim) => {
      const total = sim.used(from, Math.min(end, call.now));
      // SIMs without traffic are left out.
      if (total === 0) return [];
      const failing = call.faults.failing.has(sim.carrierDeviceId);
      return [
        {
          account_sid: ACCOUNT,
          sim_sid: grouped ? sim.carrierDeviceId : null,
          fleet_sid: null,
          period,
          data_upload: 0,
          data_download: total,
          data_total: failing ? -1 : total,
          data_total_billed: '0.03',
          billed_unit: 'USD',
        },
      ];
    });
  return page(call, 'usage_records', records);
}

export const superSimWire: CarrierWire = {
  name: 'supersim',
  baseUrl: 'https://supersim.twilio.com/v1',
  accountId: null,
  credentials: { apiKey: ACCOUNT, apiSecret: SECRET },
  requestsPerMinute: 60,
  maxPageSize: 1000,
  identify: (variant, index) => ({
    carrierDeviceId: `HS${String(index).padStart(12, '0')}${digits(20, variant, index, 'sid')}`,
  }),
  cycleStart: monthStart,
  error: (status) => ({ status, message: 'Error', code: status === 429 ? 20429 : 20000 + status }),
  refuse: ({ headers }) =>
    headers.authorization === basicOf(ACCOUNT, SECRET) ? undefined : failed(401, 'Authenticate', 20003),
  routes: [
    { method: 'GET', pattern: '/Sims', answer: (call) => page(call, 'sims', call.sims.map(simOf)) },
    {
      method: 'GET',
      pattern: '/Sims/*',
      answer({ find, parts }) {
        const sim = find(parts[0] ?? '');
        return sim === undefined ? failed(404, 'Not found', 20404) : { status: 200, body: simOf(sim) };
      },
    },
    { method: 'GET', pattern: '/UsageRecords', answer: usageRecords },
    {
      method: 'GET',
      pattern: '/Fleets',
      answer: (call) =>
        page(call, 'fleets', [
          { sid: 'HF00000000000000000000000000000001', unique_name: 'trucks', data_limit: 500, data_metering: 'payg' },
        ]),
    },
    {
      method: 'POST',
      pattern: '/Sims',
      answer({ body, sims, variant }) {
        const form = new URLSearchParams(body);
        const iccid = form.get('Iccid') ?? '';
        if (form.get('RegistrationCode')?.length !== 10) return failed(400, 'Invalid registration code', 20001);
        if (sims.some((sim) => sim.iccid === iccid)) return failed(409, 'Already registered', 20409);
        const sid = `HS${digits(32, variant, iccid)}`;
        return { status: 201, body: { sid, iccid, status: 'new', account_sid: ACCOUNT } };
      },
    },
  ],
};
