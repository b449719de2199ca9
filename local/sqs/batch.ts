import { SqsError } from './sqs-error.ts';

const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;
const MOST_ENTRIES = 10;

export interface BatchFailure {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

export interface BatchResult<Success> {
  readonly Successful: readonly (Success & { readonly Id: string })[];
  readonly Failed?: readonly BatchFailure[];
}

/**
 * Does something for each entry; one that is refused fails alone. Throws when the batch as such is wrong: empty, more than ten
 * entries, ids that are not distinct or not allowed.
 */
export function runBatch<Entry extends { readonly Id: string }, Success>(
  entries: readonly Entry[],
  run: (entry: Entry) => Success,
): BatchResult<Success> {
  if (entries.length === 0)
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MOST_ENTRIES) {
    throw new SqsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${MOST_ENTRIES}.`);
  }
  if (entries.some(({ Id }) => !ENTRY_ID.test(Id))) {
    throw new SqsError('InvalidBatchEntryId', 'An id has 1 to 80 letters, digits, hyphens and underscores.');
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new SqsError('BatchEntryIdsNotDistinct', 'Two or more entries have the same id.');
  }
  const successful: (Success & { Id: string })[] = [];
  const failed: BatchFailure[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return failed.length === 0 ? { Successful: successful } : { Successful: successful, Failed: failed };
}
