import { asIntegrationId } from '../../functions/model/ids.ts';
import { KIND_NAMES } from '../../functions/model/kind-name.ts';
import { dueShardOf, phaseOf } from '../../functions/model/slot.ts';
import { createDice, logNormal } from './dice.ts';
import { kindNumber, type Plan } from './fleet.ts';
import { Histogram } from './histogram.ts';
import { Fifo, Ring } from './ring.ts';

/** Steps of simulated time a second. */
const STEPS = 10;
/** A message lies no further ahead than a horizon and a retry; a run takes no longer than a worker may. */
const AHEAD_STEPS = 200 * STEPS;
const TIMEOUT_SECONDS = 55;
const BATCH = 10;
/** Claim, end and history of a batch, and taking it from the queue. */
const BATCH_OVERHEAD_SECONDS = 0.06;
const COLD_START_SECONDS = 0.4;
/** An event source mapping begins with this many environments and adds so many a second while messages wait. */
const FIRST_ENVIRONMENTS = 5;
const ENVIRONMENTS_A_SECOND = 5;
/** DynamoDB writes so many units a second under one key of an index; a moved slot takes two. */
const ADVANCES_A_SECOND_A_SHARD = 500;
/** Ticks stop in time for the next. */
const TICK_BUDGET_SECONDS = 57;
const RETRY_SECONDS = 60;
const DEFERRAL_SECONDS = 30;
/** Which a message is: the slot's second and the integration's number in one number, negative for one that comes again. */
const NUMBERS = 1 << 20;

export interface Times {
  readonly warmUpSeconds: number;
  readonly steadySeconds: number;
  /** Nothing is dispatched and nothing runs; 0: no outage. */
  readonly outageSeconds: number;
  readonly recoverySeconds: number;
}

export interface SimulationResult {
  /** Of the steady hour. */
  readonly runs: Readonly<Record<string, number>>;
  readonly latenessP50: number;
  readonly latenessP99: number;
  readonly skipped: number;
  readonly messages: number;
  readonly advances: number;
  readonly batches: number;
  readonly batchSeconds: number;
  /** Busy environments of all kinds, sampled every second. */
  readonly busyMean: number;
  readonly busyP99: number;
  /** Greatest share of what an index key may be written, in one tick. */
  readonly busiestShard: number;
  readonly allRuns: number;
  /** Integrations whose slot had passed when the outage ended. */
  readonly backlog: number;
  /** Slots of the outage that one run made up for. */
  readonly coalesced: number;
  /** After the outage, until 99 % of a minute's runs start within 5 s again; undefined when that was not reached. */
  readonly recoveredAfterSeconds: number | undefined;
  readonly recoveryBusyMax: number;
  /** Enabled integrations without a slot ahead at the end: none may be. */
  readonly lost: number;
}

