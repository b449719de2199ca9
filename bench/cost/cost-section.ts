import { isOnDemand, KIND_NAMES, type KindName } from '../../functions/model/kind-name.ts';
import { type Consumption, dollars, NOTHING, sumOf, times } from '../prices.ts';
import { round, type Section } from '../report.ts';
import { startRig } from '../rig.ts';
import type { UnitsOf } from '../simulation/simulation-section.ts';
import { type Bookkeeping, measureBookkeeping } from './bookkeeping.ts';
import { jumpingClock } from './jumping-clock.ts';
import { type KindCase, kindCases } from './kind-cases.ts';
import { type KindUse, measureKind } from './measure-kind.ts';

/** What cannot be measured here. */
const ASSUMED = { providerCallMs: 200, awsCallMs: 5, workerGb: 0.5, batch: 10, emptyReceivesAMinute: 15 } as const;

export interface CostSize {
  readonly integrations: number;
  readonly rounds: number;
}

const START = Date.parse('2026-11-22T10:00:00.000Z');
const HOURLY = 3600;
const EVERY_30_S = 30;

/** The section, and what a run of each kind takes without its dispatching. */
export async function costSection(size: CostSize): Promise<{ readonly section: Section; readonly unitsOf: UnitsOf }> {
  const hourly = await bookkeepingOf(HOURLY, 60);
  const often = await bookkeepingOf(EVERY_30_S, 5);
  const rows: string[] = [];
  const units: Partial<Record<KindName, UnitsOf[KindName]>> = {};
  const figures: Section['figures'][number][] = [
    bookkeepingFigure('an hourly integration', hourly),
    bookkeepingFigure('one that runs every 30 s', often),
    {
      name: 'reads of such a run',
      value: `${round(hourly.execute.readUnits / hourly.syncs)} read units`,
      beside: 'claim, end and history read nothing',
      target: { text: '≤ 0.5', met: hourly.execute.readUnits / hourly.syncs <= 0.5 },
    },
  ];
  const clock = jumpingClock(START);
  for (const kindCase of kindCases(clock)) {
    const rig = await startRig({ clock, http: kindCase.http });
    try {
      const use = await measureKind(kindCase, size, rig, clock);
      // A buffer is woken by what comes in: that is counted with the intake.
      const dispatch = isOnDemand(kindCase.kind) ? 0 : dispatchOf(kindCase.intervalSeconds <= 60 ? often : hourly);
      const { row, figure } = costOf(kindCase, use, dispatch);
      units[kindCase.kind] = { writeUnits: use.writeUnits, readUnits: use.readUnits };
      rows.push(row);
      figures.push(figure);
    } finally {
      await rig.close();
    }
  }
  const idle = idleDeployment();
  figures.push({
    name: 'a deployment with nothing due',
    value: `$${idle.toFixed(2)} a month`,
    beside: 'the tick, and Lambda looking into eight empty queues; before the free tier, without the KMS key and logs',
  });
  const section: Section = {
    title: 'Cost of a sync',
    figures,
    notes: [
      [
        '| kind | write units | read units | AWS calls | provider calls | GB-s, full batch | $ per million, full batches | alone | naive design |',
        '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
        ...rows,
      ].join('\n'),
      `Units are what the embedded engine reports as consumed, at the prices in \`prices.ts\`; dispatching is included. A full batch is ${ASSUMED.batch} messages an invocation and a request; *alone* is one. Assumed: ${ASSUMED.providerCallMs} ms a provider call, ${ASSUMED.awsCallMs} ms an AWS call, one after another, ${ASSUMED.workerGb * 1024} MB. The naive design reads the integration, takes and releases a lock item, logs the start and the end, updates the integration, and stores one item per record (for receipts: two writes each; it also sends a receipt twice when an answer is lost, which is what the difference pays for).`,
      'Moving a slot changes the key of an index entry, which DynamoDB charges as two writes of the index besides the one of the item: three units a horizon, shared by all slots in it. So an hourly integration needs six units of bookkeeping, not five: start, end, history, and three for its one slot. An item above 1 KB (many fields in its configuration) costs a unit more at start and end.',
    ],
  };
  return { section, unitsOf: units as UnitsOf };
}

