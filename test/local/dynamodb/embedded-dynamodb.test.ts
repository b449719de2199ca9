import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tableNames } from '../../../functions/store/tables.ts';
import { startEmbeddedDynamoDb } from '../../../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../../../local/dynamodb/ensure-tables.ts';
import { livingMembers, runScript } from '../../support/child-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'driftless-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the embedded DynamoDB', () => {
  it('answers on a port of its own as soon as it is there', async () => {
    const [one, other] = await Promise.all([startEmbeddedDynamoDb(), startEmbeddedDynamoDb()]);
    expect(one.endpoint).not.toBe(other.endpoint);
    for (const engine of [one, other]) {
      const client = new DynamoDBClient({ ...engine.clientConfig, maxAttempts: 1 });
      expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
      client.destroy();
    }
    await Promise.all([one.close(), other.close()]);
    expect([...livingMembers(one.pid), ...livingMembers(other.pid)]).toEqual([]);
  });

  it('keeps its data in a directory that has one user at a time', async () => {
    const first = await startEmbeddedDynamoDb({ dataDir: folder });
    await expect(startEmbeddedDynamoDb({ dataDir: folder })).rejects.toThrow(/in use by process/);
    const writer = new DynamoDBClient(first.clientConfig);
    const names = await ensureTables(writer, 'kept');
    await DynamoDBDocumentClient.from(writer).send(
      new PutCommand({ TableName: names.limits, Item: { pk: 'a', n: 1 } }),
    );
    writer.destroy();
    await first.close();

    const second = await startEmbeddedDynamoDb({ dataDir: folder });
    const reader = DynamoDBDocumentClient.from(new DynamoDBClient(second.clientConfig));
    const found = await reader.send(new GetCommand({ TableName: names.limits, Key: { pk: 'a' } }));
    expect(found.Item).toEqual({ pk: 'a', n: 1 });
    reader.destroy();
    await second.close();
  });

  it('does not outlive a process that was killed', async () => {
    const owner = runScript(
      `import { startEmbeddedDynamoDb } from './local/dynamodb/embedded-dynamodb.ts';
       const engine = await startEmbeddedDynamoDb({ dataDir: process.env.DIRECTORY });
       console.log(engine.pid);
       setInterval(() => {}, 1000);`,
      { DIRECTORY: folder },
    );
    const group = Number(await owner.nextLine());
    expect(livingMembers(group).length).toBeGreaterThan(0);
    await owner.killHard();
    await expect.poll(() => livingMembers(group), { timeout: 2_000, interval: 10 }).toEqual([]);
    const next = await startEmbeddedDynamoDb({ dataDir: folder });
    await next.close();
  });

  it('does not keep a process alive that forgot to close it', async () => {
    const forgetful = runScript(
      `import { startEmbeddedDynamoDb } from './local/dynamodb/embedded-dynamodb.ts';
       console.log((await startEmbeddedDynamoDb()).pid);`,
    );
    const group = Number(await forgetful.nextLine());
    await expect.poll(() => forgetful.process.exitCode, { timeout: 5_000, interval: 10 }).toBe(0);
    await expect.poll(() => livingMembers(group), { timeout: 2_000, interval: 10 }).toEqual([]);
  });

  it('tells its owner when it ends unasked', async () => {
    const ended = Promise.withResolvers<string>();
    const engine = await startEmbeddedDynamoDb({ dataDir: folder, onUnexpectedEnd: ended.resolve });
    process.kill(-engine.pid, 'SIGKILL');
    expect(await ended.promise).toMatch(/ended unexpectedly \(signal SIGKILL\)/);
    const next = await startEmbeddedDynamoDb({ dataDir: folder });
    await next.close();
  });

  it('says why it did not start', async () => {
    const command = { file: '/bin/sh', args: ['-c', 'echo "no such option" >&2; exit 3'], origin: 'PATH' };
    await expect(startEmbeddedDynamoDb({ command })).rejects.toThrow(/did not start: exit code 3\. no such option/);
  });
});

describe('the tables', () => {
  it('are created once, whoever asks again', async () => {
    const engine = await startEmbeddedDynamoDb();
    const client = new DynamoDBClient(engine.clientConfig);
    const names = await ensureTables(client, 'a');
    expect(names).toEqual(tableNames('a'));
    expect(await ensureTables(client, 'a')).toEqual(names);
    await ensureTables(client, 'b');
    const { TableNames } = await client.send(new ListTablesCommand({}));
    expect(TableNames?.sort()).toEqual([...Object.values(names), ...Object.values(tableNames('b'))].sort());
    client.destroy();
    await engine.close();
  });

  it('in another shape are an error that says what to do', async () => {
    const engine = await startEmbeddedDynamoDb();
    const client = new DynamoDBClient(engine.clientConfig);
    await client.send(
      new CreateTableCommand({
        TableName: 'old-history',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    await expect(ensureTables(client, 'old')).rejects.toThrow(/old-history is there with another key.*empty data/);
    client.destroy();
    await engine.close();
  });
});
