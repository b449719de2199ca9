import { type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TABLE_NAMES, type TableName } from '../../../functions/store/tables.ts';
import { createExpirySweep, type ExpirySweep } from '../../../local/dynamodb/expiry-sweep.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const clock = new VirtualClock();
const inSeconds = (seconds: number): number => clock.now() / 1000 + seconds;
let open: TestDynamoDb;
let db: TestDynamoDb;
beforeAll(async () => {
  open = await startTestDynamoDb();
});
afterAll(() => open.close());
beforeEach(async () => {
  db = await startTestDynamoDb();
  return () => db.close();
});

const put = (table: TableName, Item: object): Promise<unknown> =>
  db.client.send(new PutCommand({ TableName: db.tables[table], Item: { ...Item } }));
const left = async (table: TableName): Promise<readonly Record<string, unknown>[]> =>
  (await db.client.send(new ScanCommand({ TableName: db.tables[table] }))).Items ?? [];
const sweepOf = (client: DynamoDBDocumentClient = db.client, page?: number): ExpirySweep =>
  createExpirySweep(db.tables, { client, clock, ...(page !== undefined && { page }) });
async function onceThrough(sweep: ExpirySweep): Promise<void> {
  for (const _ of TABLE_NAMES) await sweep.step();
}

describe('the sweep of expired items', () => {
  it('deletes what is over in every table, and leaves what is not and what never ends', async () => {
    const key: Readonly<Record<TableName, object>> = {
      integrations: {},
      history: { run: 1 },
      data: { sk: 'a' },
      tenants: { sk: 'a' },
      limits: {},
    };
    for (const table of TABLE_NAMES) {
      await put(table, { pk: 'over', ...key[table], expiresAt: inSeconds(0) });
      await put(table, { pk: 'later', ...key[table], expiresAt: inSeconds(1) });
      await put(table, { pk: 'for ever', ...key[table] });
      await put(table, { pk: 'no time', ...key[table], expiresAt: '0' });
    }
    const sweep = sweepOf();
    await onceThrough(sweep);
    for (const table of TABLE_NAMES) {
      expect((await left(table)).map(({ pk }) => pk).sort()).toEqual(['for ever', 'later', 'no time']);
    }
    clock.set(clock.now() + 1_000);
    await onceThrough(sweep);
    for (const table of TABLE_NAMES) {
      expect((await left(table)).map(({ pk }) => pk).sort()).toEqual(['for ever', 'no time']);
    }
  });

  it('leaves an item that is written anew while it sweeps', async () => {
    await put('limits', { pk: 'a', expiresAt: inSeconds(-1) });
    let renewed = 0;
    const renewing = {
      send: async (command: ScanCommand) => {
        const answer = await db.client.send(command);
        if (answer.Items?.length) {
          renewed += 1;
          await put('limits', { pk: 'a', expiresAt: inSeconds(60) });
        }
        return answer;
      },
    } as unknown as DynamoDBDocumentClient;
    await onceThrough(sweepOf(renewing));
    expect(renewed).toBe(1);
    expect(await left('limits')).toEqual([{ pk: 'a', expiresAt: inSeconds(60) }]);
  });

  it('does a page at a time, the oldest runs first, and goes on where it was', async () => {
    for (let run = 5; run >= 1; run--) await put('history', { pk: 'one', run, expiresAt: inSeconds(-run) });
    const sweep = sweepOf(db.client, 2);
    await sweep.step(); // the integrations: none
    const seen: number[][] = [];
    for (let i = 0; i < 3; i++) {
      await sweep.step();
      seen.push((await left('history')).map(({ run }) => Number(run)));
    }
    expect(seen).toEqual([[3, 4, 5], [5], []]);
  });

  it('stops between two items when the system stops, and does the rest next time', async () => {
    for (let run = 1; run <= 3; run++) await put('history', { pk: 'one', run, expiresAt: inSeconds(-1) });
    const stopping = new AbortController();
    const stopAfterOne = {
      send: async (command: ScanCommand) => {
        const answer = await db.client.send(command);
        if (!(command instanceof ScanCommand)) stopping.abort();
        return answer;
      },
    } as unknown as DynamoDBDocumentClient;
    const sweep = sweepOf(stopAfterOne);
    await sweep.step();
    expect(await sweep.step(stopping.signal)).toBe(1);
    expect(await left('history')).toHaveLength(2);
    await sweep.step();
    expect(await left('history')).toEqual([]);
  });
});
