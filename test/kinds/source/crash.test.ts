import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRows } from '../../../functions/kinds/source/records.ts';
import { createWeatherService, type WeatherService } from '../../../functions/kinds/source/simulator/index.ts';
import { DAY_MS, storeBatch, storeDated, type TimedRow } from '../../../functions/kinds/source/store.ts';
import { LeaseLost, UpstreamError } from '../../../functions/model/failure.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { SourceClock } from './support/source-clock.ts';
import { Crash, ORIGIN, SourceHarness } from './support/source-harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const FIELDS = [
  { name: 'id', path: 'id', dataType: 'number' },
  { name: 'temperature', path: 'main.temp', dataType: 'number' },
];
const PAGES = { type: 'page', param: 'page', pageSizeParam: 'per_page', pageSize: 10 };
const SINCE = { param: 'since', path: 'observedAt' };

function aSource(config: Record<string, unknown>): { harness: SourceHarness; service: WeatherService } {
  const clock = new SourceClock();
  const service = createWeatherService({ clock });
  // Fixed, unlike the weather: nothing moves to another page while time passes.
  service.rows = Array.from({ length: 35 }, (_, id) => ({
    id,
    observedAt: new Date(clock.now() - (35 - id) * 60_000).toISOString(),
    main: { temp: id / 2 },
  }));
  return { service, harness: new SourceHarness(db, service, clock, { config: { fields: FIELDS, ...config } }) };
}

describe('a worker that dies between any two calls stores nothing twice', () => {
  const sources = [
    ['rows of the slot', { url: `${ORIGIN}/v1/pages`, pagination: PAGES }, 0],
    ['rows with a time of their own', { url: `${ORIGIN}/v1/pages`, pagination: PAGES, incremental: SINCE }, 0],
    ['in several slices', { url: `${ORIGIN}/v1/pages`, pagination: PAGES, incremental: SINCE }, 15_000],
  ] as const;
  it.each(sources)('%s', async (_name, config, latencyMs) => {
    const { harness: calm } = aSource(config);
    calm.latencyMs = latencyMs;
    await calm.run();
    const { calls } = calm;
    const wanted = await calm.records();
    const pagesOf = async (harness: SourceHarness): Promise<string[]> =>
      (await harness.items()).map(({ sk }) => sk).filter((sk) => sk.startsWith('value#'));
    const stored = await pagesOf(calm);
    expect(wanted).toHaveLength(70);
    expect(calls).toBeGreaterThan(5);

    for (let at = 1; at <= calls; at += 1) {
      for (const when of ['before', 'after'] as const) {
        const { harness } = aSource(config);
        harness.latencyMs = latencyMs;
        harness.crash = { at, when };
        const slot = harness.clock.now();
        await expect(harness.run({ slot })).rejects.toBeInstanceOf(Crash);
        harness.crash = undefined;
        expect(await harness.run({ slot })).toMatchObject({ outcome: 'success' });
        expect(await harness.records()).toEqual(wanted);
        harness.clock.set(slot + 60_000);
        const again = await harness.run();
        expect(again.outcome).toBe('success');
        // Counted as they stand where the answer is the same; rows with a time of their own are known one by one.
        expect(again.recordsCount).toBe(again.details.unchanged === null ? 0 : wanted.length);
        expect(await harness.records()).toEqual(wanted);
        expect(await pagesOf(harness)).toEqual(stored);
      }
    }
  });

  it('also when the source answers otherwise the second time', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/link` });
    service.rows = [{ id: 1, main: { temp: 1 } }];
    const slot = harness.clock.now();
    harness.crash = { at: 2, when: 'after' };
    await expect(harness.run({ slot })).rejects.toBeInstanceOf(Crash);
    expect(await harness.records()).toHaveLength(2);
    harness.crash = undefined;
    service.rows = [{ id: 2, main: { temp: 2 } }];
    expect(await harness.run({ slot })).toMatchObject({ recordsCount: 2 });
    expect((await harness.records()).map(({ value }) => value)).toEqual([2, 2]);
  });
});

describe('a walk longer than a slice', () => {
  it('goes on in another, shows nothing until it is done, and reads no page twice', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/pages`, pagination: PAGES });
    harness.latencyMs = 9000;
    const begunAt = harness.clock.now();
    expect(await harness.run()).toMatchObject({
      outcome: 'success',
      recordsCount: 70,
      details: { pages: 4, rows: 35 },
    });
    expect(harness.slices).toBe(2);
    expect(service.requests.map(({ url }) => url.searchParams.get('page'))).toEqual(['1', '2', '3', '4', '5']);
    expect(new Set((await harness.records()).map(({ at }) => Date.parse(at)))).toEqual(new Set([begunAt]));
  });

  it.each([
    ['goes on where it was when the source has failed for a while', 60_000, ['1', '2', '3', '2', '3', '4', '5']],
    ['begins anew when that was hours ago', 2 * 3600_000, ['1', '2', '3', '1', '2', '3', '4', '5']],
  ])('%s', async (_name, pause, requests) => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/pages`, pagination: PAGES });
    service.failNext(undefined, undefined, { type: 'status', status: 503 });
    await expect(harness.run()).rejects.toBeInstanceOf(UpstreamError);
    harness.clock.set(harness.clock.now() + pause);
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 70 });
    expect(service.requests.map(({ url }) => url.searchParams.get('page'))).toEqual(requests);
  });

  it('begins anew when what was set aside is gone', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/cursor`, pagination: { ...CURSOR } });
    service.failNext(undefined, { type: 'status', status: 503 });
    await expect(harness.run()).rejects.toBeInstanceOf(UpstreamError);
    harness.checkpoint = { ...(harness.checkpoint as object), staged: ['stage#gone#0000'] };
    await expect(harness.run()).rejects.toThrow('it begins again');
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 70 });
  });
});

