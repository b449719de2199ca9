import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import type { Clock } from '../../platform/clock.ts';
import { ApiError } from '../route.ts';
import { toApiError } from './api-error.ts';
import { beginClaim, type ClaimRecord, claimKey, endClaim, findClaim, fingerprintOf, forgetClaim } from './claims.ts';
import { type CarrierClient, type ClaimedSim, ClaimIncomplete, type SimClaim } from './provider.ts';
import type { Partition } from './store.ts';

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
 * Claims a SIM once. The same key (without one: the same SIM) gives the same answer; with another body it is a conflict.
 * A claim whose answer was lost is `outcome_unknown`, now and whenever it is repeated. A refusal by the carrier, and
 * everything that happens before the claim is sent, is forgotten, so that it can be made again. Throws ApiError.
 */
export async function claimSim(
  claim: SimClaim,
  idempotencyKey: string | undefined,
  deps: ClaimDeps,
): Promise<ClaimedSim> {
  const { partition, clock, title } = deps;
  const key = claimKey(idempotencyKey, claim.iccid);
  const fingerprint = fingerprintOf(claim);
  const sentAt = clock.now();
  if (!(await beginClaim(key, fingerprint, sentAt, partition))) {
    return earlierAnswer(await findClaim(key, partition), fingerprint, claim, idempotencyKey !== undefined, deps);
  }
  // Whatever goes wrong until it is sent, nothing has happened.
  const client = await deps.open().catch(async (error: unknown) => {
    await forgetClaim(key, partition);
    throw toApiError(error, title);
  });
  const claimed = await send(client, claim, title).catch(async (error: unknown) => {
    if (certainlyNotDone(error)) {
      await forgetClaim(key, partition);
      throw refusal(error, title);
    }
    await endClaim(key, { state: 'outcome_unknown', sentAt, fingerprint }, partition);
    throw outcomeUnknown(claim, title);
  });
  await endClaim(key, { state: 'done', sentAt, fingerprint, claimed }, partition);
  return claimed;
}

async function send(client: CarrierClient, claim: SimClaim, title: string): Promise<ClaimedSim> {
  if (client.claimSim === undefined) throw notSupported(title);
  return client.claimSim(claim);
}

function earlierAnswer(
  record: ClaimRecord | undefined,
  fingerprint: string,
  claim: SimClaim,
  keyed: boolean,
  { clock, title }: ClaimDeps,
): ClaimedSim {
  if (record !== undefined && record.fingerprint !== fingerprint) {
    const words = keyed
      ? 'This Idempotency-Key was used for another claim.'
      : `SIM ${claim.iccid} was claimed before, otherwise: to claim it again, give an Idempotency-Key.`;
    throw new ApiError(409, 'conflict', words);
  }
  if (record?.claimed !== undefined) return record.claimed;
  // Forgotten a moment ago, or on its way: the other request will tell.
  if (record === undefined || (record.state === 'sent' && clock.now() - record.sentAt < ANSWER_WITHIN_MS)) {
    throw new ApiError(409, 'in_progress', 'This claim is being made right now: ask again in a minute.');
  }
  throw outcomeUnknown(claim, title);
}

/** Refused with a 4xx, put off, or never sent: the carrier has done nothing. */
function certainlyNotDone(error: unknown): boolean {
  if (error instanceof PermanentError || error instanceof RetryLater) return true;
  if (error instanceof ApiError || error instanceof ClaimIncomplete) return true;
  if (!(error instanceof UpstreamError) || error.outcomeUnknown) return false;
  if (error.problem === 'status') return error.status !== undefined && error.status >= 400 && error.status < 500;
  return (
    error.problem === 'dns' ||
    error.problem === 'tls' ||
    error.problem === 'forbidden_address' ||
    error.problem === 'connection'
  );
}

function refusal(error: unknown, title: string): ApiError {
  if (error instanceof ClaimIncomplete) {
    return new ApiError(400, 'invalid', error.message, [{ path: error.field, message: error.message }]);
  }
  return toApiError(error, title);
}

export const notSupported = (title: string): ApiError =>
  new ApiError(422, 'not_supported', `${title} has no such function in its API.`);

const outcomeUnknown = ({ iccid }: SimClaim, title: string): ApiError =>
  new ApiError(
    502,
    'outcome_unknown',
    `${title} gave no answer that can be relied on, so SIM ${iccid} may or may not have been claimed, and charged. It will not be sent again by itself: look it up at ${title}; if it is not there, claim it with a new Idempotency-Key.`,
  );
