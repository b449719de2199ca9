import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import type { SyncMessage } from '../model/message.ts';
import type { Database } from './database.ts';
import { ABANDONED_ATTRIBUTES, LEASE_ATTRIBUTES } from './integration-item.ts';
import { updateIntegrationItem } from './integration-update.ts';

/**
 * The distributed lock, as conditional writes on the integration's own item.
 * A lease is owner + token + expiry. The token is the run's number and only grows; every later write of the run carries it.
 */
export interface Held {
  readonly tenantId: TenantId;
  readonly id: IntegrationId;
  readonly token: number;
  readonly owner: string;
}

export interface Claim {
  /** Unique for this attempt: a claim whose answer was lost is recognised by it. */
  readonly owner: string;
  readonly leaseMs: number;
  /** When the message was due and when it was taken from the queue, by the clock of SQS; what is not known says nothing. */
  readonly dueAt?: number | undefined;
  readonly takenAt?: number | undefined;
}

/** Why a message may not start a run now. */
export type Refusal =
  | 'deleted'
  /** Another schedule has replaced the one that sent it. */
  | 'stale'
  | 'disabled'
  /** Its slot has come to its end, or a later slot has run. */
  | 'finished'
  /** Its slot was skipped or put off before. */
  | 'passed'
  /** The run before it started when it was due already: workers were behind, and that run has done its work too. */
  | 'covered'
  /** Its own run is going on (or waits for its continuation): keep the message, in case that worker dies. */
  | 'own-run-live'
  /** Another run is going on. */
  | 'busy'
  /** An earlier slot waits for its retry. */
  | 'retrying'
  /** Rate limited or breaker open until later. */
  | 'put-off';

export type StartResult =
  | { readonly state: 'started'; readonly integration: Integration; readonly held: Held }
  | { readonly state: 'refused'; readonly why: Refusal; readonly integration: Integration | null };

/** A retry that has not come this long after its time no longer keeps newer slots away. */
export const RETRY_GRACE_MS = 150_000;

/** Takes the lease, numbers the run and loads the integration, in one write. */
export async function startRun(message: SyncMessage, claim: Claim, db: Database): Promise<StartResult> {
  const now = db.clock.now();
  const manual = message.runId !== undefined;
  const resume = manual ? undefined : message.resume;
  const result = await updateIntegrationItem(
    message.tenantId,
    message.integrationId,
    {
      set: {
        leaseOwner: claim.owner,
        leaseUntil: now + claim.leaseMs,
        leaseSlice: 0,
        leaseStartedAt: now,
        leaseTrigger: message.trigger,
        leaseSlot: message.slot,
        ...(manual ? { lastManual: message.runId, manualOpen: true } : { lastSlot: message.slot, slotOpen: true }),
        ...(!manual && claim.takenAt !== undefined && { coveredTo: claim.takenAt }),
        // The message has arrived and SQS keeps it until the run has ended: the watchdog goes back to being the next slot.
        ...(resume !== undefined && { nextSyncAt: resume }),
      },
      compute: {
        runCounter: '#runCounter + :one',
        leaseToken: '#runCounter + :one',
        // What a dead worker left behind: right-hand sides see the item as it was.
        abandonedToken: 'if_not_exists(#leaseToken, :zero)',
        abandonedStartedAt: 'if_not_exists(#leaseStartedAt, :zero)',
        abandonedTrigger: 'if_not_exists(#leaseTrigger, :schedule)',
        abandonedSlot: 'if_not_exists(#leaseSlot, :zero)',
      },
      remove: ['progress', ...(manual ? [] : ['retryAt']), ...(resume === undefined ? [] : ['watchedSlot'])],
      condition: manual ? MANUAL_MAY_START : slotMayStart(claim.dueAt !== undefined),
      values: {
        one: 1,
        zero: 0,
        schedule: 'schedule',
        now,
        ...(manual
          ? { runId: message.runId, yes: true }
          : {
              slot: message.slot,
              scheduleVersion: message.scheduleVersion,
              yes: true,
              retryLate: now - RETRY_GRACE_MS,
              ...(claim.dueAt !== undefined && { dueAt: claim.dueAt }),
            }),
      },
    },
    db,
  );
  if (result.ok) return started(result.integration, claim);
  if (result.integration?.lease?.owner === claim.owner) return started(result.integration, claim);
  return {
    state: 'refused',
    why: whyRefused(result.integration, message, claim.dueAt, now),
    integration: result.integration,
  };
}