/** The schedule of a whole fleet in virtual time: ticks, queue, workers and providers, as far as they decide when a run starts. */
export function simulate(plan: Plan, times: Times, seed = 1): SimulationResult {
  const { integrations, horizonSeconds, tickSeconds } = plan;
  if (integrations > NUMBERS) throw new Error(`at most ${NUMBERS} integrations`);
  const dice = createDice(seed);
  const interval = new Uint32Array(integrations);
  const phase = new Uint32Array(integrations);
  const kindOf = new Uint8Array(integrations);
  const shardOf = new Uint8Array(integrations);
  const nextSlot = new Uint32Array(integrations);
  const runningUntil = new Float64Array(integrations);
  const due = new Map<number, number[]>();

  const slotAfter = (number: number, second: number): number => {
    const every = interval[number] ?? 1;
    const first = phase[number] ?? 0;
    return first + (Math.floor((second - first) / every) + 1) * every;
  };
  const schedule = (number: number, slot: number): void => {
    nextSlot[number] = slot;
    const minute = Math.floor(slot / 60);
    const bucket = due.get(minute);
    if (bucket === undefined) due.set(minute, [number]);
    else bucket.push(number);
  };

  // A day after the epoch: every slot has one before it.
  const start = 2 * 86_400;
  let begun = 0;
  for (const { kind, intervalSeconds, share } of plan.crowds) {
    const end = begun + Math.round(share * integrations);
    for (; begun < Math.min(end, integrations); begun++) {
      const id = asIntegrationId(`integration-${begun}`);
      interval[begun] = intervalSeconds;
      phase[begun] = phaseOf(id, intervalSeconds) / 1000;
      kindOf[begun] = kindNumber(kind);
      shardOf[begun] = dueShardOf(id, plan.dueShards);
      schedule(begun, slotAfter(begun, start));
    }
  }

  const kinds = KIND_NAMES.map((name) => ({
    provider: plan.providers[name],
    limit: plan.concurrency[name],
    ready: new Fifo(),
    ended: new Ring(AHEAD_STEPS),
    busy: 0,
    warm: 0,
    allowed: FIRST_ENVIRONMENTS,
    runs: 0,
    peak: 0,
  }));
  const coming = new Ring(AHEAD_STEPS);
  const lateness = new Histogram(0.1, 6_000);
  const busy = new Histogram(1, 5_000);
  const seen = { skipped: 0, messages: 0, advances: 0, batches: 0, batchSeconds: 0, busiestShard: 0, allRuns: 0 };
  const outage = { backlog: 0, coalesced: 0, recoveredAt: undefined as number | undefined, busyMax: 0 };
  const minute = { runs: 0, late: 0 };

  const steadyFrom = start + times.warmUpSeconds;
  const outageFrom = steadyFrom + times.steadySeconds;
  const outageTo = outageFrom + times.outageSeconds;
  const end = outageTo + times.recoverySeconds;
  const steady = (second: number): boolean => second >= steadyFrom && second < outageFrom;

  function tick(now: number): void {
    const horizonEnd = now + horizonSeconds;
    const speed = plan.dispatchers * plan.slotsASecond;
    const perShard = new Uint32Array(plan.dueShards);
    let sent = 0;
    const minutes = [...due.keys()].filter((key) => key * 60 <= horizonEnd).sort((a, b) => a - b);
    for (const key of minutes) {
      const bucket = due.get(key) ?? [];
      due.delete(key);
      for (const number of bucket) {
        const slot = nextSlot[number] ?? 0;
        const shard = shardOf[number] ?? 0;
        const at = now + Math.max(sent / speed, (perShard[shard] ?? 0) / ADVANCES_A_SECOND_A_SHARD);
        if (slot > horizonEnd || at > now + TICK_BUDGET_SECONDS) {
          schedule(number, slot);
          continue;
        }
        perShard[shard] = (perShard[shard] ?? 0) + 1;
        sent += enqueue(number, slot, at, horizonEnd);
      }
    }
    if (!steady(now)) return;
    for (const count of perShard) {
      seen.busiestShard = Math.max(seen.busiestShard, count / tickSeconds / ADVANCES_A_SECOND_A_SHARD);
      seen.advances += count;
    }
  }

  /** Sends every slot up to the horizon, missed ones as one; answers how many messages that was. */
  function enqueue(number: number, first: number, at: number, horizonEnd: number): number {
    let messages = 0;
    let slot = first;
    while (slot <= horizonEnd) {
      const delay = Math.max(0, Math.ceil(slot - at));
      coming.put(Math.ceil((at + delay) * STEPS), slot * NUMBERS + number);
      messages += 1;
      const following = slotAfter(number, Math.max(slot, Math.floor(at)));
      if (slot < outageTo && slot >= outageFrom) {
        outage.coalesced += Math.round((following - slot) / (interval[number] ?? 1)) - 1;
      }
      slot = following;
    }
    schedule(number, slot);
    if (steady(at)) seen.messages += messages;
    return messages;
  }

  function startBatches(kindIndex: number, now: number): void {
    const kind = kinds[kindIndex];
    if (kind === undefined) return;
    while (kind.ready.length > 0 && kind.busy < Math.min(kind.limit, kind.allowed)) {
      const cold = kind.busy >= kind.warm;
      const begins = now + BATCH_OVERHEAD_SECONDS / 2 + (cold ? COLD_START_SECONDS : 0);
      let longest = 0;
      for (let taken = 0; taken < BATCH && kind.ready.length > 0; taken++) {
        longest = Math.max(longest, run(kind.ready.shift(), kind, begins));
      }
      const seconds = longest + BATCH_OVERHEAD_SECONDS + (cold ? COLD_START_SECONDS : 0);
      kind.busy += 1;
      kind.warm = Math.max(kind.warm, kind.busy);
      kind.peak = Math.max(kind.peak, kind.busy);
      kind.ended.put(Math.ceil((now + seconds) * STEPS), 1);
      if (steady(now)) {
        seen.batches += 1;
        seen.batchSeconds += seconds;
      }
    }
  }

  /** One message; answers how long its run takes, 0 where there is none. */
  function run(message: number, kind: (typeof kinds)[number], begins: number): number {
    const again = message < 0;
    const code = Math.abs(message);
    const number = code % NUMBERS;
    const slot = (code - number) / NUMBERS;
    if ((runningUntil[number] ?? 0) > begins) {
      if (steady(begins)) seen.skipped += 1;
      return 0;
    }
    const { medianSeconds, p99Seconds, failures, throttled } = kind.provider;
    const seconds = Math.min(TIMEOUT_SECONDS, logNormal(medianSeconds, p99Seconds, dice));
    runningUntil[number] = begins + seconds;
    seen.allRuns += 1;
    if (steady(begins)) kind.runs += 1;
    if (!again) {
      minute.runs += 1;
      if (begins - slot > 5) minute.late += 1;
      if (steady(begins)) lateness.add(begins - slot);
    }
    const fate = dice.next();
    const wait = fate < failures ? RETRY_SECONDS : fate < failures + throttled ? DEFERRAL_SECONDS : 0;
    if (wait > 0 && !again) coming.put(Math.ceil((begins + seconds + wait) * STEPS), -code);
    return seconds;
  }

  for (let step = start * STEPS; step < end * STEPS; step++) {
    const now = step / STEPS;
    const working = now < outageFrom || now >= outageTo;
    if (now === outageTo && times.outageSeconds > 0) outage.backlog = nextSlot.filter((slot) => slot <= now).length;
    if (step % (tickSeconds * STEPS) === 0 && working) tick(now);
    for (const message of coming.take(step)) kinds[kindOf[Math.abs(message) % NUMBERS] ?? 0]?.ready.push(message);
    for (const [index, kind] of kinds.entries()) {
      kind.busy -= kind.ended.take(step).length;
      if (!working) continue;
      startBatches(index, now);
      if (kind.ready.length > 0 && kind.allowed < kind.limit) kind.allowed += ENVIRONMENTS_A_SECOND / STEPS;
    }
    if (step % STEPS !== 0) continue;
    const busyNow = kinds.reduce((sum, kind) => sum + kind.busy, 0);
    if (steady(now)) busy.add(busyNow);
    if (now >= outageTo) outage.busyMax = Math.max(outage.busyMax, busyNow);
    if (now % 60 === 0) endMinute(now);
  }

  function endMinute(now: number): void {
    const current = minute.runs > 0 && minute.late <= 0.01 * minute.runs;
    if (now > outageTo + 60 && current) outage.recoveredAt ??= now - 60;
    minute.runs = 0;
    minute.late = 0;
    // Environments that had nothing to do for a minute are taken away again.
    for (const kind of kinds) {
      kind.warm = Math.max(kind.peak, kind.busy);
      kind.allowed = Math.max(FIRST_ENVIRONMENTS, Math.min(kind.allowed, kind.peak * 1.25));
      kind.peak = kind.busy;
    }
  }

  let scheduled = 0;
  for (const bucket of due.values()) scheduled += bucket.length;
  return {
    runs: Object.fromEntries(KIND_NAMES.map((name, index) => [name, kinds[index]?.runs ?? 0])),
    latenessP50: lateness.percentile(0.5),
    latenessP99: lateness.percentile(0.99),
    busyMean: busy.mean,
    busyP99: busy.percentile(0.99),
    ...seen,
    backlog: outage.backlog,
    coalesced: outage.coalesced,
    recoveredAfterSeconds: outage.recoveredAt === undefined ? undefined : outage.recoveredAt - outageTo,
    recoveryBusyMax: outage.busyMax,
    lost: integrations - scheduled,
  };
}
