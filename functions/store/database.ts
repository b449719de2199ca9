import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
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

/** The condition of a conditional write did not hold; `item` is what was found, undefined when there was nothing. */
export interface ConditionFailed {
  readonly item: Record<string, unknown> | undefined;
}

interface AwsError extends Error {
  readonly Item?: Record<string, unknown>;
}

/** The failed condition behind an error, or undefined when it is another error. */
export function conditionFailed(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** The old item of a failed condition, as the low-level client reports it (attribute values). */
export function oldItemOf(error: unknown): Record<string, unknown> | undefined {
  return (error as AwsError).Item;
}
