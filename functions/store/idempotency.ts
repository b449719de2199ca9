import { createHash, createHmac } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../model/ids.ts';
import { inOrder } from '../model/in-order.ts';
import { conditionFailed, type Database } from './database.ts';

/** What a client's `Idempotency-Key` stands for. */
export interface IdempotentRequest {
  /** The operation, so that one key used on two of them means two things. */
  readonly scope: string;
  readonly key: string;
  /** The request as understood; the order of names does not matter. */
  readonly body: unknown;
}

/**
 * `resourceId` is the id to create under: every request with this key gets the same one, so a request that is repeated
 * while the first still runs, or after it died, can't create a second. `answer` is what the first was answered.
 */
export type IdempotencyClaim =
  | { readonly state: 'claimed'; readonly resourceId: string; readonly answer: unknown }
  | { readonly state: 'other-body' };

const KEPT_SECONDS = 24 * 3600;

export async function claimIdempotencyKey(
  tenantId: TenantId,
  request: IdempotentRequest,
  proposedId: string,
  db: Database,
): Promise<IdempotencyClaim> {
  const nowSeconds = Math.floor(db.clock.now() / 1000);
  const fingerprint = fingerprintOf(request);
  try {
    await db.client.send(
      new PutCommand({
        TableName: db.tables.tenants,
        Item: {
          ...keyOf(tenantId, request),
          fingerprint,
          resourceId: proposedId,
          expiresAt: nowSeconds + KEPT_SECONDS,
        },
        // The sweep may be days late; a key that has run out is free at once.
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': nowSeconds },
      }),
    );
    return { state: 'claimed', resourceId: proposedId, answer: undefined };
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    const { Item } = await db.client.send(
      new GetCommand({ TableName: db.tables.tenants, Key: keyOf(tenantId, request), ConsistentRead: true }),
    );
    if (Item?.fingerprint !== fingerprint) return { state: 'other-body' };
    return { state: 'claimed', resourceId: String(Item.resourceId), answer: Item.answer };
  }
}

/** Keeps the answer for repeats. It must hold no secret. */
export async function keepAnswer(
  tenantId: TenantId,
  request: IdempotentRequest,
  answer: unknown,
  db: Database,
): Promise<void> {
  await db.client.send(
    new UpdateCommand({
      TableName: db.tables.tenants,
      Key: keyOf(tenantId, request),
      UpdateExpression: 'SET answer = if_not_exists(answer, :answer)',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':answer': answer },
    }),
  );
}

/**
 * Bodies may hold passwords, and a plain hash of a short one can be guessed from the table. So the body is hashed under
 * the client's key, and of the key itself only a hash is stored.
 */
function fingerprintOf({ key, body }: IdempotentRequest): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(inOrder(body)))
    .digest('base64url');
}

function keyOf(tenantId: TenantId, { scope, key }: IdempotentRequest): { pk: string; sk: string } {
  return {
    pk: `${tenantId}#idempotency`,
    sk: `${scope}#${createHash('sha256').update(`${tenantId}\n${key}`).digest('base64url')}`,
  };
}
