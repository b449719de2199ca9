import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { ensureTables } from '../../local/dynamodb/ensure-tables.ts';
import { describeStore } from '../support/store-rules.ts';

/** The rules of the store once more, on the emulator's DynamoDB. */
describeStore('the emulator', async () => {
  const client = new DynamoDBClient({
    endpoint: inject('deployment').endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const tables = await ensureTables(client, `rules-${Date.now().toString(36)}`);
  const document = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { db: { client: document, tables }, close: async () => client.destroy() };
});
