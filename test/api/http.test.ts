import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../functions/api/api.ts';
import { toErrorAnswer } from '../../functions/api/error-answer.ts';
import { LeaseLost, PermanentError, RetryLater, UpstreamError } from '../../functions/model/failure.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { aCarrier, anEvent, pathsOf, startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(() => {
  api.logged.length = 0;
});

describe('who calls', () => {
  const as = (claims: Record<string, unknown> | null) => api.as('unused', 'unused')('GET', '/api/events', { claims });

  it.each<[string, Record<string, unknown> | null, number]>([
    ['no token', null, 401],
    ['a token without a tenant', { role: 'operator' }, 401],
    ['a tenant that is no tenant id', { tenant_id: 'a#b', role: 'operator' }, 401],
    ['several tenants', { tenant_id: ['a', 'b'], role: 'operator' }, 401],
    ['the operations partition', { tenant_id: '_operations', role: 'operator' }, 401],
    ['no role', { tenant_id: 'acme' }, 401],
    ['an unknown role', { tenant_id: 'acme', role: 'admin' }, 403],
    ['a viewer', { tenant_id: 'acme', role: 'viewer' }, 200],
  ])('%s', async (_what, claims, status) => {
    const answer = await as(claims);
    expect(answer.status).toBe(status);
    if (status !== 200)
      expect(answer.body).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  });

  it('can’t be said by anything but the token', async () => {
    await api.as('acme', 'operator')('POST', '/api/integrations', { body: aCarrier() });
    const answer = await api.as('other', 'operator')('GET', '/api/integrations', {
      query: { tenant_id: 'acme', tenantId: 'acme' },
      headers: { 'x-tenant-id': 'acme' },
    });
    expect(answer.body.integrations).toEqual([]);
    const body = aCarrier({ tenantId: 'acme' });
    expect(pathsOf(await api.as('other', 'operator')('POST', '/api/integrations', { body }))).toEqual(['tenantId']);
  });
});

describe('the body', () => {
  const post = (body: unknown, base64 = false) =>
    api.as('bodies', 'operator')('POST', '/api/integrations', { body, base64 });

  /** Right in itself, around a free-form value. */
  const withExtra = (extra: string): string => JSON.stringify(aCarrier({ config: { extra: {} } })).replace('{}', extra);

  it('with a free-form value is taken', async () => {
    expect((await post(withExtra('{"a": 1}'))).status).toBe(201);
  });

  it.each([
    ['cut JSON', '{"name": "x"'],
    ['NaN', '{"name": NaN}'],
    ['HTML', '<html>'],
    ['a field named __proto__', withExtra('{"__proto__": {"admin": true}}')],
    ['the same, escaped', withExtra('{"\\u005f_proto__": {}}')],
  ])('with %s is refused', async (_what, body) => {
    const answer = await post(body);
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid']);
  });

  it('says where in it a name or a text is that nobody can mean', async () => {
    const body = withExtra('{"a": {"__proto__": 1}, "b": ["\\ud83d"], "c\\ud83d": 1}');
    const paths = ['config.extra.a.__proto__', 'config.extra.b.0', 'config.extra.c\ufffd'];
    expect(pathsOf(await post(body))).toEqual(paths);
    expect((await post(withExtra('{"a": "\\ud83d\\ude00"}'))).status).toBe(201);
  });

  it.each(['[]', '"text"', 'null', '7'])('that is no object (%s) is refused', async (body) => {
    expect((await post(body)).status).toBe(400);
  });

  it('is never quoted in the answer', async () => {
    const answer = await post('{"credentials": {"apiKey": "canary-in-broken-json" ');
    expect(answer.text).not.toContain('canary');
  });

  it('may be base64', async () => {
    expect((await post(aCarrier({ name: 'Überland' }), true)).body.name).toBe('Überland');
  });

  it('in another encoding is refused', async () => {
    const latin1 = Buffer.from('{"name": "\u00dcberland"}', 'latin1').toString('base64');
    const event = { ...anEvent('POST', '/api/integrations', { claims: { tenant_id: 'a', role: 'operator' } }) };
    const answer = await createApi(api.deps)({ ...event, body: latin1, isBase64Encoded: true }, {} as Context);
    expect(answer.statusCode).toBe(400);
  });

  it('over 1 MB is 413, however it is encoded', async () => {
    const big = JSON.stringify({ name: 'x'.repeat(1_000_000) });
    expect((await post(big)).body.error?.code).toBe('too_large');
    expect((await post(big, true)).status).toBe(413);
    const fits = JSON.stringify({ name: 'x'.repeat(999_000) });
    expect((await post(fits)).status).toBe(400);
  });

  it('of nothing but wrong names is answered readably', async () => {
    const names = Object.fromEntries(Array.from({ length: 90_000 }, (_, i) => [`n${i}`, 0]));
    const answer = await post({ ...names, config: names });
    expect(answer.status).toBe(413);
    const half = Object.fromEntries(Object.entries(names).slice(0, 40_000));
    const { status, body } = await post(aCarrier({ ...half, config: half }));
    expect(status).toBe(400);
    expect(body.error?.details).toHaveLength(100);
  });

  it('nested without end is refused', async () => {
    expect((await post(`${'['.repeat(400_000)}${']'.repeat(400_000)}`)).status).toBe(400);
    expect((await post(`{"config":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`)).status).toBe(400);
  });

  it('may be absent; then what is missing is said', async () => {
    expect(pathsOf(await post(undefined))).toEqual(['name', 'kind', 'provider']);
  });
});

