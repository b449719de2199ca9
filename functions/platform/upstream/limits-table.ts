import { createHash } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../../model/ids.ts';

/**
 * The `limits` table. Two kinds of items, times in epoch ms of the store's clock:
 *
 * limit#<tenant>#<sha256 of the credential>   tat (when the next free token begins), coolUntil
 * breaker#<tenant>#<origin>                   failures (in a row), openUntil, openedAt, probeUntil, probeBy,
 *                                             cool_<credential> (cooldowns of credentials that have no limit item)
 */
export interface LimitsTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** A clock all workers agree on; see `store-clock.ts`. Only differences of its times are ever waited for. */
export interface StoreClock {
  /** Epoch ms. */
  now(): number;
}

export const limitKey = (tenantId: TenantId, credentialId: string): string =>
  `limit#${tenantId}#${sha256(credentialId)}`;
export const breakerKey = (tenantId: TenantId, origin: string): string => `breaker#${tenantId}#${origin}`;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const KEPT_MS = 24 * 3600_000;
/** Every write puts the end of its item off by a day: longer than any wait in it. */
export const expiresAt = (now: number): number => Math.ceil((now + KEPT_MS) / 1000);

/** The numbers and strings of an item, whether the document client or an error carries it. */
export type LimitsItem = Readonly<Record<string, unknown>>;

/** What a failed condition found (empty when there was no item); undefined when the error is another one. */
export function itemOfFailedCondition(error: unknown): LimitsItem | undefined {
  if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') return undefined;
  const { Item: item = {} } = error as { Item?: Record<string, { N?: string; S?: string }> };
  // The document client leaves the item of an error as attribute values.
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value.N === undefined ? value.S : Number(value.N)]),
  );
}

export const numberIn = (item: LimitsItem, name: string): number | undefined => {
  const value = item[name];
  return typeof value === 'number' ? value : undefined;
};
