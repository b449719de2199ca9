import type { SimStatus } from '../provider.ts';
import { monthStart } from './calendar-month.ts';
import { basicOf } from './oauth.ts';
import type { CarrierWire, WireAnswer, WireCall } from './simulated-carrier.ts';
import type { SimulatedSim } from './simulated-sim.ts';

const USER = 'driftless';
const KEY = 'jasper-simulated-key-0001';
const WORDS: Readonly<Record<SimStatus, string>> = {
  active: 'ACTIVATED',
  suspended: 'DEACTIVATED',
  deactivated: 'RETIRED',
  ready: 'ACTIVATION_READY',
  unknown: 'MYSTERY',
};

const failed = (status: number, errorCode: string, errorMessage: string): WireAnswer => ({
  status,
  body: { errorMessage, errorCode },
});
const wordOf = (sim: SimulatedSim): string => sim.statusWord ?? WORDS[sim.status];
const briefly = (sim: SimulatedSim) => ({
  iccid: sim.iccid,
  status: wordOf(sim),
  ratePlan: 'Standard',
  communicationPlan: 'Data LTE',
});

const onSim =
  (answer: (sim: SimulatedSim, call: WireCall) => unknown) =>
  (call: WireCall): WireAnswer => {
    const sim = call.find(call.parts[0] ?? '');
    return sim === undefined ? failed(404, '10000001', 'Not found') : { status: 200, body: answer(sim, call) };
  };

export const jasperWire: CarrierWire = {
  name: 'jasper',
  baseUrl: 'https://restapi3.jasper.com/rws/api/v1',
  accountId: null,
  credentials: { username: USER, apiKey: KEY },
  requestsPerMinute: 300,
  maxPageSize: 50,
  identify: (_seed, _index, iccid) => ({ carrierDeviceId: iccid }),
  cycleStart: monthStart,
  error: (status) => ({ errorMessage: 'Error', errorCode: status === 429 ? '40000029' : '30000001' }),
  refuse: ({ headers }) =>
    headers.authorization === basicOf(USER, KEY) ? undefined : failed(401, '10000001', 'Invalid credentials.'),
  routes: [
    {
      method: 'GET',
      pattern: '/devices',
      answer({ query, sims, maxPageSize }) {
        if (query.get('modifiedSince') === null) return failed(400, '10000003', 'modifiedSince is required');
        const page = Number(query.get('pageNumber') ?? 1);
        const size = Math.min(Number(query.get('pageSize') ?? 50), maxPageSize);
        const devices = sims.slice((page - 1) * size, page * size).map(briefly);
        return { status: 200, body: { pageNumber: page, lastPage: page * size >= sims.length, devices } };
      },
    },
    { method: 'GET', pattern: '/devices/*', answer: onSim((sim) => ({ ...briefly(sim), imsi: sim.imsi })) },
    {
      method: 'GET',
      pattern: '/devices/*/ctdUsages',
      answer: onSim((sim, call) => ({
        iccid: sim.iccid,
        imsi: sim.imsi,
        status: wordOf(sim),
        ratePlan: 'Standard',
        communicationPlan: 'Data LTE',
        ctdDataUsage: sim.used(call.cycleStart(sim), call.now),
        ctdSMSUsage: 0,
        ctdVoiceUsage: 0,
        ctdSessionCount: 5,
        overageLimitReached: false,
      })),
    },
    {
      method: 'GET',
      pattern: '/devices/*/sessionInfo',
      answer: onSim((sim) => ({
        iccid: sim.iccid,
        ipAddress: '10.0.0.1',
        dateSessionStarted: '2026-06-29 00:21:33.339+0000',
        dateSessionEnded: sim.online ? null : '2026-06-29 01:21:33.339+0000',
      })),
    },
  ],
};
