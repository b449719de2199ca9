import { integrationKey } from '../../model/ids.ts';
import type { DeadLetter } from '../../store/dead-letters.ts';
import type { RedriveDeps } from '../kind.ts';
import { ApiError, type BadField, badFields } from '../route.ts';
import { type FiscalDocument, receiptBodySchema } from './fiscal-document.ts';
import type { Provider } from './providers/provider.ts';
import { entryItem, newEntry, type QueueEntry } from './queue.ts';
import { findReceipt, isVoided, packed, receiptKey } from './receipt.ts';
import { findSetAside, type SetAside, setAsideKey } from './set-aside.ts';
import { ABSENT, openPartition } from './store.ts';

/**
 * Puts a receipt that was given up on back into its queue, as it was or corrected, in one transaction. Doing it again, or for
 * a letter whose receipt was put back before, changes nothing.
 */
export async function redriveReceipt(letter: DeadLetter, provider: Provider, deps: RedriveDeps): Promise<void> {
  const { subject } = letter;
  if (subject.type !== 'receipt') throw new ApiError(409, 'conflict', 'This dead letter is not about a receipt.');
  const { integration, ids, correction } = deps;
  const partition = openPartition(deps.data, integrationKey(integration.tenantId, integration.id));
  const receipt = await findReceipt(subject.receiptId, partition);
  if (receipt === undefined || isVoided(receipt)) {
    throw new ApiError(409, 'conflict', 'The receipt is gone: this dead letter can only be deleted.');
  }
  const given = await findSetAside(receipt, partition);
  if (given?.letterId !== letter.id) return deps.wake(integration);

  const document = correction === undefined ? undefined : corrected(correction, given, provider);
  const order = ids.next();
  const put = await partition.transact([
    {
      update: receiptKey(receipt.receiptId),
      set: { order, document: document && packed(document) },
      if: { that: '#order = :order', values: { order: receipt.order } },
    },
    { put: entryItem(entryAgain(given, order, document !== undefined, deps)), if: ABSENT },
    { delete: setAsideKey(given), if: { that: 'attribute_exists(pk)' } },
  ]);
  // Otherwise somebody else has put it back in this moment, or our own answer was lost.
  if (!put && (await findSetAside(given, partition)) !== undefined) {
    throw new ApiError(409, 'conflict', 'The receipt changed in this moment. Try again.');
  }
  await deps.wake(integration);
}

/** Counting from 0 again. What may have been sent is asked about first; a corrected document is a new one, with a new key. */
function entryAgain(given: SetAside, order: string, isCorrected: boolean, { clock }: RedriveDeps): QueueEntry {
  const fresh = newEntry(given.receiptId, order, given.createdAt);
  const revision = given.revision + (isCorrected ? 1 : 0);
  if (given.ref !== null && given.outcomeUnknown) {
    return { ...fresh, revision, state: 'syncing', ref: given.ref, sentAt: clock.now() };
  }
  return { ...fresh, revision, state: given.outcomeUnknown ? 'unknown' : 'pending' };
}

function corrected(correction: unknown, given: SetAside, provider: Provider): FiscalDocument {
  if (given.outcomeUnknown) {
    const message = 'The operator may have this receipt as it is. Redrive it without a correction first.';
    throw new ApiError(409, 'outcome_unknown', message);
  }
  const parsed = receiptBodySchema.safeParse(correction);
  if (!parsed.success) throw notValid(badFields(parsed.error, ['correction']));
  const { idempotency_key: _, ...document } = parsed.data;
  const problems = provider.problems(document);
  if (problems.length > 0) {
    throw notValid(problems.map(({ path, message }) => ({ path: `correction.${path}`, message })));
  }
  return document;
}

/** 400 with the path of every bad field. */
export function notValid(problems: readonly BadField[]): ApiError {
  const [first] = problems;
  return new ApiError(
    400,
    'invalid',
    `The receipt is not valid. ${first?.path ?? ''}: ${first?.message ?? ''}`,
    problems,
  );
}
