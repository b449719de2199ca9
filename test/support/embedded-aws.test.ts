import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { startTestDynamoDb } from './embedded-aws.ts';

it('gives every caller empty tables, and the engine lives until the last one closes', async () => {
  const one = await startTestDynamoDb();
  const other = await startTestDynamoDb();
  const Item = { pk: 'a', kept: 1, dropped: undefined, dueShard: 0, nextSyncAt: 5, kind: 'source' };
  await one.client.send(new PutCommand({ TableName: one.tables.integrations, Item }));

  const Key = { pk: 'a' };
  const gone = await other.client.send(new GetCommand({ TableName: other.tables.integrations, Key }));
  expect(gone.Item).toBeUndefined();
  await other.close();
  await other.close();
  const due = await one.client.send(
    new QueryCommand({
      TableName: one.tables.integrations,
      IndexName: 'due',
      KeyConditionExpression: 'dueShard = :shard and nextSyncAt <= :now',
      ExpressionAttributeValues: { ':shard': 0, ':now': 5 },
    }),
  );
  expect(due.Items).toEqual([{ pk: 'a', dueShard: 0, nextSyncAt: 5, kind: 'source' }]);
  await one.close();

  const late = new DynamoDBClient({ ...one.clientConfig, maxAttempts: 1 });
  await expect(late.send(new ListTablesCommand({}))).rejects.toThrow();
  late.destroy();
});
