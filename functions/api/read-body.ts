import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ApiError, type BadField } from '../kinds/route.ts';
import { invalid } from './invalid.ts';

export const MAX_BODY_BYTES = 1_000_000;

/** The parsed JSON body; `{}` when there is none, so that what is missing is said field by field. */
export function readBody(event: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new ApiError(413, 'too_large', `The body has ${bytes.length} bytes; ${MAX_BODY_BYTES} are allowed.`);
  }
  if (bytes.length === 0) return {};
  let body: unknown;
  let bad: readonly BadField[];
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    bad = neverMeant(body);
  } catch {
    // The parser's own message quotes the body, and with it perhaps a password.
    throw new ApiError(400, 'invalid', 'The body is not valid JSON.', [{ path: '', message: 'not valid JSON' }]);
  }
  if (bad.length > 0) throw invalid(bad);
  return body;
}

/**
 * What JSON can say and nobody means: a name that changes what every other name means further on, and half a character,
 * which no database stores.
 */
function neverMeant(value: unknown): readonly BadField[] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : [{ path: '', message: HALF }];
  if (value === null || typeof value !== 'object') return [];
  const bad: BadField[] = [];
  for (const [name, part] of Object.entries(value)) {
    const possible = name !== '__proto__' && name.isWellFormed();
    const inside = possible ? neverMeant(part) : [{ path: '', message: 'not a known field' }];
    for (const { path, message } of inside) bad.push({ path: `${name.toWellFormed()}${path && '.'}${path}`, message });
  }
  return bad;
}

const HALF = 'has half a character in it (a lone surrogate)';
