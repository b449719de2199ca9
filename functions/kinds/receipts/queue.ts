import * as z from 'zod';
import { LeaseLost } from '../../model/failure.ts';
import { ABSENT, type Condition, type Item, type Partition } from './store.ts';

/**
 * The queue of a register: one small item per receipt that waits, in the order they came. An entry is gone when its receipt
 * has arrived or was set aside, so an idle register has an empty queue.
 */
export interface QueueEntry {
  /** Sorts by the time of arrival. */
  readonly order: string;
  readonly receiptId: string;
  /** When the receipt came; epoch ms. */
  readonly createdAt: number;
  /** `dead_lettered`: decided, and on its way to a person's desk. */
  readonly state: 'pending' | 'syncing' | 'unknown' | 'dead_lettered';
  /** Of the run that wrote the entry last; null before the first. */
  readonly token: number | null;
  readonly retryCount: number;
  readonly lastError: string | null;
  readonly firstFailureAt: number | null;
  readonly lastFailureAt: number | null;
  /** The operator's own name for it, where the operator has taken it and is still at work (then the state is `syncing`). */
  readonly ref: string | null;
  /** When the operator took it; epoch ms. */
  readonly sentAt: number | null;
  /** Grows when the operator needs a new document for the same receipt: goes into the idempotency key. */
  readonly revision: number;
}

const PREFIX = 'queue#';
export const queueKey = ({ order, receiptId }: { readonly order: string; readonly receiptId: string }): string =>
  `${PREFIX}${order}#${receiptId}`;

export function newEntry(receiptId: string, order: string, createdAt: number): QueueEntry {
  return {
    order,
    receiptId,
    createdAt,
    state: 'pending',
    token: null,
    retryCount: 0,
    lastError: null,
    firstFailureAt: null,
    lastFailureAt: null,
    ref: null,
    sentAt: null,
    revision: 1,
  };
}

/** Null, 0 and 1 are left out where they are the rule: an entry stays small. */
export function entryItem(entry: QueueEntry): Item {
  return { sk: queueKey(entry), ...present(attributesOf(entry)) };
}

const attributesOf = (entry: QueueEntry): Record<string, unknown> => {
  const { order: _, receiptId: __, retryCount, revision, ...rest } = entry;
  return { ...rest, retryCount: retryCount || null, revision: revision === 1 ? null : revision };
};

const present = (attributes: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));

const storedEntry = z.object({
  sk: z.string(),
  createdAt: z.number(),
  state: z.enum(['pending', 'syncing', 'unknown', 'dead_lettered']),
  token: z.number().default(0),
  retryCount: z.number().default(0),
  lastError: z.string().nullable().default(null),
  firstFailureAt: z.number().nullable().default(null),
  lastFailureAt: z.number().nullable().default(null),
  ref: z.string().nullable().default(null),
  sentAt: z.number().nullable().default(null),
  revision: z.number().default(1),
});

function toEntry(item: Item): QueueEntry {
  const { sk, token, ...rest } = storedEntry.parse(item);
  const [, order = '', receiptId = ''] = sk.split('#');
  return { order, receiptId, token: token || null, ...rest };
}

/** Oldest first. `more`: there are others behind them. */
export async function readQueue(
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  partition: Partition,
): Promise<{ readonly entries: readonly QueueEntry[]; readonly more: boolean }> {
  const entries: QueueEntry[] = [];
  let from = after;
  do {
    const page = await partition.list(PREFIX, { limit: limit + 1 - entries.length, after: from });
    entries.push(...page.items.map(toEntry));
    from = page.after;
  } while (from !== undefined && entries.length <= limit);
  return { entries: entries.slice(0, limit), more: entries.length > limit };
}

export interface QueueCounts {
  readonly pending: number;
  readonly syncing: number;
  readonly unknown: number;
  /** When the oldest of them came; epoch ms. */
  readonly oldestAt: number | null;
}

/** Costs what the receipts that wait cost, and nothing for those that have arrived. */
export async function countQueue(partition: Partition): Promise<QueueCounts> {
  const counts = { pending: 0, syncing: 0, unknown: 0, dead_lettered: 0 };
  let oldestAt: number | null = null;
  let after: string | undefined;
  do {
    const page = await partition.list(PREFIX, { after, attributes: ['createdAt', 'state'] });
    for (const item of page.items) {
      const { state, createdAt } = toEntry(item);
      counts[state] += 1;
      if (state !== 'dead_lettered') oldestAt = Math.min(oldestAt ?? createdAt, createdAt);
    }
    after = page.after;
  } while (after !== undefined);
  const { dead_lettered: _, ...waiting } = counts;
  return { ...waiting, oldestAt };
}

export const enqueue = (entry: QueueEntry, partition: Partition): Promise<boolean> =>
  partition.put(entryItem(entry), ABSENT);

export const isQueued = async (
  place: { readonly order: string; readonly receiptId: string },
  partition: Partition,
): Promise<boolean> => (await partition.get(queueKey(place))) !== undefined;

/** Without a look at who wrote it last: only for an entry that has no receipt to wait for. */
export async function forget(
  place: { readonly order: string; readonly receiptId: string },
  partition: Partition,
): Promise<void> {
  await partition.delete(queueKey(place));
}

/** Nobody has touched the entry since it was read. */
export function unchanged(entry: QueueEntry): Condition {
  return entry.token === null
    ? { that: '#state = :seen AND attribute_not_exists(#token)', values: { seen: entry.state } }
    : { that: '#state = :seen AND #token = :token', values: { seen: entry.state, token: entry.token } };
}

/** The attributes to write so that `entry` becomes `next`. */
export function changed(entry: QueueEntry, next: QueueEntry): Record<string, unknown> {
  const before = attributesOf(entry);
  return Object.fromEntries(Object.entries(attributesOf(next)).filter(([name, value]) => value !== before[name]));
}

/**
 * Writes the entry's next state in the name of run `token`; answers it, or undefined when an older run has changed it since
 * it was read (then it is to be read again). Throws LeaseLost when a newer one has.
 */
export async function move(
  entry: QueueEntry,
  change: Partial<QueueEntry>,
  token: number,
  partition: Partition,
): Promise<QueueEntry | undefined> {
  const next = { ...entry, ...change, token };
  const moved = await partition.update(
    queueKey(entry),
    { state: next.state, ...changed(entry, next) },
    unchanged(entry),
  );
  if (moved) return next;
  const found = await current(entry, token, partition);
  // The answer to an earlier, committed try of this very write was lost.
  return found !== undefined && Object.keys(changed(found, next)).length === 0 ? next : undefined;
}

/** Takes the entry out, once the journal or the set-aside tells of its receipt. Throws LeaseLost as `move` does. */
export async function leave(entry: QueueEntry, token: number, partition: Partition): Promise<void> {
  if (!(await partition.delete(queueKey(entry), unchanged(entry)))) await current(entry, token, partition);
}

/** As it is now. Throws LeaseLost when a newer run than `token` wrote it. */
export async function current(entry: QueueEntry, token: number, partition: Partition): Promise<QueueEntry | undefined> {
  const item = await partition.get(queueKey(entry));
  const found = item && toEntry(item);
  if ((found?.token ?? 0) > token) throw new LeaseLost('Another run has taken over this register.');
  return found;
}
