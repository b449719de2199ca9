import { BatchGetCommand, DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import { integrationKey } from '../model/ids.ts';
import type { Integration, SealedCredentials } from '../model/integration.ts';
import { isOnDemand } from '../model/kind-name.ts';
import {
  dueShardOf,
  freeSlot,
  nextSlotAfter,
  planSlots,
  type SlotPlan,
  type SlotToSend,
  upcomingSlot,
} from '../model/slot.ts';
import type { Database } from './database.ts';
import { type IntegrationItem, type NewIntegration, newItem, toIntegration } from './integration-item.ts';
import { updateIntegrationItem } from './integration-update.ts';

/** A stored change of schedule, and the slots the caller has to enqueue now (see `planSlots`). */
export interface Scheduled {
  readonly integration: Integration;
  readonly send: readonly SlotToSend[];
}

/** Stores a new integration, scheduled at once where it has an interval. The caller enqueues `send`. */
export async function createIntegration(draft: NewIntegration, db: Database): Promise<Scheduled> {
  const now = db.clock.now();
  const scheduled = draft.syncEnabled && draft.syncInterval !== null && !isOnDemand(draft.kind);
  const plan = scheduled ? planSlots(draft, now, now, db.horizonMs) : null;
  const item = newItem(draft, now, plan, db.dueShards);
  await db.client.send(
    new PutCommand({
      TableName: db.tables.integrations,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
  return { integration: toIntegration(item), send: plan?.send ?? [] };
}

/** Undefined when the tenant has no such integration. `consistent` costs twice as much. */
export async function getIntegration(
  tenantId: TenantId,
  id: IntegrationId,
  db: Database,
  { consistent = true }: { readonly consistent?: boolean } = {},
): Promise<Integration | undefined> {
  const { Item } = await db.client.send(
    new GetCommand({
      TableName: db.tables.integrations,
      Key: { pk: integrationKey(tenantId, id) },
      ConsistentRead: consistent,
    }),
  );
  return Item === undefined ? undefined : toIntegration(Item as IntegrationItem);
}

/** A page of a tenant's integrations, oldest first. `after` is the last id of the page before; `nextAfter` is null at the end. */
export async function listIntegrations(
  tenantId: TenantId,
  page: { readonly limit: number; readonly after?: string },
  db: Database,
): Promise<{ readonly integrations: readonly Integration[]; readonly nextAfter: string | null }> {
  const limit = Math.min(page.limit, 100);
  const { Items = [], LastEvaluatedKey } = await db.client.send(
    new QueryCommand({
      TableName: db.tables.integrations,
      IndexName: 'byTenant',
      KeyConditionExpression:
        page.after === undefined ? 'tenantId = :tenantId' : 'tenantId = :tenantId AND id > :after',
      ExpressionAttributeValues: {
        ':tenantId': tenantId,
        ...(page.after !== undefined && { ':after': page.after }),
      },
      Limit: limit,
    }),
  );
  const ids = Items.map((item) => String(item.id));
  const found = await batchGet(tenantId, ids, db);
  const nextAfter = LastEvaluatedKey === undefined ? null : (ids.at(-1) ?? null);
  return { integrations: ids.flatMap((id) => found.get(id) ?? []), nextAfter };
}

async function batchGet(
  tenantId: TenantId,
  ids: readonly string[],
  db: Database,
): Promise<ReadonlyMap<string, Integration>> {
  const found = new Map<string, Integration>();
  let keys = ids.map((id) => ({ pk: integrationKey(tenantId, id as IntegrationId) as string }));
  for (let attempt = 0; keys.length > 0; attempt++) {
    if (attempt > 0) await db.clock.sleep(Math.min(50 * 2 ** attempt, 1000));
    const { Responses, UnprocessedKeys } = await db.client.send(
      new BatchGetCommand({ RequestItems: { [db.tables.integrations]: { Keys: keys, ConsistentRead: true } } }),
    );
    for (const item of Responses?.[db.tables.integrations] ?? []) {
      const integration = toIntegration(item as IntegrationItem);
      found.set(integration.id, integration);
    }
    keys = (UnprocessedKeys?.[db.tables.integrations]?.Keys ?? []) as typeof keys;
    if (attempt >= 8 && keys.length > 0) throw new Error('the database is busy; try again');
  }
  return found;
}

/** What a person may change. `undefined` keeps, `null` removes. */
export interface IntegrationChange {
  readonly name?: string;
  readonly baseUrl?: string | null;
  readonly accountId?: string | null;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly credentials?: SealedCredentials | null;
  readonly syncInterval?: number | null;
  readonly syncEnabled?: boolean;
}

export type ChangeResult =
  | ({ readonly state: 'changed' } & Scheduled)
  | { readonly state: 'conflict'; readonly integration: Integration }
  | { readonly state: 'missing' };

/** As many may change one schedule at once, without a version, and all of them are heard. */
const MAX_ATTEMPTS = 20;

/**
 * Changes an integration, only if it is still at `version` (without one: whatever it is at).
 * A change of interval or of enabled gives it a new schedule version, so that no message of the old schedule runs any more.
 */
export async function updateIntegration(
  tenantId: TenantId,
  id: IntegrationId,
  change: IntegrationChange,
  version: number | undefined,
  db: Database,
): Promise<ChangeResult> {
  for (let attempt = 0; ; attempt++) {
    const current = await getIntegration(tenantId, id, db);
    if (current === undefined) return { state: 'missing' };
    if (version !== undefined && current.version !== version) return { state: 'conflict', integration: current };
    const parts = changeParts(current, change, db);
    const result = await updateIntegrationItem(
      tenantId,
      id,
      {
        ...parts.update,
        // Without a version only a change of schedule meanwhile is in the way: the new slots were planned from the old ones.
        compute: { version: '#version + :one' },
        condition: `#scheduleVersion = :scheduleVersion${version === undefined ? '' : ' AND #version = :version'}`,
        values: { one: 1, scheduleVersion: current.scheduleVersion, ...(version !== undefined && { version }) },
      },
      db,
    );
    if (result.ok) return { state: 'changed', integration: result.integration, send: parts.send };
    if (result.integration === null) return { state: 'missing' };
    // Without a version the person means "whatever it is": try again on what it has become.
    if (version !== undefined || attempt >= MAX_ATTEMPTS) return { state: 'conflict', integration: result.integration };
  }
}

function changeParts(
  current: Integration,
  change: IntegrationChange,
  db: Database,
): { readonly update: { set: Record<string, unknown>; remove: string[] }; readonly send: readonly SlotToSend[] } {
  const now = db.clock.now();
  const set: Record<string, unknown> = { updatedAt: now };
  const remove: string[] = [];
  const put = (name: string, value: unknown): void => {
    if (value === null) remove.push(name);
    else if (value !== undefined) set[name] = value;
  };
  put('name', change.name);
  put('baseUrl', change.baseUrl);
  put('accountId', change.accountId);
  put('config', change.config);
  put('credentials', change.credentials);
  if (change.credentials !== undefined) put('credentialsSetAt', change.credentials === null ? null : now);
  put('syncInterval', change.syncInterval);
  put('syncEnabled', change.syncEnabled);

  const next: Integration = {
    ...current,
    syncInterval: change.syncInterval === undefined ? current.syncInterval : change.syncInterval,
    syncEnabled: change.syncEnabled ?? current.syncEnabled,
  };
  if (next.syncInterval === current.syncInterval && next.syncEnabled === current.syncEnabled) {
    return { update: { set, remove }, send: [] };
  }
  set.scheduleVersion = current.scheduleVersion + 1;
  remove.push('slotOpen', 'retryAt');
  const reenabled = next.syncEnabled && !current.syncEnabled;
  if (reenabled) {
    remove.push('retryCount', 'disabledReason', 'disabledAt', 'notBefore', 'notice', 'noticeUntil', 'alerted');
    if (current.status === 'disabled') set.status = current.lastRun === null ? 'pending' : 'error';
  }
  const plan = newSchedule(current, next, reenabled, now, db);
  if (plan === null) {
    remove.push('dueShard', 'nextSyncAt', 'watchedSlot', 'enqueuedFrom');
    return { update: { set, remove }, send: [] };
  }
  set.dueShard = dueShardOf(current.id, db.dueShards);
  set.nextSyncAt = plan.nextSyncAt;
  put('watchedSlot', plan.watchedSlot);
  put('enqueuedFrom', plan.send[0]?.slot ?? null);
  return { update: { set, remove }, send: plan.send };
}

/** The plan under the new settings; null when nothing is scheduled any more. */
function newSchedule(
  current: Integration,
  next: Integration,
  reenabled: boolean,
  now: number,
  db: Database,
): SlotPlan | null {
  if (!next.syncEnabled || next.syncInterval === null) return null;
  const onDemand = isOnDemand(current.kind);
  // A buffer without a slot is idle; switched on again it looks once, for what came while it was off or manual only.
  const begins = reenabled || current.syncInterval === null;
  if (onDemand && !begins && current.nextSyncAt === null) return null;
  const overdue = (upcomingSlot(current) ?? Number.POSITIVE_INFINITY) <= now;
  // The retry that a failed run waits for goes with its schedule, and must not be a whole new interval away.
  const retrying = current.slotOpen && current.retryAt !== null;
  const atOnce = reenabled || overdue || onDemand || retrying;
  const first = freeSlot(current, atOnce ? now : nextSlotAfter(current.id, next.syncInterval, now));
  return planSlots({ id: current.id, syncInterval: onDemand ? null : next.syncInterval }, first, now, db.horizonMs);
}

/** Removes the integration itself: no run can start or store anything from now on. Its data goes with a purge message. */
export async function deleteIntegration(
  tenantId: TenantId,
  id: IntegrationId,
  db: Database,
): Promise<Integration | undefined> {
  const { Attributes } = await db.client.send(
    new DeleteCommand({
      TableName: db.tables.integrations,
      Key: { pk: integrationKey(tenantId, id) },
      ReturnValues: 'ALL_OLD',
    }),
  );
  return Attributes === undefined ? undefined : toIntegration(Attributes as IntegrationItem);
}
