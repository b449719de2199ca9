import { createHash } from 'node:crypto';
import { inOrder } from '../../model/in-order.ts';

/** 64 bits of SHA-256 over text, bytes or a value as JSON with sorted names: tells answers, rows and configurations apart. 11 characters. */
export function shortHash(value: unknown): string {
  const bytes =
    typeof value === 'string' || value instanceof Uint8Array ? value : (JSON.stringify(inOrder(value)) ?? '');
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 11);
}
