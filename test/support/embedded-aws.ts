import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../functions/platform/clock.ts';
import type { TableNames } from '../../functions/store/tables.ts';
import { type EmbeddedDynamoDb, startEmbeddedDynamoDb } from '../../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../../local/dynamodb/ensure-tables.ts';
import { SqsEngine } from '../../local/sqs/engine.ts';
import { embeddedSqsClientConfig } from '../../local/sqs/request-handler.ts';

export interface TestDynamoDb {
  readonly client: DynamoDBDocumentClient;
  /** Empty tables of this call's own. */
  readonly tables: TableNames;
  /** For a client of one's own, e.g. with fault injection. */
  readonly clientConfig: EmbeddedDynamoDb['clientConfig'];
  close(): Promise<void>;
}

// One engine per test file, shared by all calls in it; the last `close` stops it.
let engine: Promise<EmbeddedDynamoDb> | undefined;
let users = 0;
let prefixes = 0;

/** Fresh tables in an embedded DynamoDB: `beforeAll(async () => { db = await startTestDynamoDb(); })`, `afterAll(() => db.close())`. */
export async function startTestDynamoDb(): Promise<TestDynamoDb> {
  users += 1;
  prefixes += 1;
  const prefix = `test${prefixes}`;
  engine ??= startEmbeddedDynamoDb();
  const { clientConfig } = await engine;
  const lowLevel = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
  const tables = await ensureTables(lowLevel, prefix);
  let open = true;
  return {
    client: DynamoDBDocumentClient.from(lowLevel, { marshallOptions: { removeUndefinedValues: true } }),
    tables,
    clientConfig,
    close: async () => {
      if (!open) return;
      open = false;
      lowLevel.destroy();
      users -= 1;
      if (users > 0) return;
      const last = engine;
      engine = undefined;
      await (await last)?.close();
    },
  };
}

export interface TestSqs {
  readonly engine: SqsEngine;
  readonly client: SQSClient;
}

/** An empty SQS in this process. Nothing to close. With a clock that is not the system's, time in its queues passes as the clock says. */
export function createTestSqs(clock: Clock): TestSqs {
  const engine = new SqsEngine({ clock });
  return { engine, client: new SQSClient({ ...embeddedSqsClientConfig(engine), maxAttempts: 1 }) };
}
