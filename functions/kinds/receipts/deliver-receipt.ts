import type { Run } from '../kind.ts';
import type { JournalWriter } from './journal.ts';
import { type Answer, attempt, type Operator, type Parcel } from './operator.ts';
import { leave, move, type QueueEntry } from './queue.ts';
import type { Receipt } from './receipt.ts';
import { deliverLetter, giveUp } from './set-aside.ts';
import type { Partition } from './store.ts';

/** What became of one receipt in this batch. */
export type Step =
  | { readonly kind: 'synced' | 'rejected' }
  /** Nothing was done, or what was begun earlier was ended. */
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly message: string; readonly deadLettered: boolean }
  /** The operator is at work on it; worth asking from `askAt` (epoch ms). `answered`: it said so just now. */
  | { readonly kind: 'working'; readonly askAt: number; readonly answered: boolean }
  /** Somebody else changed it meanwhile: read it again. */
  | { readonly kind: 'again' }
  | Extract<Answer, { kind: 'pause' | 'deferred' }>;

export interface DeliveryDeps {
  readonly run: Run;
  readonly operator: Operator;
  readonly journal: JournalWriter;
  readonly partition: Partition;
}

export const MAX_ATTEMPTS = 20;
const MAX_ATTEMPTS_REASON = 'Max retry attempts exceeded';
/** An operator that has said nothing for this long about a receipt it took is not asked any more. */
const SILENCE_MS = 24 * 3_600_000;
const MAX_ERROR_CHARACTERS = 300;
const SILENCE_REASON = 'The operator took the receipt and reported nothing for 24 hours';

/** One receipt, one step further. Whatever it crashes in, the next run goes on from what is stored. */
export async function deliverReceipt(entry: QueueEntry, receipt: Receipt, deps: DeliveryDeps): Promise<Step> {
  const { run, operator, journal, partition } = deps;
  if (journal.has(entry)) return { kind: 'passed' };
  if (entry.state === 'dead_lettered') {
    await deliverLetter(entry, run, partition);
    return { kind: 'passed' };
  }
  if (entry.ref !== null) return askForReport(entry, receipt, deps);

  let before: QueueEntry | Step = entry;
  if (entry.state === 'syncing') before = await takeOver(entry, deps);
  if ('kind' in before) return before;

  const claimed = await move(before, { state: 'syncing' }, run.token, partition);
  if (claimed === undefined) return { kind: 'again' };
  const parcel = parcelOf(claimed, receipt);
  // The last moment to notice that the write before took longer than the lease.
  run.assertHeld();
  const asked = before.state === 'unknown' ? await attempt(() => operator.ask(parcel), run.signal) : ABSENT_ANSWER;
  // A question that failed leaves the receipt as unknown as it was.
  if (asked.kind === 'failed') return settle({ ...asked, possiblySent: true }, claimed, 'unknown', deps);
  if (asked.kind !== 'absent') return settle(asked, claimed, before.state, deps);
  const answer = await attempt(() => operator.send(parcel), run.signal);
  // That this send surely did not arrive says nothing about the one whose answer was lost.
  const settled = asked.assumed && answer.kind === 'failed' ? { ...answer, possiblySent: true } : answer;
  return settle(settled, claimed, before.state, deps);
}

const ABSENT_ANSWER: Answer = { kind: 'absent' };

/** The run that was sending it has died, or hangs: it may have been sent. From here on that run can store nothing. */
async function takeOver(entry: QueueEntry, deps: DeliveryDeps): Promise<QueueEntry | Step> {
  await deps.journal.fence();
  if (deps.journal.has(entry)) return { kind: 'passed' };
  return countFailure(entry, 'The worker stopped while it sent this receipt', { possiblySent: true }, deps);
}

async function settle(
  answer: Answer,
  entry: QueueEntry,
  before: QueueEntry['state'],
  deps: DeliveryDeps,
): Promise<Step> {
  const { run, operator, partition } = deps;
  switch (answer.kind) {
    case 'accepted':
      return arrived(entry, answer.fiscal, deps);
    case 'working': {
      const sentAt = run.clock.now();
      const moved = await move(entry, { ref: answer.ref, sentAt }, run.token, partition);
      if (moved === undefined) return { kind: 'again' };
      return { kind: 'working', askAt: sentAt + operator.patienceMs, answered: true };
    }
    case 'rejected':
      return reject(entry, answer.message, deps);
    case 'failed':
      return failedStep(await countFailure(entry, answer.message, answer, deps), answer.message);
    case 'absent':
      return failedStep(await countFailure(entry, LOST, { possiblySent: true }, deps), LOST);
    case 'pause':
      await move(entry, { state: before, ...renewed(entry, answer.renew) }, run.token, partition);
      return answer;
    case 'deferred':
      await move(entry, { state: before }, run.token, partition);
      return answer;
  }
}

