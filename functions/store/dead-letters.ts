import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { KindName } from '../model/kind-name.ts';
import { conditionFailed, type Database, oldItemOf } from './database.ts';

/** Something that was given up on, with all a person needs to decide whether it is worth another try. */
export interface DeadLetter {
  /** Null: the message named no tenant. It is kept for the operators of the deployment and shown to no tenant. */
  readonly tenantId: TenantId | null;
  /** In time order; see `deadLetterId`. */
  readonly id: string;
  /** Null only where a malformed message does not tell. */
  readonly kind: KindName | null;
  readonly integrationId: IntegrationId | null;
  readonly reason: string;
  readonly attempts: number;
  readonly lastError: string | null;
  /** Epoch ms, as are the next two. */
  readonly firstFailureAt: number;
  readonly lastFailureAt: number;
  readonly createdAt: number;
  /** Nobody is written to about it: people know that its integration keeps failing, or it has run again since. */
  readonly known?: boolean;
  readonly subject: DeadLetterSubject;
}

export type DeadLetterSubject =
  | { readonly type: 'message'; readonly body: string }
  | { readonly type: 'receipt'; readonly receiptId: string }
  | { readonly type: 'malformed'; readonly body: string };

/** No token can name this tenant: tenant ids begin with a letter or a digit. */
const OPERATIONS = '_operations';
/** A sync that failed months ago is of no use any more; a receipt always is. */
const KEPT_SECONDS = 90 * 24 * 3600;
/** An SQS body may be bigger than an item. Counted in characters, of at most 3 bytes of UTF-8 each. */
const MAX_BODY_CHARACTERS = 100_000;
const MAX_ERROR_CHARACTERS = 500;

/**
 * The same letter however often its cause is delivered, and in time order.
 * `at`: epoch ms of something that does not change between deliveries (when the message was first sent, a receipt was given up);
 * `name`: the message's or receipt's own id.
 */
export function deadLetterId(at: number, name: string): string {
  return `${Math.max(0, Math.floor(at)).toString(36).padStart(9, '0')}-${name}`;
}

/** Answers the letter as it is stored, and whether it was new: a cause that is delivered twice is one letter. */
export async function recordDeadLetter(
  letter: DeadLetter,
  db: Database,
): Promise<DeadLetter & { readonly isNew: boolean }> {
  try {
    await db.client.send(
      new PutCommand({
        TableName: db.tables.tenants,
        Item: toItem(letter),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { ...letter, isNew: true };
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    const found = oldItemOf(error);
    return { ...(found === undefined ? letter : toDeadLetter(found)), isNew: false };
  }
}

/**
 * Newest first. `before` is the id of the last letter of the page before; `next` is null on the last page.
 * Tenant null lists the letters of the deployment's operators.
 */
export async function listDeadLetters(
  tenantId: TenantId | null,
  page: { readonly limit: number; readonly before: string | null; readonly kind?: KindName },
  db: Database,
): Promise<{ readonly deadLetters: readonly DeadLetter[]; readonly next: string | null }> {
  const found: DeadLetter[] = [];
  let before = page.before;
  // Letters carry bodies and a kind leaves some out, so one query may hold fewer than a page; one more tells if there is another.
  for (;;) {
    const { Items = [], LastEvaluatedKey } = await db.client.send(
      new QueryCommand({
        TableName: db.tables.tenants,
        KeyConditionExpression: before === null ? 'pk = :pk' : 'pk = :pk AND sk < :before',
        FilterExpression: page.kind === undefined ? undefined : '#kind = :kind',
        ExpressionAttributeNames: page.kind === undefined ? undefined : { '#kind': 'kind' },
        ExpressionAttributeValues: {
          ':pk': partitionOf(tenantId),
          ...(before !== null && { ':before': before }),
          ...(page.kind !== undefined && { ':kind': page.kind }),
        },
        ScanIndexForward: false,
        Limit: page.limit + 1,
      }),
    );
    found.push(...Items.map(toDeadLetter));
    if (found.length > page.limit) {
      const deadLetters = found.slice(0, page.limit);
      return { deadLetters, next: deadLetters.at(-1)?.id ?? null };
    }
    if (LastEvaluatedKey === undefined) return { deadLetters: found, next: null };
    before = String(LastEvaluatedKey.sk);
  }
}

export async function getDeadLetter(tenantId: TenantId, id: string, db: Database): Promise<DeadLetter | undefined> {
  const { Item } = await db.client.send(
    new GetCommand({ TableName: db.tables.tenants, Key: keyOf(tenantId, id), ConsistentRead: true }),
  );
  return Item && toDeadLetter(Item);
}

export async function countDeadLetters(tenantId: TenantId, db: Database): Promise<number> {
  let count = 0;
  let from: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.tables.tenants,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partitionOf(tenantId) },
        Select: 'COUNT',
        ExclusiveStartKey: from,
      }),
    );
    count += answer.Count ?? 0;
    from = answer.LastEvaluatedKey;
  } while (from !== undefined);
  return count;
}