function started(integration: Integration, claim: Claim): StartResult {
  const held: Held = {
    tenantId: integration.tenantId,
    id: integration.id,
    token: integration.lease?.token ?? integration.runCounter,
    owner: claim.owner,
  };
  return { state: 'started', integration, held };
}

const NO_LIVE_LEASE = '(attribute_not_exists(#leaseUntil) OR #leaseUntil <= :now)';

const slotMayStart = (isDueKnown: boolean): string =>
  [
    'attribute_exists(#pk)',
    '#syncEnabled = :yes',
    '#scheduleVersion = :scheduleVersion',
    NO_LIVE_LEASE,
    `((#lastSlot = :slot AND #slotOpen = :yes) OR (
     (attribute_not_exists(#lastSlot) OR #lastSlot < :slot)
     AND (attribute_not_exists(#passedSlot) OR #passedSlot < :slot)
     AND (attribute_not_exists(#notBefore) OR #notBefore <= :slot)
     AND (attribute_not_exists(#retryAt) OR #retryAt < :retryLate)
     ${isDueKnown ? 'AND (attribute_not_exists(#coveredTo) OR #coveredTo <= :dueAt)' : ''}))`,
  ].join(' AND ');

const MANUAL_MAY_START = [
  'attribute_exists(#pk)',
  NO_LIVE_LEASE,
  `((#lastManual = :runId AND #manualOpen = :yes) OR (
     (attribute_not_exists(#lastManual) OR #lastManual < :runId)
     AND (attribute_not_exists(#passedManual) OR #passedManual < :runId)))`,
].join(' AND ');

/** The failed condition in words; the order matters, most final first. */
function whyRefused(
  integration: Integration | null,
  message: SyncMessage,
  dueAt: number | undefined,
  now: number,
): Refusal {
  if (integration === null) return 'deleted';
  const live = integration.lease !== null && integration.lease.until > now;
  if (message.runId !== undefined) {
    const { lastManual, passedManual, manualOpen } = integration;
    // Its own, or another in the way of its second try: the message comes back when that lease is over.
    if (lastManual === message.runId) return manualOpen ? 'own-run-live' : 'finished';
    if ((lastManual ?? '') > message.runId || (passedManual ?? '') >= message.runId) return 'finished';
    return 'busy';
  }
  if (integration.scheduleVersion !== message.scheduleVersion) return 'stale';
  if (!integration.syncEnabled) return 'disabled';
  const lastSlot = integration.lastSlot ?? -1;
  if (lastSlot > message.slot || (lastSlot === message.slot && !integration.slotOpen)) return 'finished';
  // Its own run, or a manual run in the way of its retry: the message comes back when the lease is over.
  if (lastSlot === message.slot) return 'own-run-live';
  if ((integration.passedSlot ?? -1) >= message.slot) return 'passed';
  if (live) return 'busy';
  if ((integration.notBefore ?? 0) > message.slot) return 'put-off';
  if (dueAt !== undefined && (integration.coveredTo ?? -1) > dueAt) return 'covered';
  return 'retrying';
}

/**
 * Takes over a run that was handed on by `handOver`, under the same number. Refused unless exactly this slice is awaited.
 * However late it comes: where no worker was free for some minutes the run still is the same, unless another has begun.
 */
