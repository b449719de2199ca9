import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { Ids } from '../platform/ids.ts';
import { conditionFailed, type Database } from './database.ts';

/** What people must know: an integration was disabled, has recovered, was given up on; a breaker opened or closed. */
export interface TenantEvent {
  /** In time order. */
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly type: string;
  readonly integrationId: IntegrationId | null;
  /** For people; no secrets. */
  readonly message: string;
}

export interface NewEvent {
  /** Given by callers that may come twice (see `idFor`): the second time changes nothing. */
  readonly id?: string;
  readonly type: string;
  readonly integrationId: IntegrationId | null;
  readonly message: string;
  /** It could not be sent out: the next with its id takes its place. */
  readonly unsent?: boolean;
}

const KEPT_SECONDS = 90 * 24 * 3600;

export async function addEvent(
  tenantId: TenantId,
  event: NewEvent,
  db: Database & { readonly ids: Ids },
): Promise<void> {
  const now = db.clock.now();
  const item = {
    pk: partitionOf(tenantId),
    sk: event.id ?? db.ids.next(),
    at: now,
    type: event.type,
    message: event.message,
    ...(event.integrationId !== null && { integrationId: event.integrationId }),
    ...(event.unsent && { unsent: true }),
    expiresAt: Math.floor(now / 1000) + KEPT_SECONDS,
  };
  try {
    await db.client.send(
      new PutCommand({
        TableName: db.tables.tenants,
        Item: item,
        ConditionExpression: 'attribute_not_exists(pk) OR unsent = :yes',
        ExpressionAttributeValues: { ':yes': true },
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

/** Whether it is there and was sent out. */
export async function hasEvent(tenantId: TenantId, id: string, db: Database): Promise<boolean> {
  const { Item } = await db.client.send(
    new GetCommand({
      TableName: db.tables.tenants,
      Key: { pk: partitionOf(tenantId), sk: id },
      ProjectionExpression: 'sk, unsent',
      ConsistentRead: true,
    }),
  );
  return Item !== undefined && Item.unsent !== true;
}

/** Newest first. `before` is the id of the last event of the page before; `next` is null on the last page. */
export async function listEvents(
  tenantId: TenantId,
  page: { readonly limit: number; readonly before: string | null },
  db: Database,
): Promise<{ readonly events: readonly TenantEvent[]; readonly next: string | null }> {
  const { Items = [] } = await db.client.send(
    new QueryCommand({
      TableName: db.tables.tenants,
      KeyConditionExpression: page.before === null ? 'pk = :pk' : 'pk = :pk AND sk < :before',
      ExpressionAttributeValues: {
        ':pk': partitionOf(tenantId),
        ...(page.before !== null && { ':before': page.before }),
      },
      ScanIndexForward: false,
      // One more than asked for tells whether there is another page. Events are short, so a page is never cut at 1 MB.
      Limit: page.limit + 1,
    }),
  );
  const events = Items.slice(0, page.limit).map(toEvent);
  return { events, next: Items.length > page.limit ? (events.at(-1)?.id ?? null) : null };
}

function toEvent(item: Record<string, unknown>): TenantEvent {
  const { sk, at, type, message, integrationId } = item as {
    sk: string;
    at: number;
    type: string;
    message: string;
    integrationId?: IntegrationId;
  };
  return { id: sk, at, type, integrationId: integrationId ?? null, message };
}

const partitionOf = (tenantId: TenantId): string => `${tenantId}#events`;
