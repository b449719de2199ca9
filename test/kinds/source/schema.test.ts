import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { source } from '../../../functions/kinds/source/index.ts';
import { OBSERVATIONS_QUERY } from '../../../functions/kinds/source/simulator/index.ts';

const url = 'https://weather.example/v1';

function pathsOfErrors(provider: string, config: Record<string, unknown>): string[] {
  const parsed = source.providers[provider]?.configSchema.safeParse(config);
  return parsed?.error?.issues.map((issue) => issue.path.join('.')) ?? [];
}

describe('a configuration', () => {
  it.each([
    ['rest', { url }],
    [
      'rest',
      {
        url: '/v1',
        method: 'POST',
        body: { a: [1] },
        headers: { 'X-Trace': 'on' },
        auth: 'apiKey',
        authHeader: 'Authorization',
        itemsPath: 'data.items',
        pagination: { type: 'cursor', param: 'cursor', path: 'meta.next', pageSizeParam: 'limit', pageSize: 100 },
        fields: [{ name: 'Temperature °C', path: 'main.temp', dataType: 'number' }],
        incremental: { param: 'since', path: 'updated_at' },
        requestsPerMinute: 30,
        timeoutSeconds: 15,
      },
    ],
    ['rest', { url, pagination: { type: 'none' } }],
    ['rest', { url, pagination: { type: 'link' } }],
    ['graphql', { url, query: OBSERVATIONS_QUERY, variables: { first: 10 }, operationName: 'Observations' }],
  ])('of %s is accepted', (provider, config) => expect(pathsOfErrors(provider, config)).toEqual([]));

  it.each([
    ['rest', {}, 'url'],
    ['rest', { url, urll: 1 }, ''],
    ['rest', { url, method: 'DELETE' }, 'method'],
    ['rest', { url, body: 'x' }, 'body'],
    ['rest', { url, headers: { Authorization: 'Bearer canary-1' } }, 'headers.Authorization'],
    ['rest', { url, headers: { Host: 'canary-1' } }, 'headers.Host'],
    ['rest', { url, headers: { 'Transfer-Encoding': 'chunked' } }, 'headers.Transfer-Encoding'],
    ['rest', { url, headers: { 'X-A': 'canary-1\r\nX-B: 2' } }, 'headers.X-A'],
    ['rest', { url, headers: { 'X A': 'canary-1' } }, 'headers.X A'],
    ['rest', { url, auth: 'apiKey', headers: { 'x-api-key': 'canary-1' } }, 'headers.x-api-key'],
    ['rest', { url, authHeader: 'Connection' }, 'authHeader'],
    ['rest', { url, auth: 'oauth' }, 'auth'],
    ['rest', { url, itemsPath: 'a..b' }, 'itemsPath'],
    ['rest', { url, pagination: { type: 'page' } }, 'pagination.param'],
    ['rest', { url, pagination: { type: 'cursor', param: 'c' } }, 'pagination.path'],
    ['rest', { url, pagination: { type: 'link', pageSize: 10 } }, 'pagination.pageSizeParam'],
    ['rest', { url, fields: [{ name: 'a', path: '' }] }, 'fields.0.path'],
    ['rest', { url, fields: [{ name: 'a', path: 'a', dataType: 'int' }] }, 'fields.0.dataType'],
    [
      'rest',
      {
        url,
        fields: [
          { name: 'a', path: 'a' },
          { name: 'a', path: 'b' },
        ],
      },
      'fields.1.name',
    ],
    ['rest', { url, incremental: { param: 'since' } }, 'incremental.path'],
    ['rest', { url, requestsPerMinute: 0 }, 'requestsPerMinute'],
    ['rest', { url, requestsPerMinute: 0.5 }, 'requestsPerMinute'],
    ['rest', { url, timeoutSeconds: 31 }, 'timeoutSeconds'],
    ['rest', { url, query: '{ a }' }, ''],
    ['graphql', { url }, 'query'],
    ['graphql', { url, query: '{ a }', method: 'GET' }, 'method'],
    ['graphql', { url, query: '{ a }', pagination: { type: 'link' } }, 'pagination.type'],
  ])('of %s is refused: %j', (provider, config, path) => {
    expect(pathsOfErrors(provider, config)).toContain(path);
    const parsed = source.providers[provider]?.configSchema.safeParse(config);
    expect(parsed?.error?.message).not.toContain('canary');
  });

  it('can be described to others', () => {
    for (const { configSchema } of Object.values(source.providers)) {
      expect(z.toJSONSchema(configSchema)).toMatchObject({ type: 'object', additionalProperties: false });
    }
  });
});

describe('a draft', () => {
  const draft = (config: Record<string, unknown>, over = {}) => ({
    provider: 'rest',
    baseUrl: null,
    accountId: null,
    config: { url, ...config },
    credentialNames: [] as string[],
    ...over,
  });
  const { rest } = source.providers;

  it('needs the credentials of its auth', () => {
    const paths = (auth: string, ...credentialNames: string[]) =>
      rest?.validate?.(draft({ auth }, { credentialNames })).map(({ path }) => path);
    expect(paths('basic')).toEqual(['credentials.username', 'credentials.password']);
    expect(paths('bearer', 'apiKey')).toEqual(['credentials.token']);
    expect(paths('apiKey', 'apiKey')).toEqual([]);
  });

  it('needs an absolute address, its own or its base', () => {
    expect(rest?.validate?.(draft({ url: '/v1' }))).toMatchObject([{ path: 'config.url' }]);
    expect(rest?.validate?.(draft({ url: '/v1' }, { baseUrl: url }))).toEqual([]);
  });

  it('tells the address guard what it will call', () => {
    expect(rest?.urls?.(draft({}))).toEqual([url]);
    expect(rest?.urls?.(draft({ url: '/x' }, { baseUrl: url }))).toEqual([`${url}/x`]);
    expect(rest?.urls?.(draft({ url: '/x' }))).toEqual([]);
    // It says what is wrong with this one.
    expect(rest?.urls?.(draft({ url: 'file:///etc/passwd' }))).toEqual(['file:///etc/passwd']);
  });
});
