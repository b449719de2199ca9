import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answered,
  aCarrier,
  aRegister,
  type Caller,
  pathsOf,
  startTestApi,
  type TestApi,
} from './support/test-api.ts';

let api: TestApi;
let operator: Caller;
let tenants = 0;
let tenant: string;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(() => {
  tenant = `t${++tenants}`;
  operator = api.as(tenant, 'operator');
  api.sent.length = 0;
  api.queue.refuses = false;
});

const create = async (body: Record<string, unknown> = aCarrier()): Promise<Answered> => {
  const answer = await operator('POST', '/api/integrations', { body });
  expect(answer.text).toContain('"id"');
  return answer.body;
};

describe('listing integrations', () => {
  const list = (query: Record<string, string> = {}) => operator('GET', '/api/integrations', { query });
  const namesOf = (body: Answered): string[] =>
    (body.integrations as unknown as { name: string }[]).map(({ name }) => name);

  it('pages through all of them, oldest first, each once', async () => {
    for (let i = 1; i <= 5; i++) await create(aCarrier({ name: `number ${i}` }));
    const first = await list({ limit: '2' });
    const second = await list({ limit: '2', cursor: String(first.body.nextCursor) });
    const third = await list({ limit: '2', cursor: String(second.body.nextCursor) });
    expect([first, second, third].flatMap(({ body }) => namesOf(body))).toEqual(
      [1, 2, 3, 4, 5].map((i) => `number ${i}`),
    );
    expect(third.body.nextCursor).toBeNull();
    expect((await list({ limit: '5' })).body.nextCursor).toBeNull();
  });

  it('fills a page although a filter leaves out what lies between', async () => {
    for (let i = 1; i <= 9; i++) await create(i % 3 === 0 ? aRegister({ name: `till ${i}` }) : aCarrier());
    const first = await list({ kind: 'receipts', limit: '2' });
    expect(namesOf(first.body)).toEqual(['till 3', 'till 6']);
    const rest = await list({ kind: 'receipts', limit: '2', cursor: String(first.body.nextCursor) });
    expect(namesOf(rest.body)).toEqual(['till 9']);
    expect(rest.body.nextCursor).toBeNull();
  });

  it('filters by status and by text, whatever its case', async () => {
    await create(aCarrier({ name: 'Trucks North' }));
    await create(aCarrier({ name: 'Trucks South', accountId: 'ORG-9' }));
    expect(namesOf((await list({ q: 'north' })).body)).toEqual(['Trucks North']);
    expect(namesOf((await list({ q: 'org-9' })).body)).toEqual(['Trucks South']);
    expect(namesOf((await list({ status: 'error' })).body)).toEqual([]);
    expect(namesOf((await list({ status: 'pending', kind: '', q: '' })).body)).toHaveLength(2);
  });

  it('filters by health as it is at this moment', async () => {
    await create(aCarrier({ name: 'Due', syncInterval: 3600 }));
    await create(aCarrier({ name: 'By hand', syncInterval: null }));
    expect(namesOf((await list({ health: 'grey' })).body)).toEqual(['Due', 'By hand']);
    await api.clock.advance(2 * 3_600_000);
    expect(namesOf((await list({ health: 'yellow' })).body)).toEqual(['Due']);
    expect(namesOf((await list({ health: 'grey' })).body)).toEqual(['By hand']);
    expect(namesOf((await list({ health: 'red' })).body)).toEqual([]);
  });

  it('adds recent outcomes when they are asked for', async () => {
    await create();
    expect((await list({ include: 'recent' })).body.integrations).toMatchObject([
      { recent: [], lastRecordsCount: null, lastDurationMs: null },
    ]);
    expect((await list()).body.integrations?.[0]).not.toHaveProperty('recent');
  });

  it('answers 304 to who has it already', async () => {
    // The engine gives the names of an object back in another order each time.
    const extra = Object.fromEntries([...'abcdefgh'].map((name) => [name, { one: 1, two: 2, three: 3 }]));
    await create(aCarrier({ config: { extra } }));
    const { headers } = await list();
    const get = (etag = '') => operator('GET', '/api/integrations', { headers: { 'If-None-Match': etag } });
    const unchanged = await get(headers.etag);
    expect([unchanged.status, unchanged.text, unchanged.headers.etag]).toEqual([304, '', headers.etag]);
    expect((await get(`W/${headers.etag}, "other"`)).status).toBe(304);
    await create();
    expect((await get(headers.etag)).status).toBe(200);
  });

  it.each([
    [{ limit: '101' }, ['limit']],
    [{ limit: '0', status: 'fine', health: 'blue' }, ['limit', 'status', 'health']],
    [{ limit: 'many' }, ['limit']],
    [{ cursor: 'made up!' }, ['cursor']],
    [{ kind: 'boat', include: 'all' }, ['kind', 'include']],
  ])('refuses %j', async (query, paths) => {
    const answer = await list(query);
    expect(answer.status).toBe(400);
    expect(pathsOf(answer).sort()).toEqual([...paths].sort());
  });
});
