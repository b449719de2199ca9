import { startTestDynamoDb } from '../support/embedded-aws.ts';
import { MemoryDynamoDb } from '../support/memory-dynamodb/memory-dynamodb.ts';
import { describeStore } from '../support/store-rules.ts';

describeStore('the engine in memory', async () => {
  const { client, tables } = new MemoryDynamoDb();
  return { db: { client, tables }, close: async () => undefined };
});

describeStore('the embedded engine', async () => {
  const { client, tables, close } = await startTestDynamoDb();
  return { db: { client, tables }, close };
});
