import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../functions/platform/clock.ts';
import { createFastClient, type FastAnswer } from '../../../functions/platform/dynamodb/fast-client.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';

type Document = Pick<DynamoDBDocumentClient, 'send'>;

describe('the fast client answers as the SDK’s does', () => {
  let dynamo: TestDynamoDb;
  let sdkRequests = 0;
  let fast: DynamoDBDocumentClient;

  beforeAll(async () => {
    dynamo = await startTestDynamoDb();
    const client = new DynamoDBClient(dynamo.clientConfig);
    client.middlewareStack.add(
      (next) => (args) => {
        sdkRequests += 1;
        return next(args);
      },
      { step: 'initialize' },
    );
    fast = createFastClient(client, { clock: systemClock });
    // The first request is the SDK's.
    await fast.send(new GetCommand({ TableName: dynamo.tables.data, Key: { pk: 'a', sk: 'a' } }));
  });
  beforeEach(() => {
    sdkRequests = 0;
  });
  afterAll(async () => {
    fast.destroy();
    await dynamo.close();
  });

  /** The same story told to both, each in a partition of its own. */
  async function both<T>(story: (client: Document, pk: string, table: string) => Promise<T>): Promise<T> {
    sdkRequests = 0;
    const table = dynamo.tables.data;
    const name = expect.getState().currentTestName;
    const ours = await story(fast, `fast ${name}`, table);
    expect(sdkRequests).toBe(0);
    const theirs = await story(dynamo.client, `slow ${name}`, table);
    const same = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (key, each) => (key === '$metadata' ? undefined : each)).replaceAll('"slow ', '"fast '),
      );
    expect(same(ours)).toEqual(same(theirs));
    return ours;
  }

  const item = (pk: string, sk: string) => ({
    pk,
    sk,
    text: 'ünïcode 🚚',
    number: -12.5,
    yes: true,
    nothing: null,
    absent: undefined,
    list: [1, { deep: ['x'] }],
    map: {},
    bytes: new Uint8Array([0, 1, 255]),
  });

  it('puts, gets and deletes', async () => {
    const [, read] = await both(async (client, pk, TableName) => [
      await client.send(new PutCommand({ TableName, Item: item(pk, 'a'), ReturnValues: 'ALL_OLD' })),
      await client.send(new GetCommand({ TableName, Key: { pk, sk: 'a' }, ConsistentRead: true })),
      await client.send(new GetCommand({ TableName, Key: { pk, sk: 'nobody' } })),
      await client.send(new DeleteCommand({ TableName, Key: { pk, sk: 'a' }, ReturnValues: 'ALL_OLD' })),
    ]);
    const { absent: _, ...kept } = item(`fast ${expect.getState().currentTestName}`, 'a');
    expect((read as { Item?: object }).Item).toEqual(kept);
  });

  it('updates, with conditions and what was there before', async () => {
    await both((client, pk, TableName) =>
      client.send(
        new UpdateCommand({
          TableName,
          Key: { pk, sk: 'a' },
          UpdateExpression: 'SET #n = if_not_exists(#n, :zero) + :one',
          ConditionExpression: 'attribute_not_exists(#n)',
          ExpressionAttributeNames: { '#n': 'n' },
          ExpressionAttributeValues: { ':zero': 0, ':one': 1 },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
  });

  it('queries page by page, forwards and backwards', async () => {
    await both(async (client, pk, TableName) => {
      for (const sk of ['a', 'b', 'c']) await client.send(new PutCommand({ TableName, Item: item(pk, sk) }));
      const ask = (rest: object) =>
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': pk },
            Limit: 2,
            ...rest,
          }),
        );
      const first = await ask({});
      return [first, await ask({ ExclusiveStartKey: first.LastEvaluatedKey }), await ask({ ScanIndexForward: false })];
    });
  });

  it('reads and writes in batches, and in statements of which each has its own outcome', async () => {
    await both(async (client, pk, TableName) => {
      const puts = ['a', 'b'].map((sk) => ({ PutRequest: { Item: item(pk, sk) } }));
      const Keys = ['a', 'b', 'nobody'].map((sk) => ({ pk, sk }));
      const update = `UPDATE "${TableName}" SET number=? WHERE pk=? AND sk=? AND number=?`;
      const written = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
      const read = await client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }));
      const bySk = (items: Record<string, unknown>[] = []) =>
        items.sort((x, y) => (String(x.sk) < String(y.sk) ? -1 : 1));
      return [
        written,
        { ...read, Responses: bySk(read.Responses?.[TableName]) },
        await client.send(
          new BatchExecuteStatementCommand({
            Statements: [
              { Statement: update, Parameters: [1, pk, 'a', -12.5] },
              { Statement: update, Parameters: [1, pk, 'b', 99] },
            ],
          }),
        ),
        await client.send(
          new BatchWriteCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: { pk, sk: 'a' } } }] } }),
        ),
      ];
    });
  });

  it('throws the same error when a condition does not hold, with the item that was found', async () => {
    await both(async (client, pk, TableName) => {
      await client.send(new PutCommand({ TableName, Item: item(pk, 'a') }));
      const again = client.send(
        new PutCommand({
          TableName,
          Item: item(pk, 'a'),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      const error: unknown = await again.catch((reason) => reason);
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { name: error.name, message: error.message, number: error.Item?.number, text: error.Item?.text };
    });
  });

  it('leaves to the SDK what it does not know, and what went wrong', async () => {
    const { data: TableName } = dynamo.tables;
    const Put = { TableName, Item: { pk: 'transaction', sk: 'a' } };
    await fast.send(new TransactWriteCommand({ TransactItems: [{ Put }] }));
    const wrong = fast.send(new GetCommand({ TableName, Key: { pk: 'no sort key' } }));
    await expect(wrong).rejects.toMatchObject({ name: 'ValidationException' });
    const nowhere = fast.send(new GetCommand({ TableName: 'nowhere', Key: { pk: 'a' } }));
    await expect(nowhere).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(sdkRequests).toBe(3);
  });
});

describe('when the service does not answer as it should', () => {
  let server: Server;
  let answers: ('ok' | 'busy' | 'drop' | 'garbage')[] = [];
  const seen: { target: string | undefined; token: string | undefined }[] = [];
  let client: DynamoDBDocumentClient;
  const heard: FastAnswer[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({
        target: request.headers['x-amz-target']?.toString(),
        token: request.headers['x-amz-security-token']?.toString(),
      });
      request.resume();
      const answer = answers.shift() ?? 'ok';
      if (answer === 'drop') {
        request.socket.destroy();
        return;
      }
      response.statusCode = answer === 'busy' ? 400 : 200;
      const busy = {
        __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
        message: 'slow down',
      };
      response.end(
        answer === 'ok' ? '{"Item":{"pk":{"S":"a"}}}' : answer === 'busy' ? JSON.stringify(busy) : 'garbage{',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'session' };
    client = createFastClient(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }), {
      clock: systemClock,
      onAnswer: (answer) => heard.push(answer),
    });
    await client.send(get);
  });
  beforeEach(() => {
    answers = [];
    seen.length = 0;
    heard.length = 0;
  });
  afterAll(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  const get = new GetCommand({ TableName: 't', Key: { pk: 'a' } });

  it.each(['busy', 'drop', 'garbage'] as const)('tries again after %s', async (problem) => {
    answers = [problem];
    expect(await client.send(get)).toMatchObject({ Item: { pk: 'a' } });
    expect(seen.length).toBe(2);
  });

  it('ends with the SDK’s error when it stays busy', async () => {
    answers = Array.from({ length: 20 }, () => 'busy' as const);
    await expect(client.send(get)).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    expect(seen.length).toBeGreaterThan(2);
  });

  it('tells of its answers: when they were asked for, DynamoDB’s time, and what was wrong', async () => {
    answers = ['busy', 'ok'];
    const before = Date.now();
    await client.send(get);
    await client.send(get);
    // Between the two the SDK asked again, with its own middleware.
    expect(heard.map(({ problem }) => problem)).toEqual(['ProvisionedThroughputExceededException', null]);
    for (const { sentAt, date } of heard) {
      expect(sentAt).toBeGreaterThanOrEqual(before);
      expect(Date.parse(date ?? '')).toBeGreaterThan(before - 2000);
    }
  });

  it('sends the session’s token along', async () => {
    await client.send(get);
    expect(seen).toEqual([{ target: 'DynamoDB_20120810.GetItem', token: 'session' }]);
  });
});
