import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serveSimulators, simulatedVehicle } from '../functions/kinds/vehicle/simulator/index.ts';
import { silentLog } from '../functions/platform/log.ts';
import { createDemoApi, type DemoApi } from '../local/demo/demo-api.ts';
import { startLocalSystem } from '../local/local-system.ts';

/**
 * Vehicles in real time on the local system: how late their runs start, whether a slot ran twice or not at all.
 * `node bench/lateness.ts --vehicles 60 --intervals 10,30 --seconds 150`
 */
const { values } = parseArgs({
  options: {
    vehicles: { type: 'string', default: '60' },
    intervals: { type: 'string', default: '10,30' },
    seconds: { type: 'string', default: '150' },
  },
});
const vehicles = Number(values.vehicles);
const seconds = Number(values.seconds);
const intervals = values.intervals.split(',').map(Number);
/** The first minute belongs to the creation of so many at once. */
const WARM_UP_SECONDS = 30;
const KEY = 'bench-vehicle-key-0001';

interface Entry {
  readonly status: string;
  readonly trigger: string;
  readonly scheduledFor: string;
  readonly startedAt: string;
}

const system = await startLocalSystem(
  {
    demo: false,
    port: 0,
    dataDir: undefined,
    tickSeconds: 60,
    allowedPrivateCidrs: ['127.0.0.0/8'],
    once: false,
    help: false,
  },
  {
    log: silentLog,
    onFailure: (reason) => {
      throw new Error(reason);
    },
  },
);
system.work();
const { clock } = system.local.runtime;
const simulated = Array.from({ length: vehicles }, (_, seed) =>
  simulatedVehicle({ clock, apiKey: KEY, seed, channels: 5 }),
);
const server = await serveSimulators(Object.fromEntries(simulated.map((vehicle, i) => [`/v${i}`, vehicle])));
const api = createDemoApi('bench', system.api);
const ids: string[] = [];
for (let i = 0; i < vehicles; i++) {
  const { id } = (await api.call('POST', '/api/integrations', {
    name: `vehicle ${i}`,
    kind: 'vehicle',
    provider: 'pull',
    baseUrl: `${server.url}/v${i}`,
    credentials: { apiKey: KEY },
    syncInterval: intervals[i % intervals.length],
  })) as { id: string };
  ids.push(id);
}
const from = clock.now() + WARM_UP_SECONDS * 1000;
await wait((WARM_UP_SECONDS + seconds) * 1000);
const to = clock.now();
const runs = (await Promise.all(ids.map((id) => entriesOf(id, api)))).map((entries) =>
  entries.filter(({ scheduledFor }) => Date.parse(scheduledFor) >= from && Date.parse(scheduledFor) < to - 5000),
);
const late = runs
  .flat()
  .map(({ startedAt, scheduledFor }) => Date.parse(startedAt) - Date.parse(scheduledFor))
  .sort((a, b) => a - b);
const at = (share: number): number => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? Number.NaN;
const twice = runs.reduce((n, entries) => n + entries.length - new Set(entries.map((e) => e.scheduledFor)).size, 0);
const notRun = runs.flat().filter(({ status }) => status !== 'SUCCESS').length;
const missing = runs.reduce((n, entries, i) => n + gaps(entries, intervals[i % intervals.length] ?? 30), 0);
console.log(
  `${vehicles} vehicles every ${intervals.join(' and ')} s for ${seconds} s on ${availableParallelism()} cores: ` +
    `${late.length} runs, lateness p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms; ` +
    `slots twice ${twice}, missing ${missing}, not successful ${notRun}`,
);
await system.stop();
await server.close();

async function entriesOf(id: string, client: DemoApi): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let page = 1; page <= 5; page++) {
    const path = `/api/integrations/${id}/sync-history?page=${page}&pageSize=100`;
    const { logs, total } = (await client.call('GET', path)) as { logs: readonly Entry[]; total: number };
    entries.push(...logs.filter(({ status }) => status !== 'RUNNING'));
    if (entries.length >= total) break;
  }
  return entries;
}

/** Slots of the interval between the first and the last that have no entry. */
function gaps(entries: readonly Entry[], intervalSeconds: number): number {
  const slots = entries.map(({ scheduledFor }) => Date.parse(scheduledFor));
  if (slots.length === 0) return 0;
  const expected = (Math.max(...slots) - Math.min(...slots)) / (intervalSeconds * 1000) + 1;
  return Math.max(0, Math.round(expected) - new Set(slots).size);
}
