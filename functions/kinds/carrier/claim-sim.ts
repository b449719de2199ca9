import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import type { Clock } from '../../platform/clock.ts';
import { ApiError } from '../route.ts';
import { beginClaim, type ClaimRecord, type EarlierClaim, fingerprintOf } from './claims.ts';
import { type CarrierClient, type ClaimedSim, ClaimIncomplete, NeverSent, type SimClaim } from './provider.ts';
import type { Partition } from './store.ts';
import { wordedFailure } from './worded-failure.ts';

export interface ClaimDeps {
  readonly title: string;
  /** Opened only when the claim is really sent. */
  readonly open: () => Promise<CarrierClient>;
  readonly partition: Partition;
  readonly clock: Clock;
}

/** An answer can take so long; a claim that is older and has none was cut off. */
const ANSWER_WITHIN_MS = 90_000;

/**
 * Claims a SIM once. The same key, and the same SIM whatever the key, gives the same answer; a key with another body is a
 * conflict. A claim whose answer was lost is `outcome_unknown`, now and whenever it is repeated: only a new key claims the
 * SIM anew, or otherwise than before. A refusal by the carrier, and everything that happens before the claim is sent, is
 * forgotten, so that it can be made again. Throws ApiError, and what `api/error-answer.ts` knows.
 */
export async function claimSim(
  claim: SimClaim,
  idempotencyKey: string | undefined,
  deps: ClaimDeps,
): Promise<ClaimedSim> {
  const { partition, clock, title } = deps;
  const record: ClaimRecord = { state: 'sent', sentAt: clock.now(), fingerprint: fingerprintOf(claim) };
  const mayFollow = (earlier: ClaimRecord): boolean =>
    !underWay(earlier, clock) && (earlier.claimed === undefined || earlier.fingerprint !== record.fingerprint);
  const begun = await beginClaim({ iccid: claim.iccid, idempotencyKey, record, mayFollow }, partition);
  if ('of' in begun) return answerOf(begun, record.fingerprint, claim, deps);

  const claimed = await send(claim, deps).catch(async (error: unknown) => {
    if (certainlyNotDone(error)) {
      await begun.forget();
      throw refusal(error, title);
    }
    await begun.end({ ...record, state: 'outcome_unknown' });
    throw outcomeUnknown(claim, title);
  });
  await begun.end({ ...record, state: 'done', claimed });
  return claimed;
}

async function send(claim: SimClaim, { open, title }: ClaimDeps): Promise<ClaimedSim> {
  const client = await open().catch((cause: unknown) => {
    throw new NeverSent(cause);
  });
  if (client.claimSim === undefined) throw notSupported(title);
  return client.claimSim(claim);
}

function answerOf({ of, record }: EarlierClaim, fingerprint: string, claim: SimClaim, deps: ClaimDeps): ClaimedSim {
  const { clock, title } = deps;
  const { iccid } = claim;
  const isOther = record !== undefined && record.fingerprint !== fingerprint;
  if (of === 'key' && isOther) {
    throw new ApiError(409, 'conflict', 'This Idempotency-Key was used for another claim.');
  }
  if (record === undefined || underWay(record, clock)) {
    throw new ApiError(409, 'in_progress', `SIM ${iccid} is being claimed right now: ask again in a minute.`);
  }
  if (record.claimed === undefined) throw outcomeUnknown(claim, title);
  if (isOther) {
    const words = `SIM ${iccid} was claimed before, otherwise: to claim it again, give a new Idempotency-Key.`;
    throw new ApiError(409, 'conflict', words);
  }
  return record.claimed;
}

const underWay = ({ state, sentAt }: ClaimRecord, clock: Clock): boolean =>
  state === 'sent' && clock.now() - sentAt < ANSWER_WITHIN_MS;

/** Refused with a 4xx, put off, or never sent: the carrier has done nothing. */
function certainlyNotDone(error: unknown): boolean {
  if (error instanceof PermanentError || error instanceof RetryLater) return true;
  if (error instanceof ApiError || error instanceof ClaimIncomplete || error instanceof NeverSent) return true;
  if (!(error instanceof UpstreamError) || error.outcomeUnknown) return false;
  if (error.problem === 'status') return error.status !== undefined && error.status >= 400 && error.status < 500;
  return (
    error.problem === 'dns' ||
    error.problem === 'tls' ||
    error.problem === 'forbidden_address' ||
    error.problem === 'connection'
  );
}

function refusal(error: unknown, title: string): unknown {
  if (error instanceof ClaimIncomplete) {
    return new ApiError(400, 'invalid', error.message, [{ path: error.field, message: error.message }]);
  }
  return wordedFailure(error, title);
}

export const notSupported = (title: string): ApiError =>
  new ApiError(422, 'not_supported', `${title} has no such function in its API.`);

const outcomeUnknown = ({ iccid }: SimClaim, title: string): ApiError =>
  new ApiError(
    502,
    'outcome_unknown',
    `${title} gave no answer that can be relied on, so SIM ${iccid} may or may not have been claimed, and charged. It will not be sent again by itself: look it up at ${title}; if it is not there, claim it with a new Idempotency-Key.`,
  );
