import { type DocumentProblem, documentHash, type FiscalDocument, type ReceiptBody } from './fiscal-document.ts';
import { enqueue, forget, isQueued, newEntry } from './queue.ts';
import { findReceipt, isVoided, type Receipt, receiptIdOf, receiptItem, receiptKey } from './receipt.ts';
import type { Condition, Partition } from './store.ts';

export type Intake =
  | {
      readonly state: 'buffered';
      readonly receiptId: string /** Something is left to do for it. */;
      readonly waits: boolean;
    }
  | { readonly state: 'conflict'; readonly receiptId: string };

export interface IntakeDeps {
  readonly partition: Partition;
  /** Places in the queue: sort by time. */
  readonly ids: { next(): string };
  readonly clock: { now(): number };
}

export type KeyChoice = { readonly key: string } | { readonly problems: readonly DocumentProblem[] };

const MAX_KEY = 255;

/** The idempotency key: from the header or the body; from both only if they agree. */
export function idempotencyKey(header: string | undefined, body: ReceiptBody): KeyChoice {
  const fromHeader = header?.trim() || undefined;
  const fromBody = body.idempotency_key?.trim() || undefined;
  const refuse = (message: string): KeyChoice => ({ problems: [{ path: 'idempotency_key', message }] });
  const key = fromHeader ?? fromBody;
  if (key === undefined) return refuse('is required, here or as the header Idempotency-Key');
  if (fromBody !== undefined && fromBody !== key) return refuse('differs from the header Idempotency-Key');
  if (key.length > MAX_KEY) return refuse(`has more than ${MAX_KEY} characters`);
  return { key };
}

/**
 * Takes a receipt in: it is stored when this resolves. The same key with the same document again is the same receipt;
 * with another document it is a conflict and nothing is stored.
 *
 * Two writes: first the place in the queue, then the receipt, which makes the place count. A place whose receipt never came
 * (a crash in between) is cleared away by the worker, which first leaves a mark that keeps the receipt from coming after all;
 * such an intake tries again at a new place.
 */
export async function takeIn(key: string, document: FiscalDocument, deps: IntakeDeps): Promise<Intake> {
  const { partition, ids, clock } = deps;
  const receiptId = receiptIdOf(partition.pk, key);
  const bodyHash = documentHash(document);
  for (;;) {
    const known = await findReceipt(receiptId, partition);
    if (known !== undefined && !isVoided(known)) return answer(known, bodyHash, partition);
    const order = laterThan(known?.voided, ids.next());
    const receipt: Receipt = { receiptId, order, key, bodyHash, createdAt: clock.now(), document };
    await enqueue(newEntry(receiptId, order, receipt.createdAt), partition);
    const stored = await partition.put(receiptItem(receipt), onlyAfterVoided(order));
    if (stored) return { state: 'buffered', receiptId, waits: true };
    const found = await findReceipt(receiptId, partition);
    // The answer to an earlier, committed try of this very write was lost.
    const mine = found !== undefined && !isVoided(found) && found.order === order;
    if (mine) return { state: 'buffered', receiptId, waits: true };
    await forget(receipt, partition);
  }
}

/** Another process's clock may be ahead of ours. */
const laterThan = (voided: string | undefined, order: string): string =>
  voided !== undefined && order <= voided ? voided + order : order;

async function answer(known: Receipt, bodyHash: string, partition: Partition): Promise<Intake> {
  const { receiptId } = known;
  if (known.bodyHash !== bodyHash) return { state: 'conflict', receiptId };
  return { state: 'buffered', receiptId, waits: await isQueued(known, partition) };
}

/** After this long, a place in the queue whose receipt never came is cleared away. */
export const INTAKE_MS = 60_000;

/**
 * Whose place in the queue this is: its receipt; or `coming`, an intake that is under way; or `left`, a leftover that was
 * cleared away here. `stored` is what was found under its receipt id.
 */
export async function ownerOf(
  place: { readonly order: string; readonly receiptId: string; readonly createdAt: number },
  stored: Receipt | undefined,
  now: number,
  partition: Partition,
): Promise<Receipt | 'coming' | 'left'> {
  if (stored?.order === place.order) return stored;
  if (stored === undefined) {
    if (now - place.createdAt < INTAKE_MS) return 'coming';
    const mark = { sk: receiptKey(place.receiptId), voided: place.order };
    if (!(await partition.put(mark, onlyAfterVoided(place.order)))) {
      // The receipt may have come in this very moment.
      const found = await findReceipt(place.receiptId, partition);
      if (found !== undefined && !isVoided(found) && found.order === place.order) return found;
    }
  }
  await forget(place, partition);
  return 'left';
}

/** Nothing is there yet, or a mark that an older place was cleared away. */
const onlyAfterVoided = (order: string): Condition => ({
  that: 'attribute_not_exists(pk) OR #voided < :order',
  values: { order },
});
