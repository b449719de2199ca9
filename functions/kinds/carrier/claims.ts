import { createHash } from 'node:crypto';
import type { ClaimedSim, SimClaim } from './provider.ts';
import type { Item, Partition } from './store.ts';

/**
 * A claim may cost money, so it is written down before it is sent and its answer after. A claim without an answer is never
 * sent again by itself.
 */
export interface ClaimRecord {
  readonly state: 'sent' | 'done' | 'outcome_unknown';
  /** Epoch ms. */
  readonly sentAt: number;
  /** Of what was asked for. */
  readonly fingerprint: string;
  readonly claimed?: ClaimedSim;
}

/** A claim that may be sent now. Nobody else claims this SIM until it has ended. */
export interface OpenClaim {
  end(record: ClaimRecord): Promise<void>;
  /** It was certainly not carried out: it may be made again, and of the SIM is known what was known before. */
  forget(): Promise<void>;
}

/** What stands against a claim: an earlier one of its key, or of its SIM. Without a record it was forgotten just now, or is just beginning. */
export interface EarlierClaim {
  readonly of: 'key' | 'sim';
  readonly record: ClaimRecord | undefined;
}

export interface ClaimToBegin {
  readonly iccid: string;
  readonly idempotencyKey: string | undefined;
  readonly record: ClaimRecord;
  /** Whether a new key lets this claim be made although the SIM has an earlier one. */
  readonly mayFollow: (earlier: ClaimRecord) => boolean;
}

/** Long enough to find out what became of a claim. */
const RETENTION_SECONDS = 400 * 86_400;

/** Secrets of a claim are in the fingerprint only. */
export const fingerprintOf = ({ iccid, planId, zone, registrationCode, registrationSecret }: SimClaim): string =>
  createHash('sha256')
    .update(JSON.stringify([iccid, planId, zone, registrationCode, registrationSecret]))
    .digest('base64url');

/** Writes a claim down under its key, if it has one, and then under its SIM, where whoever claims that next finds it. */
export async function beginClaim(
  { iccid, idempotencyKey, record, mayFollow }: ClaimToBegin,
  partition: Partition,
): Promise<OpenClaim | EarlierClaim> {
  const bySim = `claim#iccid#${iccid}`;
  const byKey = idempotencyKey === undefined ? undefined : `claim#key#${idempotencyKey}`;
  const item = toItem(record);
  if (byKey !== undefined && !(await partition.putNew(byKey, item))) {
    return { of: 'key', record: await findClaim(byKey, partition) };
  }

  const earlier = await findClaim(bySim, partition);
  const free = earlier === undefined || (byKey !== undefined && mayFollow(earlier));
  const written =
    free &&
    (earlier === undefined
      ? await partition.putNew(bySim, item)
      : await partition.replace(bySim, item, { name: 'record', was: earlier }));
  if (!written) {
    // An answer that is there already is from now on this key's too.
    if (byKey !== undefined && !free && earlier.claimed !== undefined) await partition.put(byKey, toItem(earlier));
    else if (byKey !== undefined) await partition.delete(byKey);
    return { of: 'sim', record: free ? undefined : earlier };
  }

  return {
    async end(ended) {
      await partition.put(bySim, toItem(ended));
      if (byKey !== undefined) await partition.put(byKey, toItem(ended));
    },
    async forget() {
      if (byKey !== undefined) await partition.delete(byKey);
      if (earlier === undefined) await partition.delete(bySim);
      else await partition.put(bySim, toItem(earlier));
    },
  };
}

async function findClaim(sk: string, partition: Partition): Promise<ClaimRecord | undefined> {
  const item = await partition.get(sk);
  return item === undefined ? undefined : (item.record as ClaimRecord);
}

const toItem = (record: ClaimRecord): Item => ({
  record,
  expiresAt: Math.floor(record.sentAt / 1000) + RETENTION_SECONDS,
});
