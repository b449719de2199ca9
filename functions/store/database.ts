import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Clock } from '../platform/clock.ts';
import type { TableNames } from './tables.ts';

/** What every store function takes last. */
export interface Database {
  readonly client: DynamoDBDocumentClient;
  readonly tables: TableNames;
  readonly clock: Clock;
  /** Parts of the due index. */
  readonly dueShards: number;
  /** How far ahead of a tick slots are enqueued, ms. */
  readonly horizonMs: number;
}

interface AwsError extends Error {
  readonly Item?: Record<string, unknown>;
}

/** Whether a condition did not hold. A transaction that met another one is no answer to its conditions: it is to be tried again. */
export function conditionFailed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ConditionalCheckFailedException') return true;
  if (error.name !== 'TransactionCanceledException') return false;
  const { CancellationReasons = [] } = error as { CancellationReasons?: readonly { readonly Code?: string }[] };
  const codes = CancellationReasons.map(({ Code = 'None' }) => Code).filter((code) => code !== 'None');
  return codes.length > 0 && codes.every((code) => code === 'ConditionalCheckFailed');
}

/** The old item of a failed condition; undefined when there was none. The document client leaves it in attribute values. */
export function oldItemOf(error: unknown): Record<string, unknown> | undefined {
  const item = (error as AwsError).Item;
  if (item === undefined || Object.keys(item).length === 0) return undefined;
  return typeof item.pk === 'string' ? item : unmarshall(item as Parameters<typeof unmarshall>[0]);
}
