import type { SimStatus } from '../provider.ts';
import { dailyUsage, monthStart } from './calendar-month.ts';
import { jsonOf } from './oauth.ts';
import type { CarrierWire, WireAnswer, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const KEY_ID = 'keyId-simulated';
const KEY = 'secret-soracom-simulated-0001';
const API_KEY = 'api-simulated';
const WORDS: Readonly<Record<SimStatus, string>> = {
  active: 'active',
  suspended: 'suspended',
  deactivated: 'terminated',
  ready: 'ready',
  unknown: 'mystery',
};

const failed = (status: number, code: string, message: string): WireAnswer => ({ status, body: { code, message } });

const simOf = (sim: SimulatedSim, now: number) => ({
  simId: sim.carrierDeviceId,
  operatorId: 'OP0000000001',
  status: sim.statusWord ?? WORDS[sim.status],
  groupId: null,
  sessionStatus: { online: sim.online, imsi: sim.imsi, subscription: 'plan01s', lastUpdatedAt: now },
  speedClass: 's1.fast',
  createdTime: 1_700_000_000_000,
  tags: { name: sim.name },
});

/** Per day; the window snaps to whole days. Upload and download in two speed classes. */
function stats(sim: SimulatedSim, call: WireCall): unknown[] {
  const from = Number(call.query.get('from')) * 1000;
  const to = Math.min(call.now, Number(call.query.get('to')) * 1000 + 86_400_000);
  return dailyUsage(sim, from, to).map(({ start, bytes }) => {
    const fast = Math.floor(bytes / 3);
    return {
      date: new Date(start).toISOString().slice(0, 10).replaceAll('-', ''),
      unixtime: start / 1000,
      dataTrafficStatsMap: {
        's1.fast': { uploadByteSizeTotal: fast, downloadByteSizeTotal: fast, uploadPacketSizeTotal: 12 },
        's1.standard': { uploadByteSizeTotal: 0, downloadByteSizeTotal: bytes - 2 * fast, uploadPacketSizeTotal: 0 },
      },
    };
  });
}

export const soracomWire: CarrierWire = {
  name: 'soracom',
  baseUrl: 'https://g.api.soracom.io/v1',
  accountId: null,
  credentials: { apiKey: KEY_ID, apiSecret: KEY },
  requestsPerMinute: 60,
  maxPageSize: 100,
  identify: (_seed, _index, iccid) => ({ carrierDeviceId: iccid }),
  cycleStart: monthStart,
  error: (status) => ({ code: 'COM0001', message: `Error ${status}` }),
  refuse(call) {
    const signed = call.headers['x-soracom-api-key'] === API_KEY && call.isToken(call.headers['x-soracom-token'] ?? '');
    return signed ? undefined : failed(401, 'AUM0001', 'Invalid token');
  },
  routes: [
    {
      method: 'POST',
      pattern: '/auth',
      open: true,
      answer(call) {
        const { authKeyId, authKey, tokenTimeoutSeconds } = jsonOf(call) ?? {};
        if (authKeyId !== KEY_ID || authKey !== KEY) return failed(401, 'AUM0003', 'Invalid auth key');
        const seconds = Math.min(Number(tokenTimeoutSeconds ?? 86_400), 172_800);
        return { status: 200, body: { apiKey: API_KEY, operatorId: 'OP0000000001', token: call.issueToken(seconds) } };
      },
    },
    {
      method: 'GET',
      pattern: '/sims',
      answer({ query, sims, maxPageSize, now }) {
        const limit = Math.min(Number(query.get('limit') ?? 100), maxPageSize);
        const after = query.get('last_evaluated_key');
        const begin = after === null ? 0 : sims.findIndex(({ carrierDeviceId }) => carrierDeviceId === after) + 1;
        const found = sims.slice(begin, begin + limit);
        const last = found.at(-1);
        const more = begin + found.length < sims.length && last !== undefined;
        return {
          status: 200,
          body: found.map((sim) => simOf(sim, now)),
          ...(more ? { headers: { 'x-soracom-next-key': last.carrierDeviceId } } : {}),
        };
      },
    },
    {
      method: 'GET',
      pattern: '/sims/*',
      answer({ find, parts, now }) {
        const sim = find(parts[0] ?? '');
        return sim === undefined ? failed(404, 'SIM0001', 'No such SIM') : { status: 200, body: simOf(sim, now) };
      },
    },
    {
      method: 'GET',
      pattern: '/stats/air/sims/*',
      answer(call) {
        const sim = call.find(call.parts[0] ?? '');
        return sim === undefined ? failed(404, 'SIM0001', 'No such SIM') : { status: 200, body: stats(sim, call) };
      },
    },
    {
      method: 'POST',
      pattern: '/sims/*/register',
      answer(call) {
        const simId = call.parts[0] ?? '';
        if (jsonOf(call)?.registrationSecret !== 'right-secret')
          return failed(400, 'SIM0003', 'Wrong registration secret');
        return { status: 201, body: { simId, operatorId: 'OP0000000001', status: 'ready', sessionStatus: null } };
      },
    },
  ],
};
