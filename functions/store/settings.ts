import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../model/ids.ts';
import type { SealedCredentials } from '../model/integration.ts';
import { conditionFailed, type Database } from './database.ts';

/** A tenant's own settings. */
export interface TenantSettings {
  /** Sealed as `{ apiKey }`: sent to vehicles that have no key of their own. */
  readonly vehicleDefaultApiKey: SealedCredentials | null;
  /** Epoch ms. */
  readonly vehicleDefaultApiKeySetAt: number | null;
  readonly notificationEmail: string | null;
  /** By which the address is written to. Never shown. */
  readonly subscription: string | null;
  /** Of addresses that were replaced, still to be ended. */
  readonly leftSubscriptions: readonly string[];
}

/** Undefined leaves a setting as it is, null removes it. */
export interface SettingsChanges {
  readonly vehicleDefaultApiKey?: SealedCredentials | null;
  readonly notificationEmail?: string | null;
  readonly subscription?: string | null;
}

/** `consistent: false` costs half, and may miss a change of the last moments. */
export async function readSettings(
  tenantId: TenantId,
  db: Database,
  { consistent = true }: { readonly consistent?: boolean } = {},
): Promise<TenantSettings> {
  const { Item } = await db.client.send(
    new GetCommand({ TableName: db.tables.tenants, Key: keyOf(tenantId), ConsistentRead: consistent }),
  );
  return toSettings(Item);
}

type Seen = Pick<TenantSettings, 'subscription' | 'leftSubscriptions'>;

export async function changeSettings(
  tenantId: TenantId,
  changes: SettingsChanges,
  db: Database,
): Promise<TenantSettings>;
/** A subscription that is replaced is noted as left by the same write. Undefined: they are not as `seen` any more. */
export async function changeSettings(
  tenantId: TenantId,
  changes: SettingsChanges,
  db: Database,
  seen: Seen,
): Promise<TenantSettings | undefined>;
export async function changeSettings(
  tenantId: TenantId,
  changes: SettingsChanges,
  db: Database,
  seen?: Seen,
): Promise<TenantSettings | undefined> {
  const { vehicleDefaultApiKey: key, notificationEmail, subscription } = changes;
  const put = {
    vehicleDefaultApiKey: key,
    vehicleDefaultApiKeySetAt: key && db.clock.now(),
    notificationEmail,
    subscription,
    leftSubscriptions: seen && leftAfter(seen, subscription ?? null),
  };
  if (Object.values(put).every((value) => value === undefined)) return readSettings(tenantId, db);
  return update(tenantId, put, seen, db);
}

/** Unless somebody else has changed the address meanwhile, who then sees to them. */
export async function forgetLeft(
  tenantId: TenantId,
  ended: readonly string[],
  seen: Seen,
  db: Database,
): Promise<void> {
  const left = seen.leftSubscriptions.filter((id) => !ended.includes(id));
  await update(tenantId, { leftSubscriptions: left.length > 0 ? left : null }, seen, db);
}

function leftAfter({ subscription, leftSubscriptions }: Seen, next: string | null): readonly string[] | null {
  // One that is taken up again is not left any more.
  const left = [...leftSubscriptions, ...(subscription === null ? [] : [subscription])].filter((id) => id !== next);
  return left.length > 0 ? [...new Set(left)] : null;
}

async function update(
  tenantId: TenantId,
  attributes: Readonly<Record<string, unknown>>,
  seen: Seen | undefined,
  db: Database,
): Promise<TenantSettings | undefined> {
  const set: string[] = [];
  const remove: string[] = [];
  const conditions: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (value === null) remove.push(name);
    else {
      set.push(`${name} = :${name}`);
      values[`:${name}`] = value;
    }
  }
  const unchanged = (name: string, value: unknown): void => {
    conditions.push(value === undefined ? `attribute_not_exists(${name})` : `${name} = :seen_${name}`);
    if (value !== undefined) values[`:seen_${name}`] = value;
  };
  if (seen !== undefined) {
    unchanged('subscription', seen.subscription ?? undefined);
    unchanged('leftSubscriptions', seen.leftSubscriptions.length > 0 ? seen.leftSubscriptions : undefined);
  }
  try {
    const { Attributes } = await db.client.send(
      new UpdateCommand({
        TableName: db.tables.tenants,
        Key: keyOf(tenantId),
        UpdateExpression: [set.length && `SET ${set.join(', ')}`, remove.length && `REMOVE ${remove.join(', ')}`]
          .filter(Boolean)
          .join(' '),
        ...(conditions.length > 0 && { ConditionExpression: conditions.join(' AND ') }),
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return toSettings(Attributes);
  } catch (error) {
    if (conditionFailed(error)) return undefined;
    throw error;
  }
}

function toSettings(item: Record<string, unknown> | undefined): TenantSettings {
  const stored = (item ?? {}) as Partial<TenantSettings>;
  return {
    vehicleDefaultApiKey: stored.vehicleDefaultApiKey ?? null,
    vehicleDefaultApiKeySetAt: stored.vehicleDefaultApiKeySetAt ?? null,
    notificationEmail: stored.notificationEmail ?? null,
    subscription: stored.subscription ?? null,
    leftSubscriptions: stored.leftSubscriptions ?? [],
  };
}

const keyOf = (tenantId: TenantId): { pk: string; sk: string } => ({ pk: `${tenantId}#settings`, sk: 'settings' });
