import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWeatherService,
  OBSERVATIONS_QUERY,
  type SimulatedAuth,
  type WeatherService,
} from '../../../functions/kinds/source/simulator/index.ts';
import type { Credentials } from '../../../functions/model/credentials.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { SourceClock } from './support/source-clock.ts';
import { ORIGIN, SourceHarness } from './support/source-harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const HOUR = 3600_000;
const FIELDS = [
  { name: 'temperature', path: 'main.temp', dataType: 'number' },
  { name: 'gust', path: 'wind.gust', dataType: 'number' },
  { name: 'station', path: 'station.code', dataType: 'string' },
];

function weather(options: { auth?: SimulatedAuth; keptMs?: number; stations?: number } = {}): {
  clock: SourceClock;
  service: WeatherService;
} {
  const clock = new SourceClock();
  return { clock, service: createWeatherService({ clock, keptMs: 4 * HOUR, ...options }) };
}

/** Rows × fields found: gust is null at most times. */
const valuesIn = (rows: readonly { wind: { gust: number | null } }[]): number =>
  rows.reduce((sum, row) => sum + (row.wind.gust === null ? 2 : 3), 0);

describe('pages', () => {
  const rest = [
    ['page', { type: 'page', param: 'page', pageSizeParam: 'per_page', pageSize: 30 }, '/v1/pages'],
    ['cursor', { type: 'cursor', param: 'cursor', path: 'meta.next_cursor' }, '/v1/cursor'],
    ['link', { type: 'link', pageSizeParam: 'limit', pageSize: 30 }, '/v1/link'],
  ] as const;

  it.each(rest)('reads all of them by %s', async (_type, pagination, path) => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, {
      config: { url: ORIGIN + path, pagination, fields: FIELDS },
    });
    const result = await harness.run();
    const stations = (await harness.records()).filter(({ field }) => field === 'station');
    // 5 stations, every 10 minutes for 4 hours, both ends included.
    expect(stations).toHaveLength(5 * 25);
    expect(result).toMatchObject({ outcome: 'success', details: { rows: 125 } });
    expect(result.recordsCount).toBe((await harness.records()).length);
    const requested = new Set(service.requests.map(({ url }) => url.href));
    expect(requested.size).toBe(service.requests.length);
  });

  it('reads all of them by a GraphQL cursor, and stops at hasNextPage although there is an endCursor', async () => {
    const { clock, service } = weather();
    const config = {
      url: '/graphql',
      query: OBSERVATIONS_QUERY,
      variables: { first: 1 },
      pagination: {
        type: 'cursor',
        param: 'after',
        path: 'data.observations.pageInfo.endCursor',
        pageSizeParam: 'first',
        pageSize: 40,
      },
      fields: [{ name: 'temperature', path: 'node.main.temp', dataType: 'number' }],
    };
    const harness = new SourceHarness(db, service, clock, { config, provider: 'graphql', baseUrl: ORIGIN });
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 125, details: { pages: 4 } });
    expect(service.requests).toHaveLength(4);
    expect(await harness.records()).toHaveLength(125);
  });

  it('reads exactly a hundred pages, and takes one more for an error that stores nothing', async () => {
    const { clock, service } = weather({ keptMs: 0, stations: 200 });
    const pagination = { type: 'page', param: 'page', pageSizeParam: 'per_page', pageSize: 2 };
    const harness = new SourceHarness(db, service, clock, {
      config: { url: `${ORIGIN}/v1/pages`, pagination, fields: FIELDS },
    });
    expect(await harness.run()).toMatchObject({ outcome: 'success', details: { pages: 100, rows: 200 } });

    const more = weather({ keptMs: 0, stations: 201 });
    const other = new SourceHarness(db, more.service, more.clock, { config: harness.integration.config });
    await expect(other.run()).rejects.toThrow('more than 100 pages');
    expect(await other.items()).toEqual([]);
  });

  it('takes a 404 behind the first page for the end', async () => {
    const { clock, service } = weather({ keptMs: 0 });
    service.failNext(undefined, { type: 'status', status: 404 });
    const config = { url: `${ORIGIN}/v1/pages`, pagination: { type: 'page', param: 'page' }, fields: FIELDS };
    const harness = new SourceHarness(db, service, clock, { config });
    expect(await harness.run()).toMatchObject({ outcome: 'success', details: { rows: 5 } });
    expect(service.faultsFired).toBe(1);
  });
});

