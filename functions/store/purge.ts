import { BatchWriteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import { integrationKey } from '../model/ids.ts';
import type { Database } from './database.ts';

const ITEMS_PER_CALL = 25;

/** Removes history and data of a deleted integration. False when time ran out: call again. */
export async function purgeIntegration(
  tenantId: TenantId,
  id: IntegrationId,
  deadline: number,
  db: Database,
): Promise<boolean> {
  const partitions = [
    { table: db.tables.data, sortKey: 'sk' },
    { table: db.tables.history, sortKey: 'run' },
  ];
  for (const { table, sortKey } of partitions) {
    if (!(await purgePartition(integrationKey(tenantId, id), table, sortKey, deadline, db))) return false;
  }
  return true;
}

async function purgePartition(
  pk: string,
  table: string,
  sortKey: string,
  deadline: number,
  db: Database,
): Promise<boolean> {
  for (;;) {
    if (db.clock.now() >= deadline) return false;
    const { Items = [], LastEvaluatedKey } = await db.client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ExpressionAttributeNames: { '#sort': sortKey },
        ProjectionExpression: 'pk, #sort',
        Limit: ITEMS_PER_CALL * 8,
      }),
    );
    for (let i = 0; i < Items.length; i += ITEMS_PER_CALL) {
      // What DynamoDB leaves unprocessed is found again by the next query.
      const Requests = Items.slice(i, i + ITEMS_PER_CALL).map((Key) => ({ DeleteRequest: { Key } }));
      await db.client.send(new BatchWriteCommand({ RequestItems: { [table]: Requests } }));
    }
    if (Items.length === 0 && LastEvaluatedKey === undefined) return true;
  }
}
