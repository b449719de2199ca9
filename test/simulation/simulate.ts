import type { Log } from '../../functions/platform/log.ts';
import type { Runtime } from '../../functions/runtime/runtime.ts';
import type { Fault } from '../support/worker-process.ts';
import { World } from '../support/world.ts';
import { createDice } from './dice.ts';
import { createInternet, type Mood } from './internet.ts';
import { observeIntegrations } from './observer.ts';
import { CANARY, castOf, People } from './people.ts';
import { simulatedKinds } from './sim-kinds.ts';
import { toldTooOften, untold, verifyIntegration, verifyWorld } from './verify.ts';

export interface Story {
  readonly violations: readonly string[];
  readonly runs: number;
  readonly faults: ReadonlyMap<Fault, number>;
}

/** See deliberate-bugs.test.ts. */
export interface DeliberateBug {
  readonly bug?: (runtime: Runtime) => Runtime;
  /** A kind that moves its cursor before it stores. */
  readonly cursorFirst?: boolean;
  /** Kinds that call without a token of their credential's limit. */
  readonly limitless?: boolean;
  /** All workers have the same time, so that a lease cannot look over before it is. */
  readonly steadyClocks?: boolean;
  /** Upstreams are down most of the time, and workers die often: for what only a probe's death shows. */
  readonly outages?: boolean;
}

const FAULTS: readonly [Fault, ...Fault[]] = [
  'die-before',
  'die-after',
  'throttle',
  'lost-answer',
  'half-batch',
  'duplicate',
  'freeze',
  'clock-set',
  'shutdown',
];
/** What may not answer for a while, or (workers) die at every other call. */
const OUTAGES = ['dynamodb', 'sqs', 'sns', 'workers'] as const;
type Outage = (typeof OUTAGES)[number];
const serviceOf = (call: string): Outage | undefined =>
  call === 'http' ? undefined : call.includes('Message') ? 'sqs' : 'dynamodb';

/** After the faults stop: the latest of all duplicates, the longest deferral or ladder with lease and visibility. */
const RECOVERY_SECONDS = 1200;

/** One random story in virtual time: faults, actions of people, then quiet. Answers what went against the invariants. */
export async function simulate(
  seed: number,
  { bug, cursorFirst = false, limitless = false, steadyClocks = false, outages = false }: DeliberateBug = {},
): Promise<Story> {
  const dice = createDice(seed);
  const mood: Mood = { trouble: 0, down: false };
  const internet = createInternet(dice, mood);
  const log = canaryLog();
  const faults = new Map<Fault, number>();
  let faultRate = 0;
  let outage: Outage | undefined;
  let outageEndedAt = 0;
  const whileFaulty = (probability: number): boolean => faultRate > 0 && dice.chance(probability);
  const world = await World.create({
    kinds: simulatedKinds(dice, mood, { cursorFirst, limitless }),
    internet: internet.reachedBy,
    log,
    wrap: (runtime) => {
      const mailed: Runtime = {
        ...runtime,
        publish: async (notice) => {
          if (outage === 'sns') throw new Error('SNS does not answer');
          await runtime.publish(notice);
        },
      };
      return bug?.(mailed) ?? mailed;
    },
    skewMs: () => (!steadyClocks && whileFaulty(0.2) ? dice.between(-120_000, 120_000) : 0),
    indexLagMs: () => (whileFaulty(0.1) ? dice.between(0, 5000) : 0),
    shortPage: () => whileFaulty(0.05),
    keepsFinished: () => whileFaulty(0.05),
    chooseFault: ({ name }) => {
      if (outage !== undefined && outage === serviceOf(name)) return 'throttle';
      if (!dice.chance(faultRate)) return undefined;
      const fault = dice.pick(FAULTS);
      if (steadyClocks && fault === 'clock-set') return undefined;
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
      return fault;
    },
  });
  const observed = observeIntegrations(world, { steadyClocks, outUntil: () => outageEndedAt });
  internet.watch(world.dynamo.table('limits'));
  const cast = await castOf(dice, world);
  const people = new People(dice, world);

  const steps = dice.between(4, 10);
  for (let step = 0; step < steps; step++) {
    mood.trouble = dice.pick([0, 0.05, 0.3]);
    mood.down = dice.chance(outages ? 0.8 : 0.2);
    outage = dice.chance(0.15) ? dice.pick(OUTAGES) : undefined;
    faultRate = outage === 'workers' ? 0.5 : outages ? 0.1 : dice.pick([0, 0.01, 0.04]);
    world.ticking = !dice.chance(0.1);
    world.working = !dice.chance(0.1);
    for (let acts = dice.between(1, 3); acts > 0; acts--) await people.act(dice.pick(cast));
    if (dice.chance(0.2)) world.extraTick();
    if (dice.chance(0.2)) world.recycle();
    await world.pass(dice.between(20, 500));
    if (outage !== undefined || !world.working) outageEndedAt = world.clock.now();
  }
  mood.trouble = 0;
  mood.down = false;
  faultRate = 0;
  outage = undefined;
  world.ticking = true;
  world.working = true;
  world.recycle();
  for (const member of cast) {
    if (member.kind === 'source' && !member.deleted) await world.change(member.id, { syncEnabled: true });
  }
  await world.pass(RECOVERY_SECONDS);
  const violations = [...observed.violations, ...internet.violations, ...log.violations];
  for (const member of cast) violations.push(...(await verifyIntegration(member, observed.enqueued, world)));
  violations.push(
    ...(await verifyWorld(people, world)),
    ...untold(observed.mustBeTold, world),
    ...toldTooOften(cast, world),
  );
  return { violations, runs: world.metrics.filter(({ name }) => name === 'Runs').length, faults };
}

/** Keeps the lines that give a secret away. */
function canaryLog(): Log & { readonly violations: string[] } {
  const violations: string[] = [];
  const line = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const text = message + JSON.stringify(fields, (_, value) => (value instanceof Error ? `${value.stack}` : value));
    if (text.includes(CANARY)) violations.push(`a secret was logged: ${text.slice(0, 300)}`);
  };
  return { violations, debug: line, info: line, warn: line, error: line };
}