export async function continueRun(
  message: SyncMessage & { readonly run: number; readonly slice: number },
  claim: Claim,
  db: Database,
): Promise<StartResult | { readonly state: 'not-awaited' }> {
  const now = db.clock.now();
  const result = await updateIntegrationItem(
    message.tenantId,
    message.integrationId,
    {
      set: { leaseOwner: claim.owner, leaseUntil: now + claim.leaseMs },
      condition: '#leaseToken = :run AND #leaseSlice = :slice AND #leaseOwner = :waiting',
      values: { run: message.run, slice: message.slice, waiting: WAITING_OWNER },
    },
    db,
  );
  if (result.ok) return started(result.integration, claim);
  if (result.integration?.lease?.owner === claim.owner) return started(result.integration, claim);
  return { state: 'not-awaited' };
}

/** Owner of a lease that waits for a continuation message. */
const WAITING_OWNER = 'continuation';

/** How long after its time a continuation may come before another run may take its place. */
const CONTINUATION_GRACE_MS = 120_000;

/** Every later write of a run holds only while the lease is still this one. */
export const STILL_MINE = '#leaseToken = :token AND #leaseOwner = :owner';
export const mine = (held: Held): { token: number; owner: string } => ({ token: held.token, owner: held.owner });

/** Keeps the lease for `leaseMs` more. False: another run has taken over. */
export async function renewLease(held: Held, leaseMs: number, db: Database): Promise<boolean> {
  const result = await updateIntegrationItem(
    held.tenantId,
    held.id,
    { set: { leaseUntil: db.clock.now() + leaseMs }, condition: STILL_MINE, values: mine(held) },
    db,
  );
  return result.ok;
}

/** Stores how far the run has come. False: another run has taken over and nothing was stored. */
export async function saveProgress(
  held: Held,
  progress: { readonly cursor?: string | null; readonly checkpoint?: unknown },
  leaseMs: number,
  db: Database,
): Promise<boolean> {
  const result = await updateIntegrationItem(
    held.tenantId,
    held.id,
    {
      // A progress write renews the lease as well: it costs the same.
      set: {
        leaseUntil: db.clock.now() + leaseMs,
        ...(progress.cursor != null && { cursor: progress.cursor }),
        ...(progress.checkpoint != null && { checkpoint: progress.checkpoint }),
      },
      remove: [
        ...(progress.cursor === null ? ['cursor'] : []),
        ...(progress.checkpoint === null ? ['checkpoint'] : []),
      ],
      condition: STILL_MINE,
      values: mine(held),
    },
    db,
  );
  return result.ok;
}

/** Ends this slice and keeps the run for the message that continues it at `resumeAt`. False: another run has taken over. */
export async function handOver(
  held: Held,
  next: {
    readonly slice: number;
    readonly checkpoint: unknown;
    /** Shown in the RUNNING history entry. */
    readonly details: Readonly<Record<string, number | string | null>>;
    readonly resumeAt: number;
  },
  db: Database,
): Promise<boolean> {
  const result = await updateIntegrationItem(
    held.tenantId,
    held.id,
    {
      set: {
        leaseOwner: WAITING_OWNER,
        leaseUntil: next.resumeAt + CONTINUATION_GRACE_MS,
        leaseSlice: next.slice,
        checkpoint: next.checkpoint,
        progress: next.details,
      },
      remove: [...ABANDONED_ATTRIBUTES],
      condition: STILL_MINE,
      values: mine(held),
    },
    db,
  );
  const lease = result.integration?.lease;
  return result.ok || (lease?.token === held.token && lease.slice === next.slice && lease.owner === WAITING_OWNER);
}

/** Gives the lease back without a word about the run, so that its message can start it again at once (shutdown). */
export async function releaseLease(held: Held, db: Database): Promise<boolean> {
  const result = await updateIntegrationItem(
    held.tenantId,
    held.id,
    { remove: [...LEASE_ATTRIBUTES, ...ABANDONED_ATTRIBUTES], condition: STILL_MINE, values: mine(held) },
    db,
  );
  return result.ok;
}
