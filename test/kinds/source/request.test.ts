import { describe, expect, it } from 'vitest';
import { discoverFields } from '../../../functions/kinds/source/discover.ts';
import { locateItems } from '../../../functions/kinds/source/items.ts';
import { nextLink } from '../../../functions/kinds/source/next-page.ts';
import { resolveUrl, withParameters } from '../../../functions/kinds/source/source-url.ts';

describe('the address', () => {
  it.each([
    [null, 'https://a.example/x?y=1#z', 'https://a.example/x?y=1'],
    ['https://a.example/v1/', '/x', 'https://a.example/v1/x'],
    ['https://a.example/v1', 'x?y=1', 'https://a.example/v1/x?y=1'],
    ['https://a.example/v1', '?y=1', 'https://a.example/v1?y=1'],
    ['https://a.example/v1', '//b.example/x', 'https://a.example/v1/b.example/x'],
    ['https://a.example/v1', 'https://b.example/x', 'https://b.example/x'],
  ])('%s and %s', (baseUrl, url, wanted) => expect(resolveUrl(baseUrl, url)).toEqual({ url: wanted }));

  it.each([
    [null, '/x', 'config.url'],
    [null, 'ftp://a.example/', 'config.url'],
    [null, 'https://me:secret@a.example/', 'config.url'],
    ['https://me:secret@a.example/', '/x', 'baseUrl'],
  ])('%s and %s cannot be called', (baseUrl, url, path) => {
    const refused = resolveUrl(baseUrl, url);
    expect(refused).toMatchObject({ path, message: expect.any(String) });
    expect(JSON.stringify(refused)).not.toContain('secret');
  });

  it('keeps every other character of its query', () => {
    expect(
      withParameters('https://a.example/x?q=a%20b+c&$f=1,2&page=1', [
        ['page', '2'],
        ['a b', 'ü&'],
      ]),
    ).toBe('https://a.example/x?q=a%20b+c&$f=1,2&page=2&a%20b=%C3%BC%26');
  });
});

it.each([
  ['<https://a.example/?page=2>; rel="next", <https://a.example/?page=9>; rel="last"', 'https://a.example/?page=2'],
  ['</x?a=1,2;b>; title="a, b; c"; rel="prev", </y>;REL=next', '/y'],
  ['</x>; rel="last next"', '/x'],
  ['</x>; title="a; rel=prev"; rel="next"', '/x'],
  ['</x>; rel="nextish"', undefined],
  ['', undefined],
  ['garbage, <', undefined],
])('the next link in %s', (header, wanted) => expect(nextLink(header)).toBe(wanted));

it('no Link header that is too long to be read to its end', () => {
  const header = `<https://a.example/${'x'.repeat(8000)}>; rel="first", </2>; rel="next"`;
  expect(() => nextLink(header)).toThrow('the Link header is longer than 8000 characters');
});

describe('the rows', () => {
  const rest = { itemsPath: null, graphql: null };
  const graphql = { itemsPath: null, graphql: { query: '', variables: {}, operationName: undefined } };
  it.each([
    ['the array itself', rest, [1], '.', [1]],
    ['the first usual name that is a list', rest, { data: { a: 1 }, rows: [1], entries: [2] }, 'rows', [1]],
    ['a usual name below a usual name', rest, { data: { items: [1] } }, 'data.items', [1]],
    ['an object as one row', rest, { temp: 1 }, '.', [{ temp: 1 }]],
    ['a configured path', { ...rest, itemsPath: ['a', 'b'] }, { a: { b: [1] } }, 'a.b', [1]],
    ['null at a configured path, which is no rows', { ...rest, itemsPath: ['a'] }, { a: null }, 'a', []],
    ['a list in GraphQL', graphql, { data: { x: [1] } }, 'data.x', [1]],
    ['nodes', graphql, { data: { x: { nodes: [1], edges: [2] } } }, 'data.x.nodes', [1]],
    ['edges', graphql, { data: { x: { edges: [{ node: 1 }] } } }, 'data.x.edges', [{ node: 1 }]],
    ['one object in GraphQL', graphql, { data: { x: { temp: 1 } } }, 'data.x', [{ temp: 1 }]],
    ['several answers in one', graphql, { data: { x: 1, y: 2 } }, 'data', [{ x: 1, y: 2 }]],
  ])('are %s', (_name, settings, body, path, items) => {
    expect(locateItems(body, settings)).toEqual({ items, path });
  });

  it.each([
    [{ ...rest, itemsPath: ['a', 'b'] }, { a: {} }, 'itemsPath a.b should be an array or an object, but is missing'],
    [{ ...rest, itemsPath: ['a'] }, { a: 'x' }, 'itemsPath a should be an array or an object, but is a string'],
    [graphql, { other: 1 }, 'The answer at data should be an array or an object, but is missing'],
    [rest, null, 'The answer at . should be an array or an object, but is null'],
  ])('are nowhere: %#', (settings, body, message) => {
    expect(() => locateItems(body, settings)).toThrow(message);
  });
});

it('finds fields to depth 3 with their types', () => {
  const row = { a: { b: { c: { d: 1 } } }, 'x.y': '2026-01-01', list: [1], no: null, yes: true };
  expect(discoverFields(row).map(({ path, type }) => `${path.join('/')} ${type}`)).toEqual([
    'a object',
    'a/b object',
    'a/b/c object',
    'x.y date',
    'list array',
    'yes boolean',
  ]);
});