describe('requests', () => {
  const auths: [SimulatedAuth, Record<string, unknown>, Credentials][] = [
    [{ type: 'none' }, {}, {}],
    [{ type: 'apiKey', header: 'X-API-Key', key: 'canary-key-1' }, { auth: 'apiKey' }, { apiKey: 'canary-key-1' }],
    [
      { type: 'apiKey', header: 'X-Weather', key: 'canary-key-2' },
      { auth: 'apiKey', authHeader: 'X-Weather' },
      { apiKey: 'canary-key-2' },
    ],
    [{ type: 'bearer', token: 'canary-token' }, { auth: 'bearer' }, { token: 'canary-token' }],
    [
      { type: 'basic', username: 'ада', password: 'canary:pass' },
      { auth: 'basic' },
      { username: 'ада', password: 'canary:pass' },
    ],
  ];
  it.each(auths)('sign in: %j', async (auth, config, credentials) => {
    const { clock, service } = weather({ auth });
    const options = { config: { url: `${ORIGIN}/v1/current`, fields: FIELDS, ...config }, credentials };
    const harness = new SourceHarness(db, service, clock, options);
    expect(await harness.run()).toMatchObject({ outcome: 'success', details: { rows: 5 } });
  });

  it('says what to do when the credentials are refused, without showing them', async () => {
    const { clock, service } = weather({ auth: { type: 'bearer', token: 'right' } });
    const config = { url: `${ORIGIN}/v1/current`, auth: 'bearer', fields: FIELDS };
    const harness = new SourceHarness(db, service, clock, { config, credentials: { token: 'canary-wrong' } });
    await expect(harness.run()).rejects.toMatchObject({
      name: 'PermanentError',
      about: 'auth',
      message: `${ORIGIN}/v1/current answered 401: unauthorized: check the credentials for auth bearer`,
    });
  });

  it('sends a body with POST', async () => {
    const { clock, service } = weather();
    const config = { url: `${ORIGIN}/v1/search`, method: 'POST', body: { station: 'WX-002' }, fields: FIELDS };
    const harness = new SourceHarness(db, service, clock, { config });
    expect(await harness.run()).toMatchObject({ outcome: 'success', details: { rows: 25 } });
    expect(service.requests[0]?.headers['content-type']).toBe('application/json');
  });

  it('takes an object without a list for one row, and every scalar when no fields are configured', async () => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, { config: { url: `${ORIGIN}/v1/report` } });
    expect(await harness.run()).toMatchObject({ recordsCount: 2 });
    expect((await harness.records()).map(({ field, value }) => [field, value])).toEqual([
      ['generated', '2026-01-01T00:00:00.000Z'],
      ['totals.observations', 125],
    ]);
  });

  it('tells what it left out when no fields are configured', async () => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, { config: { url: `${ORIGIN}/v1/current` } });
    const wide = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${i}`, i]));
    for (const [row, recordsCount, words] of [
      [wide, 100, 'row 1: has more than 100 fields: choose them with config.fields'],
      [{ long: 'x'.repeat(40_000), short: 1 }, 1, 'row 1: long should be a value that can be stored, but is longer'],
    ] as const) {
      service.rows = [row];
      const result = await harness.run();
      expect(result).toMatchObject({ outcome: 'partial', recordsCount, message: expect.stringContaining(words) });
      clock.set(clock.now() + HOUR);
    }
  });
});

describe('values', () => {
  it('belong to the slot of their run, and several rows at one time stand side by side', async () => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, { config: { url: `${ORIGIN}/v1/current`, fields: FIELDS } });
    const slot = clock.now() - 1234;
    const result = await harness.run({ slot });
    const records = await harness.records();
    expect(new Set(records.map(({ at }) => at))).toEqual(new Set([new Date(slot).toISOString()]));
    expect(records.filter(({ field }) => field === 'station').map(({ value }) => value)).toEqual([
      'WX-001',
      'WX-002',
      'WX-003',
      'WX-004',
      'WX-005',
    ]);
    expect(result.recordsCount).toBe(records.length);
  });

  it('belong to the time of their row where the increment is a date', async () => {
    const { clock, service } = weather();
    const config = {
      url: `${ORIGIN}/v1/observations`,
      incremental: { param: 'since', path: 'observedAt' },
      fields: FIELDS,
    };
    const harness = new SourceHarness(db, service, clock, { config });
    await harness.run();
    const records = await harness.records();
    expect(records[0]?.at).toBe('2025-12-31T20:00:00.000Z');
    expect(records.at(-1)?.at).toBe('2026-01-01T00:00:00.000Z');
  });

  it('of a wrong type are left out and told, and cost neither their row nor their batch-mates', async () => {
    const { clock, service } = weather();
    service.rows = [
      { main: { temp: 'n/a' }, station: { code: 'A' } },
      null,
      { main: { temp: '3.5' }, station: { code: 'B' } },
      'canary-text',
    ];
    const harness = new SourceHarness(db, service, clock, { config: { url: `${ORIGIN}/v1/link`, fields: FIELDS } });
    expect(await harness.run()).toMatchObject({
      outcome: 'partial',
      recordsCount: 3,
      message: '1 value and 2 rows could not be used; page 1, row 1: main.temp should be a number, but is a string',
      details: { badValues: 1, badRows: 2, fieldsNotFound: 'gust' },
    });
    expect((await harness.records()).map(({ value }) => value)).toEqual(['A', 'B', 3.5]);
  });

  it('that are nowhere to be found are an error, not an empty success', async () => {
    const { clock, service } = weather();
    const fields = [{ name: 'pressure', path: 'main.presure', dataType: 'number' }];
    const harness = new SourceHarness(db, service, clock, { config: { url: `${ORIGIN}/v1/current`, fields } });
    await expect(harness.run()).rejects.toThrow('none of the fields was found in the 5 rows: pressure');
  });
});

it('counts rows times fields found', async () => {
  const { clock, service } = weather();
  const harness = new SourceHarness(db, service, clock, { config: { url: `${ORIGIN}/v1/current`, fields: FIELDS } });
  const { recordsCount } = await harness.run();
  const current = service.handle({ method: 'GET', url: new URL(`${ORIGIN}/v1/current`), headers: {}, body: '' });
  expect(recordsCount).toBe(valuesIn(JSON.parse(String(current.body))));
});
