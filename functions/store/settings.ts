import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../model/ids.ts';
import type { SealedCredentials } from '../model/integration.ts';
import type { Database } from './database.ts';

/** A tenant's own settings. */
export interface TenantSettings {
  /** Sealed as `{ apiKey }`: sent to vehicles that have no key of their own. */
  readonly vehicleDefaultApiKey: SealedCredentials | null;
  /** Epoch ms. */
  readonly vehicleDefaultApiKeySetAt: number | null;
  readonly notificationEmail: string | null;
}

/** Undefined leaves a setting as it is, null removes it. */
export interface SettingsChanges {
  readonly vehicleDefaultApiKey?: SealedCredentials | null;
  readonly notificationEmail?: string | null;
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

export async function changeSettings(
  tenantId: TenantId,
  changes: SettingsChanges,
  db: Database,
): Promise<TenantSettings> {
  const set: string[] = [];
  const remove: string[] = [];
  const values: Record<string, unknown> = {};
  const put = (name: string, value: unknown): void => {
    if (value === undefined) return;
    if (value === null) remove.push(name);
    else {
      set.push(`${name} = :${name}`);
      values[`:${name}`] = value;
    }
  };
  put('vehicleDefaultApiKey', changes.vehicleDefaultApiKey);
  put('vehicleDefaultApiKeySetAt', changes.vehicleDefaultApiKey && db.clock.now());
  put('notificationEmail', changes.notificationEmail);
  if (set.length + remove.length === 0) return readSettings(tenantId, db);
  const { Attributes } = await db.client.send(
    new UpdateCommand({
      TableName: db.tables.tenants,
      Key: keyOf(tenantId),
      UpdateExpression: [set.length && `SET ${set.join(', ')}`, remove.length && `REMOVE ${remove.join(', ')}`]
        .filter(Boolean)
        .join(' '),
      ...(set.length > 0 && { ExpressionAttributeValues: values }),
      ReturnValues: 'ALL_NEW',
    }),
  );
  return toSettings(Attributes);
}

function toSettings(item: Record<string, unknown> | undefined): TenantSettings {
  const stored = (item ?? {}) as Partial<TenantSettings>;
  return {
    vehicleDefaultApiKey: stored.vehicleDefaultApiKey ?? null,
    vehicleDefaultApiKeySetAt: stored.vehicleDefaultApiKeySetAt ?? null,
    notificationEmail: stored.notificationEmail ?? null,
  };
}

const keyOf = (tenantId: TenantId): { pk: string; sk: string } => ({ pk: `${tenantId}#settings`, sk: 'settings' });
