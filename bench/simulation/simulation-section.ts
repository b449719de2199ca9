import { KIND_NAMES, type KindName } from '../../functions/model/kind-name.ts';
import { dollars, NOTHING, times as scaled, sumOf } from '../prices.ts';
import { round, type Section } from '../report.ts';
import { A_MILLION } from './fleet.ts';
import { type SimulationResult, simulate } from './simulate.ts';

/** Units of one run without its dispatching. */
export type UnitsOf = Readonly<Record<KindName, { readonly writeUnits: number; readonly readUnits: number }>>;

const TIMES = { warmUpSeconds: 600, steadySeconds: 3600, outageSeconds: 3600, recoverySeconds: 3600 } as const;
const HOURS_A_MONTH = 730.5;
const WORKER_GB = 0.5;
const BATCH = 10;
const UNITS_OF_AN_ADVANCE = 3;

export async function simulationSection(integrations: number, unitsOf: UnitsOf): Promise<Section> {
  const share = integrations / A_MILLION.integrations;
  const concurrency = Object.fromEntries(
    KIND_NAMES.map((kind) => [kind, Math.max(10, Math.ceil(A_MILLION.concurrency[kind] * share))]),
  ) as Record<KindName, number>;
  const startedAt = performance.now();
  const result = simulate({ ...A_MILLION, integrations, concurrency }, TIMES);
  const took = (performance.now() - startedAt) / 1000;
  const runs = Object.values(result.runs).reduce((sum, count) => sum + count, 0);
  const month = monthlyCost(result, unitsOf);
  const recovered = result.recoveredAfterSeconds;
  const many = (count: number): string => count.toLocaleString('en-US');
  return {
    title: `A simulation of ${many(integrations)} integrations`,
    figures: [
      {
        name: 'lateness of a run, median',
        value: `${result.latenessP50.toFixed(1)} s`,
        beside: `${many(runs)} runs an hour`,
        target: { text: '≤ 1 s', met: result.latenessP50 <= 1 },
      },
      {
        name: 'lateness of a run, 99th percentile',
        value: `${result.latenessP99.toFixed(1)} s`,
        beside: `${many(result.skipped)} slots an hour find the run before still going`,
        target: { text: '≤ 5 s', met: result.latenessP99 <= 5 },
      },
      {
        name: 'workers busy',
        value: `${round(result.busyMean)} environments`,
        beside: `99th percentile ${round(result.busyP99)}; ${round(runs / result.batches)} messages a batch`,
      },
      {
        name: 'the busiest key of the due index',
        value: `${Math.round(result.busiestShard * 100)} % of its limit`,
        beside: `${A_MILLION.dueShards} shards; DynamoDB writes 1,000 units a second under one key, a moved slot is two`,
      },
      {
        name: 'backlog after an outage of an hour',
        value: `${many(result.backlog)} integrations`,
        beside: `${many(result.coalesced)} missed slots are made up for by one run each; at most ${many(result.recoveryBusyMax)} environments`,
      },
      {
        name: 'on time again after',
        value: recovered === undefined ? 'more than an hour' : `${round(recovered / 60)} minutes`,
        beside: '99 % of the runs of a minute start within 5 s; Lambda adds 300 environments a minute',
      },
      {
        name: 'cost',
        value: `$${many(Math.round(month))} a month`,
        beside: `$${round((month / integrations) * 1000)} for a thousand integrations; Lambda, SQS and DynamoDB requests`,
      },
      {
        name: 'simulated',
        value: `${round(took)} s`,
        beside: `${round(Object.values(TIMES).reduce((sum, seconds) => sum + seconds, 0) / 3600)} hours, ${many(result.allRuns)} runs`,
        target: { text: '< 300 s', met: took < 300 },
      },
    ],
    notes: [
      `Made up: ${A_MILLION.crowds.map(({ kind, intervalSeconds, share: part }) => `${Math.round(part * 100)} % ${kind} every ${intervalSeconds} s`).join(', ')}; providers answer log-normally (${KIND_NAMES.map((kind) => `${kind} ${A_MILLION.providers[kind].medianSeconds} s, 1 % over ${A_MILLION.providers[kind].p99Seconds} s`).join('; ')}), 1 % of the runs fail and 1 to 2 % are put off; each run stores what the table of costs says, ten receipts for example. ${A_MILLION.dispatchers} dispatchers of ${many(A_MILLION.slotsASecond)} slots a second on ${A_MILLION.dueShards} shards. Real: phases, horizon, coalescing, delays in whole seconds, the limits of DynamoDB's index and of Lambda's scaling.`,
    ],
  };
}

/** Of the steady hour, dollars a month. */
function monthlyCost(result: SimulationResult, unitsOf: UnitsOf): number {
  const runs = sumOf(...KIND_NAMES.map((kind) => scaled({ ...NOTHING, ...unitsOf[kind] }, result.runs[kind] ?? 0)));
  const around = {
    ...NOTHING,
    writeUnits: result.advances * UNITS_OF_AN_ADVANCE,
    queueRequests: result.messages / BATCH + 2 * result.batches,
    invocations: result.batches,
    gigabyteSeconds: result.batchSeconds * WORKER_GB,
  };
  return dollars(sumOf(runs, around)) * HOURS_A_MONTH;
}
