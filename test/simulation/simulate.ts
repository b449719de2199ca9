import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { requestPurge, sendSlots } from '../../functions/dispatch/send-sync.ts';
import { asIntegrationId, integrationKey } from '../../functions/model/ids.ts';
import { upcomingSlot } from '../../functions/model/slot.ts';
import type { Runtime } from '../../functions/runtime/runtime.ts';
import { queuesOf } from '../../functions/runtime/services.ts';
import { deleteIntegration, wakeIntegration } from '../../functions/store/integrations.ts';
import type { Fault } from '../support/worker-process.ts';
import { TENANT, World } from '../support/world.ts';
import { createDice, type Dice } from './dice.ts';
import { type Enqueued, observeIntegrations } from './observer.ts';
import { type Mood, simulatedKinds } from './sim-kinds.ts';

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
  /** All workers have the same time, so that a lease cannot look over before it is. */
  readonly steadyClocks?: boolean;
}

const FAULTS: readonly [Fault, ...Fault[]] = [
  'die-before',
  'die-after',
  'throttle',
  'lost-answer',
  'half-batch',
  'freeze',
];
/** After the faults stop: longest deferral, ladder, lease and visibility together. */
const RECOVERY_SECONDS = 3000;

interface Cast {
  readonly id: string;
  readonly kind: 'carrier' | 'vehicle' | 'source' | 'receipts';
  deleted: boolean;
}

/** One random story in virtual time: faults, actions of people, then quiet. Answers what went against the invariants. */
export async function simulate(
  seed: number,
  { bug, cursorFirst = false, steadyClocks = false }: DeliberateBug = {},
): Promise<Story> {
  const dice = createDice(seed);
  const mood: Mood = { trouble: 0 };
  let faultRate = 0;
  const faults = new Map<Fault, number>();
  const world = await World.create({
    kinds: simulatedKinds(dice, mood, cursorFirst),
    ...(bug !== undefined && { wrap: bug }),
    skewMs: () => (!steadyClocks && faultRate > 0 && dice.chance(0.2) ? dice.between(-120_000, 120_000) : 0),
    indexLagMs: () => (faultRate > 0 && dice.chance(0.1) ? dice.between(0, 5000) : 0),
    chooseFault: () => {
      if (!dice.chance(faultRate)) return undefined;
      const fault = dice.pick(FAULTS);
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
      return fault;
    },
  });
  const { violations, enqueued } = observeIntegrations(world, { steadyClocks });
  const cast = await castOf(dice, world);

  const steps = dice.between(4, 10);
  for (let step = 0; step < steps; step++) {
    mood.trouble = dice.pick([0, 0.05, 0.3]);
    faultRate = dice.pick([0, 0.01, 0.04]);
    world.ticking = !dice.chance(0.1);
    await act(dice.pick(cast), dice, world);
    if (dice.chance(0.2)) world.extraTick();
    if (dice.chance(0.2)) world.recycle();
    await world.pass(dice.between(20, 500));
  }
  mood.trouble = 0;
  faultRate = 0;
  world.ticking = true;
  world.recycle();
  for (const member of cast) {
    if (member.kind === 'source' && !member.deleted) await world.change(member.id, { syncEnabled: true });
  }
  await world.pass(RECOVERY_SECONDS);
  for (const member of cast) {
    violations.push(...(await verify(member, world)), ...(await lostSlots(member, enqueued, world)));
  }
  for (const kind of ['carrier', 'vehicle', 'source', 'receipts'] as const) {
    const { engine } = world.sqs;
    const dlq = engine.counts(engine.queues.get(`memory-${kind}-dlq`));
    if (dlq.ready + dlq.inFlight > 0) violations.push(`${kind}: messages are left in the DLQ`);
  }
  return { violations, runs: world.metrics.filter(({ name }) => name === 'Runs').length, faults };
}

async function castOf(dice: Dice, world: World): Promise<[Cast, ...Cast[]]> {
  const kinds = ['carrier', 'vehicle', 'source', 'receipts'] as const;
  const cast: Cast[] = [];
  for (const kind of kinds) {
    const id = `${kind}-1`;
    const syncInterval = kind === 'receipts' ? 10 : dice.pick([10, 30, 60, 120, 300, 900]);
    await world.add({ id, kind, syncInterval });
    cast.push({ id, kind, deleted: false });
  }
  return cast as [Cast, ...Cast[]];
}

/** Something a person does. */
async function act(member: Cast, dice: Dice, world: World): Promise<void> {
  if (member.deleted) return;
  const { id, kind } = member;
  if (kind === 'receipts') {
    await addReceipts(id, dice.between(1, 5), world);
    return;
  }
  switch (dice.pick(['nothing', 'pause', 'resume', 'interval', 'manual', 'manual', 'delete', 'nothing'] as const)) {
    case 'pause':
      await world.change(id, { syncEnabled: false });
      break;
    case 'resume':
      await world.change(id, { syncEnabled: true });
      break;
    case 'interval':
      await world.change(id, { syncInterval: dice.pick([10, 20, 60, 90, 600]) });
      break;
    case 'manual':
      await world.syncNow(id);
      break;
    case 'delete': {
      if (!dice.chance(0.3)) return;
      const sending = { queues: queuesOf(world.runtime), clock: world.clock };
      await requestPurge(await world.get(id), sending);
      await deleteIntegration(TENANT, asIntegrationId(id), world.db);
      member.deleted = true;
      break;
    }
    case 'nothing':
      break;
  }
}