const CURSOR = { type: 'cursor', param: 'cursor', path: 'meta.next_cursor', pageSizeParam: 'limit', pageSize: 10 };

describe('pages in the store', () => {
  const place = (pk: string) => ({ data: { client: db.client, tableName: db.tables.data }, pk, now: 0 });
  const rows = (at: number, ...values: number[]): TimedRow[] => values.map((v) => ({ at, values: [['v', v]] }));
  const shown = async (pk: string, from = 0, skip = 0): Promise<unknown[]> => {
    const values: unknown[] = [];
    for await (const row of readRows({ from, to: null, skip, span: DAY_MS }, place(pk)))
      values.push(row.values[0]?.[1]);
    return values;
  };

  it('refuse an old holder that wakes up after a newer run has stored the same', async () => {
    const batch = { slot: 1000, readFrom: '', retentionDays: null };
    await storeBatch(rows(1000, 1), { ...batch, token: 7 }, place('t#fence'));
    await expect(storeBatch(rows(1000, 1), { ...batch, token: 6 }, place('t#fence'))).rejects.toBeInstanceOf(LeaseLost);
    await storeBatch(rows(1000, 2), { ...batch, token: 5 }, place('t#fence'));
    expect(await shown('t#fence')).toEqual([1]);
  });

  it('show both of two runs at one time that read on from different cursors', async () => {
    await storeBatch(rows(1000, 1), { slot: 1000, readFrom: '', token: 1, retentionDays: null }, place('t#both'));
    await storeBatch(rows(1000, 2), { slot: 1000, readFrom: '1', token: 2, retentionDays: null }, place('t#both'));
    expect(await shown('t#both')).toEqual([1, 2]);
  });

  it('show a batch only when all its parts are there', async () => {
    const many = Array.from({ length: 4500 }, (_, v) => v);
    await storeBatch(
      rows(1000, ...many),
      { slot: 1000, readFrom: '', token: 1, retentionDays: null },
      place('t#parts'),
    );
    expect(await shown('t#parts')).toEqual(many);
    expect(await shown('t#parts', 1000, 4321)).toEqual(many.slice(4321));
    const { Items: parts = [] } = await db.client.send(
      new QueryCommand({
        TableName: db.tables.data,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': 't#parts' },
      }),
    );
    expect(parts).toHaveLength(3);
    await db.client.send(new DeleteCommand({ TableName: db.tables.data, Key: { pk: 't#parts', sk: parts[1]?.sk } }));
    expect(await shown('t#parts')).toEqual([]);
  });

  it('are found by any time between their first and their last row', async () => {
    const day = Array.from({ length: 48 }, (_, half) => rows(half * 1800_000, half)).flat();
    expect(await storeDated(day, { token: 1, retentionDays: null }, place('t#span'))).toBe(47 * 1800_000);
    expect(await shown('t#span', 40 * 1800_000)).toEqual([40, 41, 42, 43, 44, 45, 46, 47]);
  });

  it('hold rows from before 1970', async () => {
    await storeDated(
      [...rows(-5000, 1), ...rows(-90 * 365 * DAY_MS, 0)],
      { token: 1, retentionDays: null },
      place('t#old'),
    );
    expect(await shown('t#old', -100 * 365 * DAY_MS)).toEqual([0, 1]);
  });
});
