import { type Cycle, monthCycle } from '../cycle.ts';
import { dailyUsage, monthStart } from './calendar-month.ts';
import type { Faults } from './faults.ts';
import type { CarrierWire, WireAnswer, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const KEY = 'onomondo-simulated-key-0001';

const simOf = (sim: SimulatedSim) => ({
  id: sim.carrierDeviceId,
  iccid: sim.iccid,
  label: sim.name,
  activated: sim.status === 'active' || sim.status === 'ready',
  online: sim.online,
  online_at: '2026-11-21T10:00:00.000Z',
});

/** Records of a calendar month, one per SIM and day. */
function recordsOf(
  sims: readonly SimulatedSim[],
  { start, end }: Cycle,
  { now, faults }: WireCall,
): readonly unknown[] {
  return sims.flatMap((sim) =>
    dailyUsage(sim, start, Math.min(end, now)).map((day) => ({
      sim_id: sim.carrierDeviceId,
      iccid: sim.iccid,
      time: new Date(day.start).toISOString().slice(0, 19).replace('T', ' '),
      bytes: faults.failing.has(sim.carrierDeviceId) ? 'many' : day.bytes,
      network: 'Telenor',
    })),
  );
}

/** The records of one walk are made once, not for every page. */
const prepared = new WeakMap<Faults, { readonly key: string; readonly records: readonly unknown[] }>();

function usage(call: WireCall, sims: readonly SimulatedSim[]): WireAnswer {
  const { query, faults, now } = call;
  const [, month] = /^time:(\d{4}-\d{2})$/.exec(query.get('filter') ?? '') ?? [];
  if (month === undefined) return { status: 400, body: { message: 'filter is required' } };
  const changes = sims.map(({ extra }) => extra.length).reduce((sum, each) => sum + each, 0);
  const key = [month, now, sims.length, sims[0]?.index, faults.failing.size, changes].join(' ');
  const known = prepared.get(faults);
  const records = known?.key === key ? known.records : recordsOf(sims, monthCycle(Date.parse(`${month}-01`), 1), call);
  prepared.set(faults, { key, records });
  const limit = Math.min(Number(query.get('limit') ?? 100), call.maxPageSize);
  const begin = Number((query.get('next_page') ?? 'after:0').slice('after:'.length));
  const more = begin + limit < records.length;
  const pagination = { next_page: more ? `after:${begin + limit}` : null, has_more: more };
  return { status: 200, body: { pagination, usage: records.slice(begin, begin + limit) } };
}

const notFound: WireAnswer = { status: 404, body: { message: 'Not found' } };

export const onomondoWire: CarrierWire = {
  name: 'onomondo',
  baseUrl: 'https://api.onomondo.com',
  accountId: null,
  credentials: { apiKey: KEY },
  requestsPerMinute: 600,
  maxPageSize: 1000,
  identify: (_seed, index) => ({ carrierDeviceId: String(2000 + index).padStart(9, '0') }),
  cycleStart: monthStart,
  error: (status) => ({ message: `Error ${status}` }),
  refuse: ({ headers }) =>
    headers.authorization === KEY ? undefined : { status: 401, body: { message: 'Unauthorized' } },
  routes: [
    {
      method: 'GET',
      pattern: '/sims',
      answer({ query, sims, maxPageSize }) {
        const limit = Math.min(Number(query.get('limit') ?? 20), maxPageSize);
        const offset = Number(query.get('offset') ?? 0);
        const found = sims.slice(offset, offset + limit).map(simOf);
        return { status: 200, body: { count: found.length, limit, offset, total: sims.length, sims: found } };
      },
    },
    {
      method: 'GET',
      pattern: '/sims/*',
      answer({ find, parts }) {
        const sim = find(parts[0] ?? '');
        return sim === undefined ? notFound : { status: 200, body: simOf(sim) };
      },
    },
    { method: 'GET', pattern: '/usage', answer: (call) => usage(call, call.sims) },
    {
      method: 'GET',
      pattern: '/usage/*',
      answer(call) {
        const sim = call.find(call.parts[0] ?? '');
        return sim === undefined ? notFound : usage(call, [sim]);
      },
    },
  ],
};
