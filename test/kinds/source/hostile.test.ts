import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BAD_TEXTS,
  createWeatherService,
  type Fault,
  type PagingFault,
  retryAfterForms,
  serveWeather,
  type WeatherService,
} from '../../../functions/kinds/source/simulator/index.ts';
import { createAddressGuard } from '../../../functions/platform/http/address-guard.ts';
import { createHttpClient } from '../../../functions/platform/http/http-client.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { SourceClock } from './support/source-clock.ts';
import { ORIGIN, SourceHarness } from './support/source-harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const SECRET = 'canary-7f3a9b2c';
const FIELDS = [{ name: 'temperature', path: 'main.temp', dataType: 'number' }];
const PAGES = { type: 'page', param: 'page', pageSizeParam: 'per_page', pageSize: 10 };
const CURSOR = { type: 'cursor', param: 'cursor', path: 'meta.next_cursor', pageSizeParam: 'limit', pageSize: 10 };
const LINK = { type: 'link', pageSizeParam: 'limit', pageSize: 10 };

function aSource(config: Record<string, unknown>): { harness: SourceHarness; service: WeatherService } {
  const clock = new SourceClock();
  const service = createWeatherService({ clock, keptMs: 3600_000, auth: { type: 'bearer', token: SECRET } });
  const harness = new SourceHarness(db, service, clock, {
    config: { fields: FIELDS, auth: 'bearer', headers: { 'X-Account': 'canary-account' }, ...config },
    credentials: { token: SECRET },
  });
  return { harness, service };
}

async function failure(harness: SourceHarness): Promise<Error> {
  const error = await harness.run().then(
    (result) => new Error(`should have failed, but was ${result.outcome}`),
    (thrown: Error) => thrown,
  );
  expect(`${error.message} ${error.stack}`).not.toContain('canary-');
  return error;
}

describe('a hostile answer on the second page is an error that stores nothing, and the next run is well', () => {
  const faults: [string, Fault, RegExp][] = [
    ['a web page', { type: 'text', text: BAD_TEXTS.html, contentType: 'text/html' }, /web page/],
    ['NaN', { type: 'text', text: BAD_TEXTS.nan }, /NaN/],
    ['a number too large', { type: 'text', text: BAD_TEXTS.overflow }, /too large/],
    ['__proto__', { type: 'text', text: BAD_TEXTS.proto }, /__proto__/],
    ['deep nesting', { type: 'text', text: BAD_TEXTS.deep }, /nested/],
    ['nothing', { type: 'text', text: BAD_TEXTS.empty }, /empty/],
    ['a plain string', { type: 'text', text: BAD_TEXTS.scalar }, /\. should be an array or an object, but is a string/],
    ['half an answer', { type: 'truncated' }, /ended in the middle/],
    ['a huge body', { type: 'huge' }, /larger than/],
    ['a gzip bomb', { type: 'gzip-bomb' }, /larger than/],
    ['a redirect to another origin', { type: 'redirect', location: 'https://elsewhere.example/' }, /redirect/],
    ['its own headers in an error', { type: 'echo' }, /500: received .*redacted.*redacted/],
    ['a flapping server', { type: 'status', status: 502 }, /502/],
    ['silence', { type: 'hang' }, /timeout/],
    ['a cut connection', { type: 'reset' }, /connection/],
  ];
  it.each(faults)('%s', async (_name, fault, message) => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/pages`, pagination: PAGES });
    service.failNext(undefined, fault);
    const error = await failure(harness);
    expect(error.message).toMatch(message);
    expect(service.faultsFired).toBe(1);
    expect(await harness.records()).toEqual([]);
    expect(harness.cursor).toBeNull();
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 35 });
    expect(await harness.records()).toHaveLength(35);
  });
});

describe('a walk without an end stops with an error that says so', () => {
  const walks: [PagingFault, string, Record<string, unknown>, string][] = [
    ['endless', '/v1/pages', PAGES, 'more than 100 pages'],
    ['endless', '/v1/cursor', CURSOR, 'more than 100 pages'],
    ['endless', '/v1/link', LINK, 'more than 100 pages'],
    ['empty-endless', '/v1/cursor', CURSOR, 'more than 100 pages'],
    ['repeating', '/v1/pages', PAGES, 'page 2 of the source repeats an earlier page'],
    ['repeating', '/v1/cursor', CURSOR, 'page 2 of the source repeats an earlier page'],
    ['repeating', '/v1/link', LINK, 'page 2 of the source repeats an earlier page'],
    ['circular', '/v1/cursor', CURSOR, 'leads back to a page it has shown'],
    ['circular', '/v1/link', LINK, 'leads back to a page it has shown'],
    ['off-origin', '/v1/link', LINK, `points to another origin than ${ORIGIN}`],
  ];
  it.each(walks)('%s %s', async (fault, path, pagination, message) => {
    const { harness, service } = aSource({ url: ORIGIN + path, pagination });
    service.pagingFault = fault;
    const error = await failure(harness);
    expect(error.message).toContain(message);
    expect(service.requests.length).toBeLessThanOrEqual(101);
    expect(await harness.items()).toEqual([]);
  });

  it('too many rows', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/link` });
    service.failNext({ type: 'text', text: `[${'0,'.repeat(100_000)}0]` });
    expect((await failure(harness)).message).toContain('more than 100,000 rows');
    expect(await harness.items()).toEqual([]);
  });
});

