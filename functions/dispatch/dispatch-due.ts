import { isOnDemand } from '../model/kind-name.ts';
import { nextSlotAfter, type SlotToSend, slotsWithin, WATCH_GRACE_MS } from '../model/slot.ts';
import type { NotSent, OutgoingMessage } from '../platform/queues.ts';
import type { Database } from '../store/database.ts';
import { advanceSlots, type DueEntry, dueEntries, type SlotAdvance } from '../store/due.ts';
import { type SendDeps, slotMessage } from './send-sync.ts';

export interface DispatchDeps extends SendDeps {
  readonly db: Database;
  /** Epoch ms by which to stop; what is left is the next tick's, oldest first. */
  readonly deadline: number;
}

export interface DispatchSummary {
  /** Index entries that were due. */
  readonly entries: number;
  /** Messages sent. */
  readonly slots: number;
  /** Entries that somebody else had moved meanwhile. */
  readonly refused: number;
  /** Messages SQS did not take; their slots stay where they are. */
  readonly notSent: number;
  /** Entries DynamoDB was too busy to move; their messages come twice and run once. */
  readonly throttled: number;
  /** Entries that were due more than a minute ago, watchdogs apart: earlier ticks could not get to them. */
  readonly overdue: number;
  readonly oldestOverdueMs: number;
  /** False when time ran out. */
  readonly complete: boolean;
  /** One reason, when something was not sent. */
  readonly problem: string | null;
}

/**
 * One tick: everything due before the next tick is enqueued now, with a delay, so that intervals under a minute start on
 * time. Send first, then move the slot: a crash between the two sends twice, and the worker refuses the second.
 */
export async function dispatchDue(shards: readonly number[], deps: DispatchDeps): Promise<DispatchSummary> {
  const summaries = await Promise.all(shards.map((shard) => dispatchShard(shard, deps)));
  return {
    entries: sum(summaries, 'entries'),
    slots: sum(summaries, 'slots'),
    refused: sum(summaries, 'refused'),
    notSent: sum(summaries, 'notSent'),
    throttled: sum(summaries, 'throttled'),
    overdue: sum(summaries, 'overdue'),
    oldestOverdueMs: Math.max(0, ...summaries.map((summary) => summary.oldestOverdueMs)),
    complete: summaries.every((summary) => summary.complete),
    problem: summaries.find((summary) => summary.problem !== null)?.problem ?? null,
  };
}

const OVERDUE_MS = 60_000;
type Counted = 'overdue' | 'entries' | 'slots' | 'refused' | 'notSent' | 'throttled';
const sum = (summaries: readonly DispatchSummary[], name: Counted): number =>
  summaries.reduce((total, summary) => total + summary[name], 0);

async function dispatchShard(shard: number, deps: DispatchDeps): Promise<DispatchSummary> {
  const now = deps.clock.now();
  const horizonEnd = now + deps.db.horizonMs;
  const counts = { overdue: 0, entries: 0, slots: 0, refused: 0, notSent: 0, throttled: 0 };
  let oldestOverdueMs = 0;
  let problem: string | null = null;
  let complete = true;
  for await (const page of dueEntries(shard, horizonEnd, deps.db)) {
    if (deps.clock.now() >= deps.deadline) {
      complete = false;
      break;
    }
    const planned = page.flatMap((entry) => planEntry(entry, now, horizonEnd) ?? []);
    const { failed, sent } = await sendPlanned(planned, deps);
    const advanced = await advanceSlots(sent, deps.db);
    counts.entries += planned.length;
    counts.slots += planned.reduce((total, plan) => total + plan.send.length, 0) - failed.length;
    counts.notSent += failed.length;
    counts.refused += advanced.refused;
    counts.throttled += advanced.throttled;
    problem ??= failed[0]?.reason ?? null;
    const waiting = page.filter((entry) => entry.watchedSlot === null).map((entry) => now - entry.nextSyncAt);
    counts.overdue += waiting.filter((ms) => ms > OVERDUE_MS).length;
    // The index is in order of time: the first entry is the oldest.
    oldestOverdueMs = Math.max(oldestOverdueMs, waiting[0] ?? 0);
  }
  return { ...counts, oldestOverdueMs, complete, problem };
}

interface PlannedEntry extends SlotAdvance {
  readonly send: readonly SlotToSend[];
}

/** What to do with one entry; undefined when it is a watchdog whose time has not come. */
function planEntry(entry: DueEntry, now: number, horizonEnd: number): PlannedEntry | undefined {
  const { syncInterval, watchedSlot, id } = entry;
  const interval = isOnDemand(entry.kind) ? null : syncInterval;
  if (watchedSlot !== null) {
    if (entry.nextSyncAt > now) return undefined;
    const resume = interval === null ? undefined : nextSlotAfter(id, interval, now);
    const slot: SlotToSend = { slot: watchedSlot, ...(resume !== undefined && { resume }) };
    return { entry, send: [slot], next: now + watchAgainAfter(now - watchedSlot), watch: watchedSlot };
  }
  if (interval === null) {
    const next = Math.max(entry.nextSyncAt, now) + WATCH_GRACE_MS;
    return { entry, send: [{ slot: entry.nextSyncAt }], next, watch: entry.nextSyncAt };
  }
  const { slots, next } = slotsWithin({ id, nextSyncAt: entry.nextSyncAt, syncInterval: interval }, now, horizonEnd);
  return { entry, send: slots.map((slot) => ({ slot })), next, watch: null };
}

const LONGEST_WATCH_MS = 900_000;

/**
 * The longer a slot has waited the less it needs one message more: where no worker is free they would pile up. Within limits:
 * after a day without workers nothing must wait for another day.
 */
const watchAgainAfter = (waitedMs: number): number => Math.min(Math.max(WATCH_GRACE_MS, waitedMs), LONGEST_WATCH_MS);

/** An entry any of whose messages SQS did not take keeps its slot; the others are refused by the worker as duplicates. */
async function sendPlanned(
  planned: readonly PlannedEntry[],
  deps: DispatchDeps,
): Promise<{ readonly failed: readonly NotSent[]; readonly sent: readonly PlannedEntry[] }> {
  const owner = new Map<OutgoingMessage, PlannedEntry>();
  // Not the tick's time: a large fleet's last messages are sent seconds after its first, and would all be late by that.
  const now = deps.clock.now();
  for (const plan of planned) {
    for (const slot of plan.send) owner.set(slotMessage(plan.entry, slot, now), plan);
  }
  const { failed } = await deps.queues.send([...owner.keys()]);
  const unsent = new Set(failed.map(({ message }) => owner.get(message)));
  return { failed, sent: planned.filter((plan) => !unsent.has(plan)) };
}