/**
 * Takes the letter for one redrive until `until` (epoch ms), so that two people who press the button do not send it twice.
 * The hold runs out by itself: a redrive that died leaves a letter that can be redriven.
 */
export async function holdDeadLetter(
  tenantId: TenantId,
  id: string,
  until: number,
  db: Database,
): Promise<DeadLetter | 'held' | undefined> {
  try {
    const { Attributes } = await db.client.send(
      new UpdateCommand({
        TableName: db.tables.tenants,
        Key: keyOf(tenantId, id),
        UpdateExpression: 'SET heldUntil = :until',
        ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(heldUntil) OR heldUntil <= :now)',
        ExpressionAttributeValues: { ':until': until, ':now': db.clock.now() },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes && toDeadLetter(Attributes);
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    return (await getDeadLetter(tenantId, id, db)) === undefined ? undefined : 'held';
  }
}

/** Gives a held letter back; nothing happens when it is gone. */
export async function releaseDeadLetter(tenantId: TenantId, id: string, db: Database): Promise<void> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.tables.tenants,
        Key: keyOf(tenantId, id),
        UpdateExpression: 'REMOVE heldUntil',
        ConditionExpression: 'attribute_exists(pk)',
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

/** Answers whether it was there. */
export async function removeDeadLetter(tenantId: TenantId, id: string, db: Database): Promise<boolean> {
  const { Attributes } = await db.client.send(
    new DeleteCommand({ TableName: db.tables.tenants, Key: keyOf(tenantId, id), ReturnValues: 'ALL_OLD' }),
  );
  return Attributes !== undefined;
}

function toItem(letter: DeadLetter): Record<string, unknown> {
  const { tenantId, id, lastError, subject, ...rest } = letter;
  const ages = subject.type !== 'receipt';
  return {
    ...rest,
    ...keyOf(tenantId, id),
    ...(tenantId !== null && { tenantId }),
    lastError: lastError?.slice(0, MAX_ERROR_CHARACTERS) ?? null,
    subject: 'body' in subject ? { ...subject, body: subject.body.slice(0, MAX_BODY_CHARACTERS) } : subject,
    ...(ages && { expiresAt: Math.floor(letter.createdAt / 1000) + KEPT_SECONDS }),
  };
}

function toDeadLetter(item: Record<string, unknown>): DeadLetter {
  const { sk, tenantId, kind, integrationId, reason, attempts, lastError, subject, known, ...times } =
    item as unknown as Omit<DeadLetter, 'id'> & { readonly sk: string };
  return {
    tenantId: tenantId ?? null,
    id: sk,
    kind,
    integrationId,
    reason,
    attempts,
    lastError,
    firstFailureAt: times.firstFailureAt,
    lastFailureAt: times.lastFailureAt,
    createdAt: times.createdAt,
    ...(known === true && { known }),
    subject,
  };
}

const partitionOf = (tenantId: TenantId | null): string => `${tenantId ?? OPERATIONS}#dead-letters`;
const keyOf = (tenantId: TenantId | null, id: string): { pk: string; sk: string } => ({
  pk: partitionOf(tenantId),
  sk: id,
});
