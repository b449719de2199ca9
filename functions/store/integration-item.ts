import type { IntegrationId, TenantId } from '../model/ids.ts';
import { integrationKey } from '../model/ids.ts';
import type { Integration, LastRun, SealedCredentials, Trigger } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import { dueShardOf, type SlotPlan } from '../model/slot.ts';

/**
 * The hot item. Nulls are absent attributes, the lease is flat (its token is computed by DynamoDB from the run counter,
 * which a map literal could not do), and everything together stays under 1 KB, so that each write of a run is one unit.
 */
export interface IntegrationItem {
  readonly pk: string;
  readonly tenantId: TenantId;
  readonly id: IntegrationId;
  readonly name: string;
  readonly kind: KindName;
  readonly provider: string;
  readonly baseUrl?: string;
  readonly accountId?: string;
  readonly config?: Record<string, unknown>;
  readonly syncInterval?: number;
  readonly syncEnabled: boolean;
  readonly status: Integration['status'];
  readonly disabledReason?: string;
  readonly disabledAt?: number;
  readonly retryCount?: number;
  readonly lastSyncAt?: number;
  readonly lastSyncError?: string;
  readonly notice?: string;
  readonly noticeUntil?: number;
  readonly credentials?: SealedCredentials;
  readonly credentialsSetAt?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
  readonly scheduleVersion: number;
  readonly dueShard?: number;
  readonly nextSyncAt?: number;
  readonly watchedSlot?: number;
  readonly enqueuedFrom?: number;
  readonly lastSlot?: number;
  readonly slotOpen?: boolean;
  readonly retryAt?: number;
  readonly coveredTo?: number;
  readonly passedSlot?: number;
  readonly passedRun?: number;
  readonly notBefore?: number;
  readonly overtakenSlot?: number | string;
  readonly overtakenRun?: number;
  readonly lastManual?: string;
  readonly manualOpen?: boolean;
  readonly passedManual?: string;
  readonly passedManualRun?: number;
  readonly wakes?: number;
  readonly runCounter: number;
  readonly leaseOwner?: string;
  readonly leaseUntil?: number;
  readonly leaseToken?: number;
  readonly leaseSlice?: number;
  readonly leaseStartedAt?: number;
  readonly leaseTrigger?: Trigger;
  readonly leaseSlot?: number;
  readonly progress?: Readonly<Record<string, number | string | null>>;
  readonly abandonedToken?: number;
  readonly abandonedStartedAt?: number;
  readonly abandonedTrigger?: Trigger;
  readonly abandonedSlot?: number;
  readonly lastRun?: LastRun;
  readonly cursor?: string;
  readonly checkpoint?: unknown;
  readonly recent?: string;
  readonly activity?: string;
  readonly alerted?: boolean;
}

export function toIntegration(item: IntegrationItem): Integration {
  return {
    tenantId: item.tenantId,
    id: item.id,
    name: item.name,
    kind: item.kind,
    provider: item.provider,
    baseUrl: item.baseUrl ?? null,
    accountId: item.accountId ?? null,
    config: item.config ?? {},
    syncInterval: item.syncInterval ?? null,
    syncEnabled: item.syncEnabled,
    status: item.status,
    disabledReason: item.disabledReason ?? null,
    disabledAt: item.disabledAt ?? null,
    retryCount: item.retryCount ?? 0,
    lastSyncAt: item.lastSyncAt ?? null,
    lastSyncError: item.lastSyncError ?? null,
    notice: item.notice ?? null,
    noticeUntil: item.noticeUntil ?? null,
    credentials: item.credentials ?? null,
    credentialsSetAt: item.credentialsSetAt ?? null,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    version: item.version,
    scheduleVersion: item.scheduleVersion,
    nextSyncAt: item.nextSyncAt ?? null,
    watchedSlot: item.watchedSlot ?? null,
    enqueuedFrom: item.enqueuedFrom ?? null,
    lastSlot: item.lastSlot ?? null,
    slotOpen: item.slotOpen ?? false,
    retryAt: item.retryAt ?? null,
    coveredTo: item.coveredTo ?? null,
    passedSlot: item.passedSlot ?? null,
    passedRun: item.passedRun ?? null,
    overtakenSlot: item.overtakenSlot ?? null,
    overtakenRun: item.overtakenRun ?? null,
    notBefore: item.notBefore ?? null,
    lastManual: item.lastManual ?? null,
    manualOpen: item.manualOpen ?? false,
    passedManual: item.passedManual ?? null,
    passedManualRun: item.passedManualRun ?? null,
    wakes: item.wakes ?? 0,
    runCounter: item.runCounter,
    lease: leaseOf(item),
    abandoned: abandonedOf(item),
    lastRun: item.lastRun ?? null,
    cursor: item.cursor ?? null,
    checkpoint: item.checkpoint ?? null,
    recent: item.recent ?? '',
    activity: item.activity ?? '',
    alerted: item.alerted ?? false,
  };
}

