import { syncHistory } from '../../functions/api/sync-history.ts';
import { asIntegrationId, integrationKey } from '../../functions/model/ids.ts';
import { KIND_NAMES } from '../../functions/model/kind-name.ts';
import { upcomingSlot } from '../../functions/model/slot.ts';
import { TABLE_NAMES } from '../../functions/store/tables.ts';
import { TENANT, type World } from '../support/world.ts';
import type { Enqueued } from './observer.ts';
import { CANARY, type Cast, type People } from './people.ts';

/** What must hold of one integration when all has been quiet for a while. */
export async function verifyIntegration(
  { id, kind, deleted }: Cast,
  enqueued: readonly Enqueued[],
  world: World,
): Promise<string[]> {
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

  // As people are shown it: some entries are only made when they are asked for. What lies before the oldest kept is not shown.
  const { logs } = await syncHistory(integration, { page: 1, pageSize: 10_000 }, now, world.db);
  const shown = new Set([...history, ...logs].map(({ run }) => run));
  const lost = Array.from({ length: integration.runCounter }, (_, i) => i + 1).filter((run) => !shown.has(run));
  if (lost.length > 0) say(`no history entry for run ${lost.join(', ')} of ${integration.runCounter}`);

  // A run by hand is what one person asked for, and has its own id; others are of their slot.
  const asked = history
    .filter(({ status }) => status === 'SUCCESS' || status === 'PARTIAL')
    .map(({ trigger, scheduledFor, id: runId }) =>
      trigger === 'manual' || trigger === 'redrive' ? runId : new Date(scheduledFor).toISOString(),
    );
  const twice = asked.filter((what, i) => asked.indexOf(what) !== i);
  if (twice.length > 0) say(`ran to a good end twice: ${twice.join(', ')}`);

  const ended = new Set(history.map(({ scheduledFor }) => scheduledFor));
  const unended = enqueued.filter(
    ({ pk: of, slot, scheduleVersion }) =>
      of === pk && scheduleVersion === integration.scheduleVersion && slot < now - 300_000 && !ended.has(slot),
  );
  if (unended.length > 0)
    say(`slots without an entry: ${unended.slice(0, 3).map(({ slot }) => new Date(slot).toISOString())}`);

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
    if (integration.alerted) say('people are not told that it works again');
  }
  return found;
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

/** A horizon of the shortest intervals, and duplicates. */
const MOST_WAITING = 60;

/** What must hold of everything together. */
export async function verifyWorld(people: People, world: World): Promise<string[]> {
  const found: string[] = [];
  for (const kind of KIND_NAMES) {
    const { engine } = world.sqs;
    const { ready, inFlight } = engine.counts(engine.queues.get(`memory-${kind}-dlq`));
    if (ready + inFlight > 0) found.push(`${kind}: messages are left in the DLQ`);
    const waiting = world.backlog(kind);
    if (waiting > MOST_WAITING) found.push(`${kind}: ${waiting} messages wait although all is well`);
  }
  const letters = [...(await world.deadLetters()), ...(await world.deadLetters(null))];
  for (const body of people.strange) {
    const copies = letters.filter(({ subject }) => subject.type === 'malformed' && subject.body === body).length;
    if (copies !== 1) found.push(`the strange message ${body} became ${copies} dead letters`);
  }
  for (const { lastError } of letters) {
    if (/^(rate limited|breaker open|put off)/.test(lastError ?? ''))
      found.push(`a deferral became a dead letter: ${lastError}`);
  }
  const sinks = [...TABLE_NAMES.flatMap((name) => world.dynamo.table(name).all()), ...world.notices, ...world.metrics];
  const leaks = sinks.map((item) => JSON.stringify(item)).filter((text) => text.includes(CANARY));
  if (leaks[0] !== undefined) found.push(`a secret got out: ${leaks[0].slice(0, 300)}`);
  return found;
}

/** Every time an integration was switched off by failures people were told. */
export function untold(switchedOff: readonly string[], world: World): string[] {
  return [...new Set(switchedOff)].flatMap((id) => {
    const times = switchedOff.filter((other) => other === id).length;
    const told = world.notices.filter((notice) => notice.type === 'disabled' && notice.integrationId === id).length;
    return told < times ? [`${id}: switched off ${times} times, and people were told ${told} times`] : [];
  });
}

/** One for the slot that had ended before, and what a worker that died had sent and not noted. */
const MAILS_TO_SPARE = 5;

/** While an integration keeps failing people are written to once, however many of its slots are given up on. */
export function toldTooOften(cast: readonly Cast[], world: World): string[] {
  return cast.flatMap(({ id }) => {
    const mails = (...types: readonly string[]): number =>
      world.notices.filter(({ integrationId, type }) => integrationId === id && types.includes(type)).length;
    const streaks = mails('recovered', 'disabled');
    const told = mails('failing', 'dead_lettered');
    return told > streaks + MAILS_TO_SPARE ? [`${id}: ${told} mails about ${streaks} times that it kept failing`] : [];
  });
}
