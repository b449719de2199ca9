import { parseDate } from './date.ts';

export const DATA_TYPES = ['string', 'number', 'boolean', 'date', 'object', 'array'] as const;
export type DataType = (typeof DATA_TYPES)[number];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One value longer than this as JSON is a bad value: it would crowd out its page in the store. */
const MAX_VALUE_CHARS = 32_768;
const MAX_DEPTH = 20;

export type Converted = { readonly value: Json } | { readonly expected: string; readonly found: string };

/**
 * The value as `dataType` says (as it is when there is none), or what was expected and what was there, without the value itself.
 * Converts only what loses nothing: "3.5" and 3.5, "true" and true and 1, every spelling of a date to ISO 8601 in UTC.
 */
export function convert(value: unknown, dataType: DataType | undefined): Converted {
  const bad = (found = describe(value)): Converted => ({ expected: EXPECTED[dataType ?? 'any'], found });
  switch (dataType) {
    case undefined:
      return kept(value, bad);
    case 'string':
      return textOf(value, bad);
    case 'number':
      return numberOf(value, bad);
    case 'boolean': {
      const found = BOOLEANS.get(typeof value === 'string' ? value.trim().toLowerCase() : value);
      return found === undefined ? bad() : { value: found };
    }
    case 'date': {
      const at = parseDate(value);
      return at === undefined ? bad() : { value: new Date(at).toISOString() };
    }
    case 'array':
      return Array.isArray(value) ? kept(value, bad) : bad();
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? kept(value, bad) : bad();
  }
}

type Bad = (found?: string) => Converted;

const EXPECTED: Readonly<Record<DataType | 'any', string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date (ISO 8601, or seconds or milliseconds since 1970)',
  object: 'an object',
  array: 'an array',
  any: 'a value that can be stored',
};

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['false', false],
  [1, true],
  [0, false],
  ['1', true],
  ['0', false],
]);

function numberOf(value: unknown, bad: Bad): Converted {
  const text = typeof value === 'string' ? value.trim() : '';
  const numeric = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : value;
  if (typeof numeric !== 'number') return bad();
  return Number.isFinite(numeric) ? { value: withoutMinusZero(numeric) } : bad('a number too large');
}

/** JSON reads -0 but writes 0: stored and read again it would be another value. */
const withoutMinusZero = (value: number): number => (value === 0 ? 0 : value);

function textOf(value: unknown, bad: Bad): Converted {
  if (typeof value === 'string' || typeof value === 'boolean') return kept(String(value), bad);
  if (typeof value !== 'number') return bad();
  // 12345678901234567890 has lost its last digits before it is seen here.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return bad('a number too large to be exact');
  return Number.isFinite(value) ? { value: String(value) } : bad('a number too large');
}

function kept(value: unknown, bad: Bad): Converted {
  const json = plain(value, 0);
  if (typeof json === 'symbol') return bad(json.description);
  const { length } = typeof json === 'string' ? json : JSON.stringify(json);
  return length > MAX_VALUE_CHARS ? bad(`longer than ${MAX_VALUE_CHARS} characters`) : { value: json };
}

const TOO_DEEP = Symbol(`nested deeper than ${MAX_DEPTH}`);
const TOO_LARGE = Symbol('holding a number too large');

/** Names sorted, so that an answer that only changes their order counts as unchanged. */
function plain(value: unknown, depth: number): Json | symbol {
  if (depth > MAX_DEPTH) return TOO_DEEP;
  if (typeof value === 'number') return Number.isFinite(value) ? withoutMinusZero(value) : TOO_LARGE;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, depth + 1));
    return items.find((item) => typeof item === 'symbol') ?? (items as Json[]);
  }
  const entries = Object.entries(value as object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => [name, plain(item, depth + 1)] as const);
  const wrong = entries.find(([, item]) => typeof item === 'symbol');
  // fromEntries makes `__proto__` a plain name.
  return wrong?.[1] ?? (Object.fromEntries(entries) as Json);
}

/** What kind of value it is, in words and without the value. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`;
}
