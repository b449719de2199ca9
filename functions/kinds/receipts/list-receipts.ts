import type { FiscalDocument } from './fiscal-document.ts';
import { readJournal } from './journal.ts';
import { queueKey, readQueue } from './queue.ts';
import { findReceipts, type ReceiptState } from './receipt.ts';
import { readSetAside } from './set-aside.ts';
import type { Partition } from './store.ts';

export interface ListedReceipt {
  readonly receiptId: string;
  readonly status: ReceiptState;
  readonly retryCount: number;
  readonly lastError: string | null;
  /** Epoch ms, as is the next. */
  readonly createdAt: number;
  readonly syncedAt: number | null;
  readonly key: string;
  readonly document: FiscalDocument;
  /** What the operator said of it. */
  readonly fiscal: Readonly<Record<string, unknown>>;
}

/** Where a list goes on: in which part, after which entry of it. */
export interface ListPosition {
  readonly part: number;
  readonly after?: string | undefined;
}

type Row = Omit<ListedReceipt, 'key' | 'document'> & { readonly order: string };

interface Part {
  readonly states: readonly ReceiptState[];
  read(
    limit: number,
    after: string | undefined,
    partition: Partition,
  ): Promise<{ readonly rows: readonly Row[]; readonly after: string | undefined }>;
}

const NOT_YET = { syncedAt: null, fiscal: {} } as const;

/** A list of all comes in this order: what waits, oldest first; what was given up on and what has arrived, newest first. */
const PARTS: readonly Part[] = [
  {
    states: ['pending', 'syncing', 'unknown'],
    async read(limit, after, partition) {
      const { entries, more } = await readQueue({ limit, after }, partition);
      const last = entries.at(-1);
      const rows = entries.map((entry): Row => ({ ...entry, ...NOT_YET, status: entry.state }));
      return { rows, after: more && last !== undefined ? queueKey(last) : undefined };
    },
  },
  {
    states: ['dead_lettered'],
    async read(limit, after, partition) {
      const page = await readSetAside({ limit, after }, partition);
      const rows = page.entries.map(
        (given): Row => ({ ...given, ...NOT_YET, status: 'dead_lettered', retryCount: given.attempts }),
      );
      return { rows, after: page.after };
    },
  },
  {
    states: ['synced'],
    async read(limit, after, partition) {
      const page = await readJournal({ limit, after: after === undefined ? undefined : Number(after) }, partition);
      const arrivals = page.entries.flatMap(({ arrival }) => (arrival === null ? [] : [arrival]));
      const rows = arrivals.map((arrival): Row => ({ ...arrival, status: 'synced' }));
      return { rows, after: page.after?.toString() };
    },
  },
];

/** A page may be short of `limit` and still have a next one: of a rare state, only so much is looked through at a time. */
const MOST_READS = 20;

export async function listReceipts(
  { limit, status, from }: { limit: number; status: ReceiptState | undefined; from: ListPosition | undefined },
  partition: Partition,
): Promise<{ readonly receipts: readonly ListedReceipt[]; readonly next: ListPosition | null }> {
  const found: Row[] = [];
  let next: ListPosition | null = from ?? { part: 0 };
  for (let reads = 0; next !== null && found.length < limit && reads < MOST_READS; reads += 1) {
    const position: ListPosition = next;
    const part = PARTS[position.part];
    if (part === undefined) break;
    if (status !== undefined && !part.states.includes(status)) {
      next = following(position);
      continue;
    }
    const page = await part.read(limit - found.length, position.after, partition);
    found.push(...page.rows.filter((row) => status === undefined || row.status === status));
    next = page.after === undefined ? following(position) : { part: position.part, after: page.after };
  }
  return { receipts: await withDocuments(found, partition), next };
}

const following = ({ part }: ListPosition): ListPosition | null =>
  part + 1 < PARTS.length ? { part: part + 1 } : null;

/** Leaves out places in the queue that are not (or not any more) a receipt's own. */
async function withDocuments(rows: readonly Row[], partition: Partition): Promise<readonly ListedReceipt[]> {
  const receipts = await findReceipts(
    rows.map((row) => row.receiptId),
    partition,
  );
  return rows.flatMap(({ receiptId, status, retryCount, lastError, createdAt, syncedAt, fiscal, order }) => {
    const receipt = receipts.get(receiptId);
    if (receipt?.order !== order) return [];
    const { key, document } = receipt;
    return [{ receiptId, status, retryCount, lastError, createdAt, syncedAt, key, document, fiscal }];
  });
}
