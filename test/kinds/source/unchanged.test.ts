import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWeatherService,
  OBSERVATIONS_QUERY,
  type WeatherService,
} from '../../../functions/kinds/source/simulator/index.ts';
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

function weather(): { clock: SourceClock; service: WeatherService } {
  const clock = new SourceClock();
  return { clock, service: createWeatherService({ clock, keptMs: 4 * HOUR }) };
}

describe('what has not changed', () => {
  it('is recognised by its ETag and stored once', async () => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, { config: { url: `${ORIGIN}/v1/current`, fields: FIELDS } });
    const first = await harness.run();
    const items = await harness.items();
    clock.set(clock.now() + 60_000);
    expect(await harness.run()).toMatchObject({
      outcome: 'success',
      recordsCount: 0,
      details: { unchanged: 'not modified' },
    });
    expect(service.requests[1]?.headers['if-none-match']).toMatch(/^"/);
    expect(await harness.items()).toEqual(items);
    expect(await harness.records()).toHaveLength(first.recordsCount ?? -1);

    clock.set(clock.now() + HOUR);
    expect(await harness.run()).toMatchObject({
      recordsCount: expect.any(Number),
      details: { unchanged: null, rows: 5 },
    });
    expect(await harness.items()).toHaveLength(2);
  });

  it('is recognised by its content where there is no ETag', async () => {
    const { clock, service } = weather();
    const pagination = { type: 'page', param: 'page' };
    const harness = new SourceHarness(db, service, clock, {
      config: { url: `${ORIGIN}/v1/pages`, pagination, fields: FIELDS },
    });
    service.rows = [{ main: { temp: 1 } }, { main: { temp: 2 } }];
    await harness.run();
    clock.set(clock.now() + HOUR);
    expect(await harness.run()).toMatchObject({ recordsCount: 2, details: { unchanged: 'same content' } });
    expect(await harness.items()).toHaveLength(1);
    service.rows = [{ main: { temp: 1 } }, { main: { temp: 3 } }];
    expect(await harness.run()).toMatchObject({ recordsCount: 2 });
  });

  it('is stored anew when a person has asked for other fields', async () => {
    const { clock, service } = weather();
    const config = { url: `${ORIGIN}/v1/current`, fields: FIELDS.slice(0, 1) };
    const harness = new SourceHarness(db, service, clock, { config });
    await harness.run();
    harness.integration = { ...harness.integration, config: { ...config, fields: FIELDS } };
    clock.set(clock.now() + 60_000);
    await harness.run();
    expect((await harness.records()).filter(({ field }) => field === 'station')).toHaveLength(5);
  });
});

describe('an incremental source', () => {
  const byTime = {
    url: `${ORIGIN}/v1/observations`,
    incremental: { param: 'since', path: 'observedAt' },
    fields: FIELDS,
  };

  it('is asked for what is new, and the row at the edge is stored once', async () => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, { config: byTime });
    await harness.run();
    clock.set(clock.now() + HOUR);
    expect(await harness.run()).toMatchObject({ details: { rows: 35, rowsKnown: 5 } });
    expect(service.requests[1]?.url.searchParams.get('since')).toBe('2026-01-01T00:00:00.000Z');
    const stations = (await harness.records()).filter(({ field }) => field === 'station');
    expect(stations).toHaveLength(31 * 5);
    expect(new Set(stations.map(({ at, value }) => `${at} ${value}`)).size).toBe(31 * 5);
    clock.set(clock.now() + 60_000);
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 0 });
  });

  it('stores late rows, and changes nothing when a window is read again', async () => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, { config: byTime });
    const row = (observedAt: string, temp: number): unknown => ({ observedAt, main: { temp } });
    const early = row('2026-01-01T08:00:00Z', 1);
    const last = row('2026-01-01T10:00:00Z', 2);
    service.rows = [early, last];
    await harness.run();
    const { cursor } = harness;
    service.rows = [last, row('2026-01-01T10:00:00Z', 3)];
    await harness.run();
    // The source forgets what it was asked and sends all, with a late row in between.
    harness.cursor = cursor;
    service.rows = undefined;
    service.failNext({ type: 'text', text: JSON.stringify({ items: [early, row('2026-01-01T09:00:00Z', 9), last] }) });
    expect(await harness.run()).toMatchObject({ recordsCount: 1 });
    expect((await harness.records()).map(({ at, value }) => [at.slice(11, 13), value])).toEqual([
      ['08', 1],
      ['09', 9],
      ['10', 2],
      ['10', 3],
    ]);
  });

  it('keeps rows that are equal in all that is stored', async () => {
    const { clock, service } = weather();
    const fields = [{ name: 't', path: 'main.temp', dataType: 'number' }];
    const harness = new SourceHarness(db, service, clock, { config: { ...byTime, fields } });
    const row = { observedAt: '2026-01-01T08:00:00Z', main: { temp: 20 } };
    service.rows = [
      { ...row, id: 1 },
      { ...row, id: 2 },
    ];
    expect(await harness.run()).toMatchObject({ recordsCount: 2 });
    expect(await harness.records()).toHaveLength(2);
  });

  it('counts by id as well, past what a number holds, and never goes back', async () => {
    const { clock, service } = weather();
    const config = {
      url: `${ORIGIN}/v1/observations`,
      incremental: { param: 'since', path: 'id' },
      fields: [{ name: 'id', path: 'id', dataType: 'string' }],
    };
    const harness = new SourceHarness(db, service, clock, { config });
    const answer = (text: string): void => service.failNext({ type: 'text', text });
    answer('{"items":[{"id":12345678901234567891},{"id":9}]}');
    await harness.run();
    answer('{"items":[{"id":5}]}');
    await harness.run();
    answer('{"items":[]}');
    await harness.run();
    expect(service.requests.at(-1)?.url.searchParams.get('since')).toBe('12345678901234567891');
    expect((await harness.records()).map(({ value }) => value)).toEqual(['12345678901234567891', '9', '5']);
  });

  it('gives a GraphQL query its increment as a variable', async () => {
    const { clock, service } = weather();
    const config = {
      url: `${ORIGIN}/graphql`,
      query: OBSERVATIONS_QUERY,
      pagination: { type: 'cursor', param: 'after', path: 'data.observations.pageInfo.endCursor' },
      incremental: { param: 'since', path: 'node.observedAt' },
      fields: [{ name: 'temperature', path: 'node.main.temp', dataType: 'number' }],
    };
    const harness = new SourceHarness(db, service, clock, { config, provider: 'graphql' });
    await harness.run();
    expect(await harness.run()).toMatchObject({ recordsCount: 0, details: { rowsKnown: 5 } });
    const variables = service.requests.map(({ body }) => JSON.parse(body).variables);
    expect(variables.at(-1)).toEqual({ since: '2026-01-01T00:00:00.000Z' });
    expect(await harness.records()).toHaveLength(125);
  });

  it('begins anew when another question is asked', async () => {
    const { clock, service } = weather();
    const harness = new SourceHarness(db, service, clock, { config: byTime });
    await harness.run();
    harness.integration = { ...harness.integration, config: { ...byTime, url: `${ORIGIN}/v1/link` } };
    await harness.run();
    expect(service.requests[1]?.url.search).toBe('');
  });
});