it('tells an error of GraphQL in its words, without the secret it repeats', async () => {
  const { harness, service } = aSource({ url: `${ORIGIN}/v1/current` });
  harness.integration = {
    ...harness.integration,
    provider: 'graphql',
    config: { url: `${ORIGIN}/graphql`, query: '{ nothing }', auth: 'bearer' },
  };
  expect((await failure(harness)).message).toContain('GraphQL error: Cannot query this field');
  service.failNext({ type: 'text', text: JSON.stringify({ data: { a: [{}] }, errors: { message: 'not in a list' } }) });
  expect((await failure(harness)).message).toContain('GraphQL error: not in a list');
  service.failNext({ type: 'text', text: JSON.stringify({ errors: [{ message: `no right for ${SECRET}` }] }) });
  expect((await failure(harness)).message).toContain('GraphQL error: no right for [redacted]');
});

describe('a rate limit puts the run off and costs no page twice', () => {
  const forms = Object.entries(retryAfterForms(new SourceClock().now()));
  const limited = (value: string | undefined): Fault => ({
    type: 'status',
    status: 429,
    ...(value !== undefined && { headers: { 'retry-after': value } }),
  });
  const pagesOf = (service: WeatherService): unknown[] =>
    service.requests.map(({ url }) => url.searchParams.get('page') ?? url.searchParams.get('cursor')?.length ?? 0);

  it.each(forms)('Retry-After: %s', async (_name, value) => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/pages`, pagination: PAGES });
    service.rows = aWeek();
    service.failNext(undefined, undefined, limited(value));
    expect((await failure(harness)).name).toBe('RetryLater');
    expect(await harness.records()).toEqual([]);
    harness.clock.set(harness.clock.now() + 60_000);
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 35, details: { pages: 4 } });
    expect(await harness.records()).toHaveLength(35);
    // Page 2 once more, to see that the pages still are what they were.
    expect(pagesOf(service)).toEqual(['1', '2', '3', '2', '3', '4', '5']);
  });

  it('goes on at the cursor', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/cursor`, pagination: CURSOR });
    service.rows = aWeek();
    service.failNext(undefined, undefined, limited('1'));
    await failure(harness);
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 35 });
    expect(service.requests).toHaveLength(5);
  });

  it('begins anew when rows have moved to other pages meanwhile', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/pages`, pagination: PAGES });
    service.rows = aWeek();
    service.failNext(undefined, undefined, limited('1'));
    await failure(harness);
    service.rows = aWeek().slice(5);
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 30 });
    expect(pagesOf(service)).toEqual(['1', '2', '3', '2', '1', '2', '3', '4']);
  });
});

const aWeek = (): unknown[] => Array.from({ length: 35 }, (_, index) => ({ id: index, main: { temp: index } }));

describe('over a real socket', () => {
  const guard = createAddressGuard({ allowedPrivateCidrs: ['127.0.0.0/8'] });
  const http = createHttpClient({ guard });
  afterAll(() => http.close());

  it.each([
    ['huge', /larger than/],
    ['gzip-bomb', /larger than/],
  ] as const)('%s', async (type, message) => {
    const clock = new SourceClock();
    const service = createWeatherService({ clock, keptMs: 3600_000 });
    const served = await serveWeather(service);
    try {
      const config = { url: `${served.url}/v1/current`, fields: FIELDS };
      const harness = new SourceHarness(db, service, clock, { config, http });
      service.failNext({ type });
      expect((await failure(harness)).message).toMatch(message);
      expect(await harness.items()).toEqual([]);
      expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 5 });
      expect(await harness.run()).toMatchObject({ details: { unchanged: 'not modified' } });
    } finally {
      await served.close();
    }
  });
});
