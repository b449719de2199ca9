import * as z from 'zod';
import type { IntegrationId, TenantId } from '../../model/ids.ts';
import { type DeadLetter, deadLetterId } from '../../store/dead-letters.ts';
import { changed, current, forget, leave, type QueueEntry, queueKey, unchanged } from './queue.ts';
import { ABSENT, type Item, type Partition } from './store.ts';

/** A receipt that was given up on. It stays here, with all that a redrive needs, until a person has it sent again. */
export interface SetAside {
  readonly receiptId: string;
  readonly order: string;
  /** Epoch ms, as are the other times. */
  readonly createdAt: number;
  readonly givenUpAt: number;
  readonly reason: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly firstFailureAt: number;
  readonly lastFailureAt: number;
  /** Of its dead letter. */
  readonly letterId: string;
  /** The operator may have it all the same: to be asked about before it is sent again. */
  readonly outcomeUnknown: boolean;
  readonly ref: string | null;
  readonly sentAt: number | null;
  readonly revision: number;
}

const PREFIX = 'dead#';
export const setAsideKey = ({ order, receiptId }: { readonly order: string; readonly receiptId: string }): string =>
  `${PREFIX}${order}#${receiptId}`;

const stored = z.object({
  sk: z.string(),
  createdAt: z.number(),
  givenUpAt: z.number(),
  reason: z.string(),
  attempts: z.number(),
  lastError: z.string().nullable(),
  firstFailureAt: z.number(),
  lastFailureAt: z.number(),
  letterId: z.string(),
  outcomeUnknown: z.boolean(),
  ref: z.string().nullable(),
  sentAt: z.number().nullable(),
  revision: z.number(),
});

function toSetAside(item: Item): SetAside {
  const { sk, ...rest } = stored.parse(item);
  const [, order = '', receiptId = ''] = sk.split('#');
  return { order, receiptId, ...rest };
}

export interface GivingUp {
  readonly reason: string;
  readonly lastError: string | null;
  /** Epoch ms. */
  readonly at: number;
  readonly attempts: number;
  readonly outcomeUnknown: boolean;
}

/**
 * Decides, in one transaction, that the receipt is given up on. Answers the entry as it is then, to be passed to `deliverLetter`;
 * undefined when an older run has changed it since it was read. Throws LeaseLost when a newer one has.
 */
export async function giveUp(
  entry: QueueEntry,
  { reason, lastError, at, attempts, outcomeUnknown }: GivingUp,
  token: number,
  partition: Partition,
): Promise<QueueEntry | undefined> {
  const { order, receiptId, createdAt, ref, sentAt, revision } = entry;
  const next: QueueEntry = { ...entry, state: 'dead_lettered', token };
  const item: Omit<SetAside, 'order' | 'receiptId'> = {
    createdAt,
    givenUpAt: at,
    reason,
    attempts,
    lastError,
    firstFailureAt: entry.firstFailureAt ?? at,
    lastFailureAt: at,
    letterId: deadLetterId(at, receiptId),
    outcomeUnknown,
    ref,
    sentAt,
    revision,
  };
  const decided = await partition.transact([
    { put: { sk: setAsideKey({ order, receiptId }), ...item }, if: ABSENT },
    { update: queueKey(entry), set: changed(entry, next), if: unchanged(entry) },
  ]);
  if (decided) return next;
  const found = await current(entry, token, partition);
  return found?.state === 'dead_lettered' ? found : undefined;
}

/** Brings the letter to the person, then takes the receipt out of the queue. Doing it again after a crash changes nothing. */
export async function deliverLetter(
  entry: QueueEntry,
  run: {
    readonly tenantId: TenantId;
    readonly integrationId: IntegrationId;
    readonly token: number;
    readonly deadLetters?: { add(letter: DeadLetter): Promise<void> };
  },
  partition: Partition,
): Promise<void> {
  const found = await findSetAside(entry, partition);
  // A person has had it sent again already: it waits at another place in the queue.
  if (found === undefined) return forget(entry, partition);
  const { tenantId, integrationId } = run;
  const { letterId, reason, attempts, lastError, firstFailureAt, lastFailureAt, givenUpAt, receiptId } = found;
  await run.deadLetters?.add({
    tenantId,
    id: letterId,
    kind: 'receipts',
    integrationId,
    reason,
    attempts,
    lastError,
    firstFailureAt,
    lastFailureAt,
    createdAt: givenUpAt,
    subject: { type: 'receipt', receiptId },
  });
  await leave(entry, run.token, partition);
}

export async function findSetAside(
  place: { readonly order: string; readonly receiptId: string },
  partition: Partition,
): Promise<SetAside | undefined> {
  const item = await partition.get(setAsideKey(place));
  return item && toSetAside(item);
}

/** Newest first; `after` is the sort key to go on from. */
export async function readSetAside(
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  partition: Partition,
): Promise<{ readonly entries: readonly SetAside[]; readonly after: string | undefined }> {
  const page = await partition.list(PREFIX, { limit, backwards: true, after });
  return { entries: page.items.map(toSetAside), after: page.after };
}

/** Few: every one of them is on somebody's desk. */
export const countSetAside = (partition: Partition): Promise<number> => partition.count(PREFIX);
