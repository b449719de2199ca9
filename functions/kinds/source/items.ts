import { UpstreamError } from '../../model/failure.ts';
import { describe } from './convert.ts';
import { formatPath, readPath } from './path.ts';
import type { SourceSettings } from './settings.ts';

const USUAL_NAMES = ['data', 'items', 'results', 'records', 'rows', 'entries'];

export interface Items {
  readonly items: readonly unknown[];
  /** Where they were: `.` for the whole answer. */
  readonly path: string;
}

/**
 * The rows of one answer. At `itemsPath` when it is configured: an array, an object (one row) or null (no rows).
 * Otherwise the answer itself when it is an array, else the first array under the usual names, else the first one a level
 * below them (`{ data: { items: [] } }`), else the whole object as one row. GraphQL: `data` and its only property, and in
 * that the array itself, `nodes`, `edges` or a usual name.
 * Throws UpstreamError `bad_body` naming the path and what was expected there.
 */
export function locateItems(body: unknown, settings: Pick<SourceSettings, 'itemsPath' | 'graphql'>): Items {
  const { itemsPath, graphql } = settings;
  if (itemsPath !== null) return rowsAt(readPath(body, itemsPath), formatPath(itemsPath), 'itemsPath ');
  if (graphql !== null) return graphqlItems(body);
  if (Array.isArray(body)) return { items: body, path: '.' };
  const found = arrayUnder(body, USUAL_NAMES) ?? nestedArray(body);
  return found ?? rowsAt(body, '.', 'The answer at ');
}

function graphqlItems(body: unknown): Items {
  const data = readPath(body, ['data']);
  const names = typeof data === 'object' && data !== null && !Array.isArray(data) ? Object.keys(data) : [];
  const [only] = names;
  if (names.length !== 1 || only === undefined) return rowsAt(data, 'data', 'The answer at ');
  const value = readPath(data, [only]);
  const path = formatPath(['data', only]);
  const inner = arrayUnder(value, ['nodes', 'edges', ...USUAL_NAMES]);
  return inner ? { items: inner.items, path: `${path}.${inner.path}` } : rowsAt(value, path, 'The answer at ');
}

function arrayUnder(value: unknown, names: readonly string[]): Items | undefined {
  for (const name of names) {
    const items = Array.isArray(value) ? undefined : readPath(value, [name]);
    if (Array.isArray(items)) return { items, path: name };
  }
  return undefined;
}

function nestedArray(body: unknown): Items | undefined {
  for (const name of USUAL_NAMES) {
    const inner = arrayUnder(readPath(body, [name]), USUAL_NAMES);
    if (inner) return { items: inner.items, path: `${name}.${inner.path}` };
  }
  return undefined;
}

function rowsAt(value: unknown, path: string, what: string): Items {
  if (Array.isArray(value)) return { items: value, path };
  if (value === null && path !== '.') return { items: [], path };
  if (typeof value === 'object' && value !== null) return { items: [value], path };
  throw new UpstreamError(`${what}${path} should be an array or an object, but is ${describe(value)}`, {
    problem: 'bad_body',
  });
}
