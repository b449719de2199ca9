import { parseIsoDate } from './date.ts';
import { formatPath, type Path } from './path.ts';

const MAX_DEPTH = 3;
const MAX_FOUND = 200;

export interface FoundField {
  readonly path: Path;
  readonly type: 'string' | 'number' | 'boolean' | 'date' | 'object' | 'array';
  readonly value: unknown;
}

/** What a row has, names nested to depth 3, in the row's own order; nulls are left out. 200 at most. */
export function discoverFields(row: unknown): FoundField[] {
  const found: FoundField[] = [];
  visit(row, [], found);
  return found;
}

function visit(value: unknown, path: Path, found: FoundField[]): void {
  const type = typeOf(value);
  if (type === undefined || found.length >= MAX_FOUND) return;
  if (path.length > 0 || type !== 'object') found.push({ path, type, value });
  if (type !== 'object' || path.length >= MAX_DEPTH) return;
  for (const [name, inner] of Object.entries(value as object)) visit(inner, [...path, name], found);
}

function typeOf(value: unknown): FoundField['type'] | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'string') return parseIsoDate(value) === undefined ? 'string' : 'date';
  return typeof value as 'number' | 'boolean' | 'object';
}

/** The name a field has when nobody gave it one: its path, or `value` for a row that is a plain value. */
export const fieldName = (path: Path): string => (path.length === 0 ? 'value' : formatPath(path));
