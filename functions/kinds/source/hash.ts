import { createHash } from 'node:crypto';

/** 64 bits of SHA-256 over text, bytes or a value as JSON with sorted names: tells answers, rows and configurations apart. 11 characters. */
export function shortHash(value: unknown): string {
  const bytes =
    typeof value === 'string' || value instanceof Uint8Array ? value : (JSON.stringify(value, sorted) ?? '');
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 11);
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
