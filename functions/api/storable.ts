import type { BadField } from '../kinds/route.ts';

const MAX_DEPTH = 20;
const MAX_CHARACTERS = 50_000;

/** What the database would refuse of a free-form value, field by field: numbers it can't keep exactly, depth, size. */
export function unstorable(value: unknown, path: string): BadField[] {
  const bad = visit(value, path, 0);
  if (bad.length === 0 && JSON.stringify(value).length > MAX_CHARACTERS) {
    return [{ path, message: `has more than ${MAX_CHARACTERS} characters` }];
  }
  return bad;
}

function visit(value: unknown, path: string, depth: number): BadField[] {
  if (typeof value === 'number') {
    const kept = value === 0 || (Math.abs(value) <= Number.MAX_SAFE_INTEGER && Math.abs(value) >= 1e-100);
    return kept ? [] : [{ path, message: 'is a number too big or too small to be kept exactly: write it as text' }];
  }
  if (value === null || typeof value !== 'object') return [];
  if (depth === MAX_DEPTH) return [{ path, message: `is nested more than ${MAX_DEPTH} levels deep` }];
  return Object.entries(value).flatMap(([name, part]) => visit(part, `${path}.${name}`, depth + 1));
}