let receipts = 0;
async function addReceipts(id: string, count: number, world: World): Promise<void> {
  for (let i = 0; i < count; i++) {
    receipts += 1;
    await world.dynamo.client.send(
      new PutCommand({
        TableName: world.db.tables.data,
        Item: { pk: integrationKey(TENANT, asIntegrationId(id)), sk: `pending#${world.clock.now()}#${receipts}` },
      }),
    );
    const woken = await wakeIntegration(TENANT, asIntegrationId(id), world.db);
    if (woken !== null) {
      await sendSlots(woken.integration, woken.send, { queues: queuesOf(world.runtime), clock: world.clock });
    }
  }
}

/** What must hold when all has been quiet for a while. */
async function verify({ id, kind, deleted }: Cast, world: World): Promise<string[]> {
  const found: string[] = [];
  const say = (what: string): void => void found.push(`${id}: ${what}`);
  const pk = integrationKey(TENANT, asIntegrationId(id));
  const data = world.dynamo
    .table('data')
    .all()
    .filter((item) => item.pk === pk);
  const history = await world.history(id);
  if (deleted) {
    if (data.length > 0) say(`${data.length} items of a deleted integration are left`);
    if (history.length > 0) say(`${history.length} history entries of a deleted integration are left`);
    return found;
  }
  const integration = await world.get(id);
  const now = world.clock.now();
  if (integration.lease !== null && integration.lease.until < now) say('a dead lease is left');

  const numbers = history.map(({ run }) => run);
  const missing = Array.from({ length: integration.runCounter }, (_, i) => i + 1).filter(
    (run) => !numbers.includes(run),
  );
  const running = integration.lease?.token;
  const lost = missing.filter((run) => run !== running);
  if (lost.length > 0) say(`no history entry for run ${lost.join(', ')} of ${integration.runCounter}`);

  const good = history.filter(
    ({ status, trigger }) => (status === 'SUCCESS' || status === 'PARTIAL') && trigger !== 'manual',
  );
  const slots = good.map(({ scheduledFor }) => scheduledFor);
  const twice = slots.filter((slot, i) => slots.indexOf(slot) !== i);
  if (twice.length > 0)
    say(`slots that ran to a good end twice: ${twice.map((slot) => new Date(slot).toISOString()).join(', ')}`);

  if (kind === 'receipts') {
    const pending = data.filter((item) => item.done !== true);
    if (pending.length > 0) say(`${pending.length} receipts are left pending`);
    if (integration.nextSyncAt !== null) say('an idle buffer still has a slot');
    return found;
  }
  found.push(...gaps(data).map((gap) => `${id}: ${gap}`));
  if (integration.syncEnabled && integration.syncInterval !== null) {
    const next = upcomingSlot(integration);
    if (next === null || next < now - 5000)
      say(`its next slot is ${next === null ? 'none' : new Date(next).toISOString()}`);
    const last = history.findLast(({ status }) => status === 'SUCCESS');
    const age = now - (last?.completedAt ?? 0);
    if (age > integration.syncInterval * 1000 + 60_000) say(`nothing was synced for ${age / 1000} s`);
    if (integration.status !== 'success') say(`status is ${integration.status} although nothing fails any more`);
  }
  return found;
}

/** Every slot that was enqueued under the present schedule has come to its end, and is in the history. */
async function lostSlots({ id, deleted }: Cast, enqueued: readonly Enqueued[], world: World): Promise<string[]> {
  if (deleted) return [];
  const integration = await world.get(id);
  const ended = new Set((await world.history(id)).map(({ scheduledFor }) => scheduledFor));
  const due = enqueued.filter(
    ({ pk, slot, scheduleVersion }) =>
      pk === integrationKey(TENANT, integration.id) &&
      scheduleVersion === integration.scheduleVersion &&
      slot < world.clock.now() - 300_000,
  );
  const lost = due.filter(({ slot }) => !ended.has(slot)).map(({ slot }) => new Date(slot).toISOString());
  return lost.length === 0 ? [] : [`${id}: slots without an entry: ${lost.slice(0, 3).join(', ')}`];
}

/** Windows that were stored cover everything from the first to the cursor. */
function gaps(data: readonly Record<string, unknown>[]): string[] {
  const windows = data
    .map((item) => ({ from: Number(item.from), to: Number(item.to) }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  const found: string[] = [];
  let reached = windows[0]?.from ?? 0;
  for (const { from, to } of windows) {
    if (from > reached) found.push(`nothing stored for ${(from - reached) / 1000} s`);
    reached = Math.max(reached, to);
  }
  return found;
}
