import type { IntegrationId } from './ids.ts';
import type { Integration } from './integration.ts';
import { isOnDemand } from './kind-name.ts';

/** FNV-1a, 32 bit: spreads ids evenly and is the same everywhere for ever. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  // A last mixing round: FNV's low bits follow the last characters too closely to be taken modulo small numbers.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}

/** The integration's place within its interval, in ms; a whole second, because SQS delays are. */
export function phaseOf(id: IntegrationId, intervalSeconds: number): number {
  return (hashOf(id) % intervalSeconds) * 1000;
}

/** The first slot later than `after` (epoch ms). Slots are phase + n × interval since the epoch, so they never drift. */
export function nextSlotAfter(id: IntegrationId, intervalSeconds: number, after: number): number {
  const intervalMs = intervalSeconds * 1000;
  const phase = phaseOf(id, intervalSeconds);
  return phase + (Math.floor((after - phase) / intervalMs) + 1) * intervalMs;
}

/**
 * The slots of one index entry to enqueue now, and the entry's new place.
 * Missed slots coalesce into the entry's own; then every slot up to the horizon.
 */
export function slotsWithin(
  entry: { readonly id: IntegrationId; readonly nextSyncAt: number; readonly syncInterval: number },
  now: number,
  horizonEnd: number,
): { readonly slots: readonly number[]; readonly next: number } {
  const slots = [entry.nextSyncAt];
  let next = nextSlotAfter(entry.id, entry.syncInterval, Math.max(entry.nextSyncAt, now));
  while (next <= horizonEnd) {
    slots.push(next);
    next = nextSlotAfter(entry.id, entry.syncInterval, next);
  }
  return { slots, next };
}

/** Which part of the due index an integration is in. */
export function dueShardOf(id: IntegrationId, shards: number): number {
  return hashOf(`shard:${id}`) % shards;
}

/**
 * The slot that will run next, whatever is already enqueued; null when none will.
 * In the past when it is overdue.
 */
export function upcomingSlot(integration: Integration): number | null {
  const { nextSyncAt, watchedSlot, enqueuedFrom, id, retryAt, slotOpen, notBefore } = integration;
  const syncInterval = isOnDemand(integration.kind) ? null : integration.syncInterval;
  if (!integration.syncEnabled || nextSyncAt === null) return null;
  if (slotOpen && retryAt !== null) return retryAt;
  const putOffTo = slotOfDeferral(integration);
  if (putOffTo !== null && putOffTo <= nextSyncAt) return putOffTo;
  // What was due when the last run's message was taken is done by that run: after an outage that is many a slot.
  const { lastSlot, passedSlot, coveredTo } = integration;
  const handled = Math.max(lastSlot ?? 0, passedSlot ?? 0, coveredTo ?? 0, (notBefore ?? 0) - 1);
  if (enqueuedFrom !== null && enqueuedFrom > handled) {
    // Horizons overlap: a slot that an earlier tick has enqueued may still be to come. What lies before the last change of
    // settings belongs to a schedule that is over.
    const earlier = syncInterval === null ? enqueuedFrom : nextSlotAfter(id, syncInterval, handled);
    return earlier > integration.updatedAt ? Math.min(earlier, enqueuedFrom) : enqueuedFrom;
  }
  if (watchedSlot !== null && watchedSlot > handled) return watchedSlot;
  if (syncInterval !== null && (enqueuedFrom !== null || watchedSlot !== null)) {
    const following = nextSlotAfter(id, syncInterval, handled);
    if (following < nextSyncAt || watchedSlot !== null) return following;
  }
  return nextSyncAt;
}

/** The slot that the last run's deferral has set, until it has run or passed; a change of settings since then has replaced it. */
function slotOfDeferral({ lastRun, notBefore, lastSlot, passedSlot, updatedAt }: Integration): number | null {
  if (lastRun?.status !== 'DEFERRED' || lastRun.completedAt < updatedAt || notBefore === null) return null;
  return notBefore > Math.max(lastSlot ?? 0, passedSlot ?? 0) ? notBefore : null;
}

/**
 * The first slot not before `at` that can still run: a slot set by a worker whose clock is behind must not lie before one
 * that has run or passed, or it would be refused for ever.
 */
export function freeSlot(integration: Pick<Integration, 'lastSlot' | 'passedSlot'>, at: number): number {
  return Math.max(at, (integration.lastSlot ?? 0) + 1, (integration.passedSlot ?? 0) + 1);
}

/** How long after its time a slot enqueued outside the tick may stay unhandled before it is sent again. */
export const WATCH_GRACE_MS = 120_000;
/** A lost message need not be watched for where the next slot comes this soon anyway. */
const SOON_MS = 300_000;

export interface SlotToSend {
  readonly slot: number;
  /** Where the index entry goes once the run of this slot has started: its message need not be watched any more. */
  readonly resume?: number;
}

export interface SlotPlan {
  /** To enqueue now, with a delay where they lie ahead. */
  readonly send: readonly SlotToSend[];
  readonly nextSyncAt: number;
  readonly watchedSlot: number | null;
}

/**
 * What to enqueue and where to put the index entry when an integration is to run at `first` (and then by its phase).
 * The tick enqueues everything that starts within a horizon; whoever sets a slot inside the present horizon does it himself.
 * `syncInterval` null: only `first` (on-demand kinds).
 */
export function planSlots(
  integration: { readonly id: IntegrationId; readonly syncInterval: number | null },
  first: number,
  now: number,
  horizonMs: number,
): SlotPlan {
  const horizonEnd = now + horizonMs;
  if (first > horizonEnd) return { send: [], nextSyncAt: first, watchedSlot: null };
  const { id, syncInterval } = integration;
  if (syncInterval === null) return { send: [{ slot: first }], nextSyncAt: first + WATCH_GRACE_MS, watchedSlot: first };
  const { slots, next } = slotsWithin({ id, nextSyncAt: first, syncInterval }, now, horizonEnd);
  const last = slots.at(-1) ?? first;
  if (next - now <= SOON_MS) return { send: slots.map((slot) => ({ slot })), nextSyncAt: next, watchedSlot: null };
  return {
    send: slots.map((slot) => (slot === last ? { slot, resume: next } : { slot })),
    nextSyncAt: last + WATCH_GRACE_MS,
    watchedSlot: last,
  };
}