describe('addresses and methods', () => {
  const viewer = () => api.as('methods', 'viewer');

  it('that are not there are 404', async () => {
    for (const path of ['/api/nothing', '/', '/api/integrations/a/b/c', '/api/integrations//devices']) {
      expect(await viewer()('GET', path)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    }
  });

  it('that are there take only their methods', async () => {
    const answer = await viewer()('DELETE', '/api/integrations');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
    const options = await viewer()('OPTIONS', '/api/integrations/abc', { claims: null });
    expect([options.status, options.headers.allow, options.text]).toEqual([
      204,
      'GET, HEAD, PATCH, DELETE, OPTIONS',
      '',
    ]);
  });

  it('answer HEAD as GET, without the body', async () => {
    const answer = await viewer()('HEAD', '/api/integrations');
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers.etag).toBe((await viewer()('GET', '/api/integrations')).headers.etag);
    expect((await viewer()('HEAD', '/api/integrations/nobody')).status).toBe(404);
  });

  it('take a trailing slash', async () => {
    expect((await viewer()('GET', '/api/integrations/')).status).toBe(200);
  });

  it('take none where something changes: a client cuts `/devices/..` off before it sends', async () => {
    const operator = api.as('methods', 'operator');
    const { id } = (await operator('POST', '/api/integrations', { body: aCarrier() })).body;
    for (const method of ['DELETE', 'PATCH']) {
      const { status } = await operator(method, `/api/integrations/${id}/`, { body: { name: 'Changed' } });
      expect([method, status]).toEqual([method, 404]);
    }
    expect(await api.stored('methods', id)).toMatchObject({ name: 'SIMs in the field' });
  });

  it('were decoded by the gateway, and are not again', async () => {
    const operator = api.as('methods', 'operator');
    const { id } = (await operator('POST', '/api/integrations', { body: aCarrier() })).body;
    const put = (deviceId: string) =>
      operator('PUT', `/api/integrations/${id}/devices/${deviceId}`, { body: { iccid: '8944' } });
    expect((await put('a%41')).body.deviceId).toBe('a%41');
    expect((await put('pump 17 (süd)')).body.deviceId).toBe('pump 17 (süd)');
  });
});

describe('every answer', () => {
  it('carries the security headers, also an error', async () => {
    const paths = ['/api/integrations', '/api/nothing', '/api/integrations/nobody', '/api/openapi.json'];
    for (const path of paths) {
      const { headers } = await api.as('headers', 'viewer')('GET', path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'strict-transport-security': expect.any(String),
        'referrer-policy': 'no-referrer',
        'cache-control': expect.any(String),
        'x-request-id': 'request-1',
      });
    }
  });

  it('is logged in one line that says who, what and how it ended, and nothing that was sent', async () => {
    await api.as('logs', 'operator')('POST', '/api/integrations', { body: aCarrier() });
    await api.as('logs', 'viewer')('GET', '/api/integrations/nobody', { query: { q: 'query-canary' } });
    expect(api.logged).toEqual([
      {
        message: 'request',
        requestId: 'request-1',
        method: 'POST',
        path: '/api/integrations',
        status: 201,
        tenantId: 'logs',
        role: 'operator',
        ms: 0,
      },
      {
        message: 'request',
        requestId: 'request-1',
        method: 'GET',
        path: '/api/integrations/nobody',
        status: 404,
        tenantId: 'logs',
        role: 'viewer',
        ms: 0,
        code: 'not_found',
        reason: 'There is no such integration.',
      },
    ]);
  });
});

describe('an unforeseen error', () => {
  it('is told as such, without its words, and logged with them, secrets taken out', async () => {
    const failing = {
      ...api.deps,
      overviews: { get: () => Promise.reject(new Error('apiKey=canary-1234')), forget() {} },
    };
    const event = anEvent('GET', '/api/overview', { claims: { tenant_id: 'acme', role: 'viewer' } });
    const answer = await createApi(failing)(event, {} as Context);
    expect(answer.statusCode).toBe(500);
    expect(JSON.parse(answer.body ?? '')).toEqual({ error: { code: 'internal', message: expect.any(String) } });
    expect(api.logged).toMatchObject([{ message: 'request failed', status: 500, error: { name: 'Error' } }]);
    expect(JSON.stringify([answer, api.logged])).not.toContain('canary');
  });
});

describe('errors of the engine', () => {
  const clock = new VirtualClock('2026-11-22T12:00:00.000Z');
  const until = clock.now() + 1_500;

  it.each<[string, Error, Record<string, unknown>]>([
    [
      'a rate limit',
      new RetryLater(until, 'limited'),
      { status: 429, code: 'rate_limited', headers: { 'retry-after': '2' } },
    ],
    ['an open breaker', new RetryLater(until, 'open', 'breaker_open'), { status: 503, code: 'breaker_open' }],
    [
      'a refused credential',
      new PermanentError('refused', 'auth'),
      { status: 422, code: 'provider_auth', message: 'refused' },
    ],
    [
      'a provider that fails',
      new UpstreamError('HTTP 500', { problem: 'status' }),
      { status: 502, code: 'provider_status' },
    ],
    [
      'a lost answer',
      new UpstreamError('gone', { problem: 'timeout', outcomeUnknown: true }),
      { status: 502, code: 'outcome_unknown' },
    ],
    ['a lost lease', new LeaseLost('gone'), { status: 409, code: 'conflict' }],
    [
      'a busy database',
      Object.assign(new Error('slow down'), { name: 'ThrottlingException' }),
      { status: 503, code: 'busy' },
    ],
  ])('%s', (_what, error, expected) => {
    expect(toErrorAnswer(error, clock)).toMatchObject(expected);
    expect(toErrorAnswer(error, clock)).not.toHaveProperty('unexpected');
  });
});
