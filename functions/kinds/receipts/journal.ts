import * as z from 'zod';
import { LeaseLost } from '../../model/failure.ts';
import { forget, isQueued, type QueueEntry } from './queue.ts';
import { ABSENT, type Item, type Partition } from './store.ts';

/**
 * The journal of a register: one entry per receipt that arrived, numbered without gaps, each written only if its place is
 * free. That makes it three things at once: the exact count of synced receipts (the last entry tells it, whatever crashed),
 * the list of them in order, and the fence that keeps a run which lost its lease from storing anything.
 */
export interface JournalEntry {
  /** From 1, without gaps. */
  readonly position: number;
  /** Receipts that have arrived so far, this one included. */
  readonly count: number;
  /** Of the run that wrote it. */
  readonly token: number;
  /** Absent in a mark that only says that run `token` has taken over. */
  readonly arrival: Arrival | null;
}

export interface Arrival {
  readonly receiptId: string;
  readonly order: string;
  readonly createdAt: number;
  readonly syncedAt: number;
  readonly retryCount: number;
  readonly lastError: string | null;
  /** What the operator said of the fiscal document. */
  readonly fiscal: Readonly<Record<string, unknown>>;
}

const PREFIX = 'synced#';
const DIGITS = 12;
const journalKey = (position: number): string => `${PREFIX}${String(position).padStart(DIGITS, '0')}`;

const stored = z.object({
  sk: z.string(),
  count: z.number(),
  token: z.number(),
  receiptId: z.string().optional(),
  order: z.string().default(''),
  createdAt: z.number().default(0),
  syncedAt: z.number().default(0),
  retryCount: z.number().default(0),
  lastError: z.string().nullable().default(null),
  fiscal: z.record(z.string(), z.unknown()).default({}),
});

function toJournalEntry(item: Item): JournalEntry {
  const { sk, count, token, receiptId, ...rest } = stored.parse(item);
  const arrival = receiptId === undefined ? null : { receiptId, ...rest };
  return { position: Number(sk.slice(PREFIX.length)), count, token, arrival };
}

function toItem({ position, count, token, arrival }: JournalEntry): Item {
  const { retryCount, lastError, ...rest } = arrival ?? { retryCount: 0, lastError: null };
  return {
    sk: journalKey(position),
    count,
    token,
    ...rest,
    ...(retryCount > 0 && { retryCount }),
    ...(lastError !== null && { lastError }),
  };
}

export async function lastEntry(partition: Partition): Promise<JournalEntry> {
  const { items } = await partition.list(PREFIX, { limit: 1, backwards: true });
  const [last] = items;
  return last === undefined ? { position: 0, count: 0, token: 0, arrival: null } : toJournalEntry(last);
}

/** Newest first; `after` is the position to go on from. */
export async function readJournal(
  { limit, after }: { readonly limit: number; readonly after?: number | undefined },
  partition: Partition,
): Promise<{ readonly entries: readonly JournalEntry[]; readonly after: number | undefined }> {
  const page = await partition.list(PREFIX, {
    limit,
    backwards: true,
    after: after === undefined ? undefined : journalKey(after),
  });
  const entries = page.items.map(toJournalEntry);
  return { entries, after: page.after === undefined ? undefined : entries.at(-1)?.position };
}

export interface JournalWriter {
  /** Notes that the receipt has arrived. Once only: noting it again, also after an older run did, changes nothing. */
  note(entry: QueueEntry, arrival: { readonly syncedAt: number; readonly fiscal: Arrival['fiscal'] }): Promise<void>;
  /** From now on no older run can note anything. Answers receipts that one noted in the last moment, by order. */
  fence(): Promise<void>;
  /** Whether the receipt at this place in the queue is in the journal. Known for what older runs noted last. */
  has(entry: QueueEntry): boolean;
}

/**
 * Opens the journal for run `token`, and takes the receipt that was noted last out of the queue if a crash has left it there.
 * Whoever appends does so only after the entry before has left the queue, so no more than one can be left.
 * Its methods throw LeaseLost when a newer run has written.
 */
export async function openJournal(token: number, partition: Partition): Promise<JournalWriter> {
  const noted = new Set<string>();
  let last = await lastEntry(partition);
  await settle();

  async function settle(): Promise<void> {
    if (last.token > token) throw new LeaseLost('Another run has taken over this register.');
    if (last.arrival === null) return;
    noted.add(last.arrival.order);
    if (await isQueued(last.arrival, partition)) await forget(last.arrival, partition);
  }

  async function append(arrival: Arrival | null): Promise<void> {
    for (;;) {
      const next: JournalEntry = {
        position: last.position + 1,
        count: last.count + (arrival === null ? 0 : 1),
        token,
        arrival,
      };
      if (await partition.put(toItem(next), ABSENT)) {
        last = next;
        return;
      }
      last = await lastEntry(partition);
      await settle();
      // An older run has noted it, or the answer to an earlier try of this very write was lost.
      if (arrival === null ? last.token === token : noted.has(arrival.order)) return;
    }
  }

  return {
    async note({ receiptId, order, createdAt, retryCount, lastError }, { syncedAt, fiscal }) {
      if (noted.has(order)) return;
      await append({ receiptId, order, createdAt, syncedAt, retryCount, lastError, fiscal });
      noted.add(order);
    },
    async fence() {
      if (last.token !== token) await append(null);
    },
    has: ({ order }) => noted.has(order),
  };
}
