import { DAY_MS } from '../cycle.ts';
import type { SimStatus } from '../provider.ts';
import { dice, pick } from './dice.ts';
import type { CarrierWire, WireAnswer, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const ORG = '4711';
const KEY = 'hologram-simulated-key-0001';
const PERIOD_MS = 30 * DAY_MS;
const QUARTER_DAY_MS = DAY_MS / 4;
const WORDS: Readonly<Record<SimStatus, string>> = {
  active: 'LIVE',
  suspended: 'PAUSED-USER',
  deactivated: 'DEAD',
  ready: 'INACTIVE',
  unknown: 'MYSTERY',
};
const PLANS = [
  { id: 127, name: '1 MB', data: 1_000_000 },
  { id: 128, name: '100 MB', data: 100_000_000 },
  { id: 129, name: 'Pay as you go', data: -1 },
] as const;

const idOf = (sim: SimulatedSim): number => Number(sim.carrierDeviceId);
const linkOf = (sim: SimulatedSim): number => idOf(sim) + 500_000;
/** `2026-11-22 10:00:00`, UTC. */
const naive = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

const failed = (status: number, error: string): WireAnswer => ({ status, body: { success: false, error } });

function device(sim: SimulatedSim, call: WireCall): unknown {
  const start = call.cycleStart(sim);
  const failing = call.faults.failing.has(sim.carrierDeviceId);
  return {
    id: idOf(sim),
    orgid: Number(ORG),
    name: sim.name,
    whencreated: '2026-01-05 01:00:00',
    links: {
      cellular: [
        {
          id: linkOf(sim),
          deviceid: idOf(sim),
          sim: sim.iccid,
          imsi: Number(sim.imsi),
          state: sim.statusWord ?? WORDS[sim.status],
          whenclaimed: '2026-01-05 01:00:00',
          whenexpires: naive(start + PERIOD_MS),
          overagelimit: -1,
          apn: 'hologram',
          plan: { id: 127, zone: 1, name: '1 MB', data: 1_000_000 },
          last_network_used: 'T-Mobile USA, Inc',
          cur_billing_data_used: failing ? 'n/a' : sim.used(start, call.now),
          last_billing_data_used: sim.used(start - PERIOD_MS, start),
        },
      ],
    },
    lastsession: {
      linkid: linkOf(sim),
      bytes: 0,
      session_begin: naive(call.now - 3_600_000),
      session_end: sim.online ? '0000-00-00 00:00:00' : naive(call.now - 1_800_000),
      radio_access_technology: 'LTE',
      active: sim.online,
    },
  };
}

/** Quarter-day sessions with data, newest last; ids are in the order of the list. */
function records(sim: SimulatedSim, from: number, to: number): { id: string; item: unknown }[] {
  const found: { id: string; item: unknown }[] = [];
  for (let begin = Math.floor(from / QUARTER_DAY_MS) * QUARTER_DAY_MS; begin < to; begin += QUARTER_DAY_MS) {
    const end = Math.min(begin + QUARTER_DAY_MS, to);
    const bytes = sim.used(begin, end);
    const timestamp = end - 1000;
    if (bytes <= 0 || timestamp < from) continue;
    const id = `${linkOf(sim)}${String(begin / QUARTER_DAY_MS).padStart(8, '0')}`;
    // As in the field: some records name the device, some the link, and a number may come as text.
    const named = sim.index % 2 === 0 ? { linkid: linkOf(sim) } : { deviceid: idOf(sim) };
    const item = {
      ...named,
      record_id: id,
      session_begin: naive(begin),
      timestamp: naive(timestamp),
      bytes: sim.index % 3 === 0 ? String(bytes) : bytes,
      radio_access_technology: 'LTE',
      network_name: 'T-Mobile USA, Inc',
    };
    found.push({ id, item });
  }
  return found;
}

/** One page of a list of (id, item) in id order, with Hologram's envelope. */
function page(call: WireCall, all: readonly { readonly id: string; readonly item: unknown }[]): WireAnswer {
  const limit = Math.min(Number(call.query.get('limit') ?? 100), call.maxPageSize);
  const after = call.query.get('startafter');
  const begin = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const items = all.slice(begin, begin + limit);
  const lastid = items.at(-1)?.id;
  const more = begin + items.length < all.length;
  const query = new URLSearchParams(call.query);
  if (lastid !== undefined) query.set('startafter', lastid);
  return {
    status: 200,
    body: {
      success: true,
      limit,
      size: items.length,
      ...(more ? { continues: true } : {}),
      lastid: Number.isSafeInteger(Number(lastid)) ? Number(lastid) : lastid,
      links: {
        path: call.path,
        base: new URL(call.baseUrl).origin,
        ...(more ? { next: `${call.path}?${query.toString()}` } : {}),
      },
      data: items.map(({ item }) => item),
    },
  };
}

export const hologramWire: CarrierWire = {
  name: 'hologram',
  baseUrl: 'https://dashboard.hologram.io/api/1',
  accountId: ORG,
  credentials: { apiKey: KEY },
  requestsPerMinute: 60,
  maxPageSize: 1000,
  identify: (variant, index) => ({ carrierDeviceId: String(100_000 + index * 3 + pick(0, 2, variant, index, 'id')) }),
  /** Every link has a period of its own; they begin at quarters of a day. */
  cycleStart(sim, now, variant) {
    const phase = Math.floor(dice(variant, sim.index, 'phase') * 120) * QUARTER_DAY_MS;
    return Math.floor((now - phase) / PERIOD_MS) * PERIOD_MS + phase;
  },
  error: (status) => ({ success: false, error: status === 429 ? 'API rate limit exceeded' : `Error ${status}` }),
  refuse({ headers, query }) {
    const expected = `Basic ${Buffer.from(`apikey:${KEY}`).toString('base64')}`;
    if (headers.authorization !== expected) return failed(401, 'Invalid API key');
    const org = query.get('orgid');
    return org === null || org === ORG ? undefined : failed(403, 'No access to this organization');
  },
  routes: [
    {
      method: 'GET',
      pattern: '/devices',
      answer: (call) =>
        page(
          call,
          call.sims.map((sim) => ({ id: sim.carrierDeviceId, item: device(sim, call) })),
        ),
    },
    {
      method: 'GET',
      pattern: '/devices/*',
      answer(call) {
        const sim = call.find(call.parts[0] ?? '');
        return sim === undefined
          ? failed(404, 'Device not found')
          : { status: 200, body: { success: true, data: device(sim, call) } };
      },
    },
    {
      method: 'GET',
      pattern: '/usage/data',
      answer(call) {
        const seconds = (name: string): number => Number(call.query.get(name)) * 1000;
        const links = (call.query.get('linkids') ?? call.query.get('linkid'))?.split(',');
        const wanted = call.sims.filter((sim) => links === undefined || links.includes(String(linkOf(sim))));
        const to = Math.min(call.now, seconds('timeend') || call.now);
        return page(
          call,
          wanted.flatMap((sim) => records(sim, seconds('timestart'), to)),
        );
      },
    },
    {
      method: 'GET',
      pattern: '/plans',
      answer: (call) =>
        page(
          call,
          PLANS.map((plan) => ({ id: String(plan.id), item: { ...plan, recurring: 1, enabled: 1 } })),
        ),
    },
    {
      method: 'POST',
      pattern: '/links/cellular/sim_*/claim',
      answer(call) {
        const body = JSON.parse(call.body) as { plan?: number; orgid?: number };
        if (!PLANS.some(({ id }) => id === body.plan)) return failed(422, 'Unknown plan');
        const sim = call.parts[0] ?? '';
        if (call.sims.some(({ iccid }) => iccid === sim)) return failed(400, 'SIM is already claimed');
        const device = pick(900_000, 999_999, call.variant, sim);
        return { status: 200, body: { success: true, data: [{ device, link: device + 500_000, sim }] } };
      },
    },
  ],
};
