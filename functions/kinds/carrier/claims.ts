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

/** Long enough to find out what became of a claim. */
const RETENTION_SECONDS = 400 * 86_400;

/** Secrets of a claim are in the fingerprint only. */
export const fingerprintOf = ({ iccid, planId, zone, registrationCode, registrationSecret }: SimClaim): string =>
  createHash('sha256')
    .update(JSON.stringify([iccid, planId, zone, registrationCode, registrationSecret]))
    .digest('base64url');

/** Where the record lies: under the caller's key or, without one, under the SIM. */
export const claimKey = (idempotencyKey: string | undefined, iccid: string): string =>
  idempotencyKey === undefined ? `claim#iccid#${iccid}` : `claim#key#${idempotencyKey}`;

/** False when this claim was made before. */
export const beginClaim = (key: string, fingerprint: string, now: number, partition: Partition): Promise<boolean> =>
  partition.putNew(key, toItem({ state: 'sent', sentAt: now, fingerprint }));

export const endClaim = (key: string, record: ClaimRecord, partition: Partition): Promise<void> =>
  partition.put(key, toItem(record));

/** The claim was certainly not carried out: it may be made again. */
export const forgetClaim = async (key: string, partition: Partition): Promise<void> => {
  await partition.delete(key);
};

export async function findClaim(key: string, partition: Partition): Promise<ClaimRecord | undefined> {
  const item = await partition.get(key);
  return item === undefined ? undefined : (item.record as ClaimRecord);
}

const toItem = (record: ClaimRecord): Item => ({
  record,
  expiresAt: Math.floor(record.sentAt / 1000) + RETENTION_SECONDS,
});