async function bookkeepingOf(intervalSeconds: number, ticks: number): Promise<Bookkeeping> {
  const clock = jumpingClock(START);
  const rig = await startRig({ clock });
  try {
    return await measureBookkeeping({ intervalSeconds, integrations: 10, ticks }, rig, clock);
  } finally {
    await rig.close();
  }
}

/** Without the reads: a tick's are the same however much is due (see the part on dispatching). */
const dispatchOf = ({ dispatch, syncs }: Bookkeeping): number => dispatch.writeUnits / syncs;

function bookkeepingFigure(what: string, measured: Bookkeeping): Section['figures'][number] {
  const execute = measured.execute.writeUnits / measured.syncs;
  const total = execute + dispatchOf(measured);
  return {
    name: `bookkeeping of ${what}`,
    value: `${round(total)} write units`,
    beside: `start 1, end 1, history 1, its share of moving the slot ${round(dispatchOf(measured))}`,
    target: { text: '≤ 5', met: total <= 5 },
  };
}

function costOf(
  { kind, work }: KindCase,
  use: KindUse,
  dispatchWrites: number,
): { readonly row: string; readonly figure: Section['figures'][number] } {
  const writeUnits = use.writeUnits + use.before.writeUnits + dispatchWrites;
  const readUnits = use.readUnits + use.before.readUnits;
  const ours = (batch: number): Consumption => ({
    ...around(use.awsCalls, use.providerCalls, batch),
    writeUnits,
    readUnits,
  });
  const naiveWrites = 5 + (kind === 'receipts' ? 2 * use.records : use.records) + dispatchWrites;
  const naiveCalls = 6 + Math.ceil(use.records / 25);
  const naive = { ...around(naiveCalls, use.providerCalls, ASSUMED.batch), writeUnits: naiveWrites, readUnits: 1 };
  const million = (used: Consumption): number => dollars(used) * 1e6;
  const [full, alone, theirs] = [million(ours(ASSUMED.batch)), million(ours(1)), million(naive)];
  const cells = [
    `${kind}: ${work}`,
    round(writeUnits),
    round(readUnits),
    round(use.awsCalls),
    round(use.providerCalls),
    round(ours(ASSUMED.batch).gigabyteSeconds),
    round(full),
    round(alone),
    round(theirs),
  ];
  return {
    row: `| ${cells.join(' | ')} |`,
    figure: {
      name: `a million syncs of kind ${kind}`,
      value: `$${round(full)}`,
      beside: `naive design $${round(theirs)}, ${round(theirs / full)} times as much; ${work}`,
    },
  };
}

/** Queue and Lambda of one sync, sent, received and deleted with `batch` at a time. */
function around(awsCalls: number, providerCalls: number, batch: number): Consumption {
  const seconds = (providerCalls * ASSUMED.providerCallMs + awsCalls * ASSUMED.awsCallMs) / 1000;
  return {
    ...NOTHING,
    queueRequests: 3 / batch,
    invocations: 1 / batch,
    gigabyteSeconds: (seconds * ASSUMED.workerGb) / batch,
  };
}

/** Dollars a month: four shards read by every tick, and the long polls of the event source mappings. */
function idleDeployment(): number {
  const minutes = (365.25 / 12) * 24 * 60;
  const tick: Consumption = { ...NOTHING, readUnits: 2, invocations: 1, gigabyteSeconds: 0.05 * 0.25 };
  const queues = 2 * KIND_NAMES.length;
  const polls: Consumption = { ...NOTHING, queueRequests: queues * ASSUMED.emptyReceivesAMinute };
  return dollars(times(sumOf(tick, polls), minutes));
}