const LOST = 'The operator does not know this receipt';

/** The operator took it in an earlier run and gave it a name of its own. Asking changes nothing, so nothing is written before. */
async function askForReport(entry: QueueEntry, receipt: Receipt, deps: DeliveryDeps): Promise<Step> {
  const { run, operator, partition } = deps;
  const sentAt = entry.sentAt ?? 0;
  const askAt = sentAt + operator.patienceMs;
  if (run.clock.now() < askAt) return { kind: 'working', askAt, answered: false };
  const answer = await attempt(() => operator.ask(parcelOf(entry, receipt)), run.signal);
  const tooLate = run.clock.now() - sentAt > SILENCE_MS;
  switch (answer.kind) {
    case 'working':
      if (tooLate) return setAside(entry, { reason: SILENCE_REASON, lastError: null, outcomeUnknown: true }, deps);
      return { kind: 'working', askAt: run.clock.now() + operator.patienceMs, answered: true };
    case 'failed':
      if (answer.renew) return settle(answer, entry, 'pending', deps);
      // The question failed, not the receipt: its retry count stays.
      if (tooLate) {
        return setAside(entry, { reason: SILENCE_REASON, lastError: answer.message, outcomeUnknown: true }, deps);
      }
      return { kind: 'failed', message: answer.message, deadLettered: false };
    case 'pause':
      if (answer.renew) await move(entry, { state: 'pending', ...renewed(entry, true) }, run.token, partition);
      // How a document failed before a person switched the register on again says nothing about how it is now.
      return answer.renew && sentAt < run.integration.updatedAt ? { kind: 'again' } : answer;
    case 'deferred':
      return answer;
    default:
      return settle(answer, entry, 'pending', deps);
  }
}

async function arrived(
  entry: QueueEntry,
  fiscal: Readonly<Record<string, unknown>>,
  deps: DeliveryDeps,
): Promise<Step> {
  const { run, journal, partition } = deps;
  await journal.note(entry, { syncedAt: run.clock.now(), fiscal });
  await leave(entry, run.token, partition);
  return { kind: 'synced' };
}

async function reject(entry: QueueEntry, words: string, deps: DeliveryDeps): Promise<Step> {
  const reason = `Rejected by the operator: ${words}`;
  const step = await setAside(entry, { reason, lastError: words, outcomeUnknown: false }, deps);
  return step.kind === 'failed' ? { kind: 'rejected' } : step;
}

/** Adds 1 to the retry count, or gives the receipt up. Answers the entry as it waits now, or how its giving up went. */
async function countFailure(
  entry: QueueEntry,
  message: string,
  { possiblySent, renew }: { readonly possiblySent: boolean; readonly renew?: boolean },
  deps: DeliveryDeps,
): Promise<QueueEntry | Step> {
  const { run, partition } = deps;
  const retryCount = entry.retryCount + 1;
  if (retryCount >= MAX_ATTEMPTS) {
    return setAside(entry, { reason: MAX_ATTEMPTS_REASON, lastError: message, outcomeUnknown: possiblySent }, deps);
  }
  const at = run.clock.now();
  const moved = await move(
    entry,
    {
      state: possiblySent ? 'unknown' : 'pending',
      retryCount,
      lastError: message.slice(0, MAX_ERROR_CHARACTERS),
      firstFailureAt: entry.firstFailureAt ?? at,
      lastFailureAt: at,
      ...renewed(entry, renew),
    },
    run.token,
    partition,
  );
  return moved ?? { kind: 'again' };
}

/** What was sent under the present key has come to nothing, so the next one is a new document. */
const renewed = (entry: QueueEntry, renew = false): Partial<QueueEntry> => ({
  ref: null,
  sentAt: null,
  ...(renew && { revision: entry.revision + 1 }),
});

async function setAside(
  entry: QueueEntry,
  why: { readonly reason: string; readonly lastError: string | null; readonly outcomeUnknown: boolean },
  deps: DeliveryDeps,
): Promise<Step> {
  const { run, partition } = deps;
  const at = run.clock.now();
  const given = await giveUp(entry, { ...why, at, attempts: entry.retryCount + 1 }, run.token, partition);
  if (given === undefined) return { kind: 'again' };
  await deliverLetter(given, run, partition);
  return { kind: 'failed', message: why.lastError ?? why.reason, deadLettered: true };
}

const failedStep = (now: QueueEntry | Step, message: string): Step =>
  'kind' in now ? now : { kind: 'failed', message, deadLettered: false };

function parcelOf({ receiptId, revision, ref }: QueueEntry, { document, createdAt }: Receipt): Parcel {
  return { key: revision === 1 ? receiptId : `${receiptId}-r${revision}`, document, createdAt, ref };
}