function leaseOf(item: IntegrationItem): Integration['lease'] {
  if (item.leaseToken === undefined || item.leaseOwner === undefined || item.leaseUntil === undefined) return null;
  return {
    owner: item.leaseOwner,
    until: item.leaseUntil,
    token: item.leaseToken,
    slice: item.leaseSlice ?? 0,
    startedAt: item.leaseStartedAt ?? item.leaseUntil,
    trigger: item.leaseTrigger ?? 'schedule',
    slot: item.leaseSlot ?? 0,
    progress: item.progress ?? {},
  };
}

function abandonedOf(item: IntegrationItem): Integration['abandoned'] {
  if (!item.abandonedToken) return null;
  return {
    token: item.abandonedToken,
    startedAt: item.abandonedStartedAt ?? 0,
    trigger: item.abandonedTrigger ?? 'schedule',
    slot: item.abandonedSlot ?? 0,
  };
}

export const LEASE_ATTRIBUTES = [
  'leaseOwner',
  'leaseUntil',
  'leaseToken',
  'leaseSlice',
  'leaseStartedAt',
  'leaseTrigger',
  'leaseSlot',
  'progress',
] as const satisfies readonly (keyof IntegrationItem)[];

export const ABANDONED_ATTRIBUTES = [
  'abandonedToken',
  'abandonedStartedAt',
  'abandonedTrigger',
  'abandonedSlot',
] as const satisfies readonly (keyof IntegrationItem)[];

/** What a person decides about a new integration. */
export interface NewIntegration {
  readonly tenantId: TenantId;
  readonly id: IntegrationId;
  readonly name: string;
  readonly kind: KindName;
  readonly provider: string;
  readonly baseUrl: string | null;
  readonly accountId: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly syncInterval: number | null;
  readonly syncEnabled: boolean;
  readonly credentials: SealedCredentials | null;
}

/** `plan`: where its index entry goes; null when nothing is to be scheduled. */
export function newItem(draft: NewIntegration, now: number, plan: SlotPlan | null, shards: number): IntegrationItem {
  return {
    pk: integrationKey(draft.tenantId, draft.id),
    tenantId: draft.tenantId,
    id: draft.id,
    name: draft.name,
    kind: draft.kind,
    provider: draft.provider,
    ...(draft.baseUrl !== null && { baseUrl: draft.baseUrl }),
    ...(draft.accountId !== null && { accountId: draft.accountId }),
    ...(Object.keys(draft.config).length > 0 && { config: draft.config }),
    ...(draft.syncInterval !== null && { syncInterval: draft.syncInterval }),
    syncEnabled: draft.syncEnabled,
    status: 'pending',
    ...(draft.credentials !== null && { credentials: draft.credentials, credentialsSetAt: now }),
    createdAt: now,
    updatedAt: now,
    version: 1,
    scheduleVersion: 1,
    runCounter: 0,
    ...(plan !== null && {
      dueShard: dueShardOf(draft.id, shards),
      nextSyncAt: plan.nextSyncAt,
      ...(plan.watchedSlot !== null && { watchedSlot: plan.watchedSlot }),
      ...(plan.send[0] !== undefined && { enqueuedFrom: plan.send[0].slot }),
    }),
  };
}
