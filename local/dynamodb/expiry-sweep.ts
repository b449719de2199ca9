import { DeleteCommand, type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../functions/platform/clock.ts';
import { conditionFailed } from '../../functions/store/database.ts';
import { TABLE_NAMES, type TableName, type TableNames, TTL_ATTRIBUTE, tables } from '../../functions/store/tables.ts';

export interface ExpirySweep {
  /** Goes through the next page of a table, all tables in turn; answers how many items it deleted. Ends early when it is aborted. */
  step(signal?: AbortSignal): Promise<number>;
}

/** Items looked at in one step. */
const PAGE = 1_000;

/**
 * DynamoDB's time to live, which the embedded engine does not have: without it a data directory would grow for ever. As there, an
 * item whose time is over goes some time later, so whoever reads must not rely on it.
 */
export function createExpirySweep(
  names: TableNames,
  {
    client,
    clock,
    page = PAGE,
  }: { readonly client: DynamoDBDocumentClient; readonly clock: Clock; readonly page?: number },
): ExpirySweep {
  let waiting: TableName[] = [];
  let start: Record<string, unknown> | undefined;
  return {
    async step(signal) {
      if (waiting.length === 0) waiting = [...TABLE_NAMES];
      const table = waiting[0] ?? TABLE_NAMES[0];
      const TableName = names[table];
      const keys = keyNames(table);
      const time = { ':now': Math.floor(clock.now() / 1000) };
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName,
          FilterExpression: '#ttl <= :now',
          ProjectionExpression: keys.map((_, i) => `#key${i}`).join(),
          ExpressionAttributeNames: {
            '#ttl': TTL_ATTRIBUTE,
            ...Object.fromEntries(keys.map((key, i) => [`#key${i}`, key])),
          },
          ExpressionAttributeValues: time,
          Limit: page,
          ExclusiveStartKey: start,
        }),
      );
      let deleted = 0;
      // One after another, as they lie: of one integration the oldest run goes first, so its history stays without gaps.
      for (const Key of Items) {
        if (signal?.aborted) return deleted;
        try {
          await client.send(
            new DeleteCommand({
              TableName,
              Key,
              // Somebody may have written it anew since.
              ConditionExpression: '#ttl <= :now',
              ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
              ExpressionAttributeValues: time,
            }),
          );
          deleted += 1;
        } catch (error) {
          if (!conditionFailed(error)) throw error;
        }
      }
      start = LastEvaluatedKey;
      if (start === undefined) waiting.shift();
      return deleted;
    },
  };
}

function keyNames(table: TableName): readonly string[] {
  const { partitionKey, sortKey } = tables[table];
  return sortKey === undefined ? [partitionKey.name] : [partitionKey.name, sortKey.name];
}
