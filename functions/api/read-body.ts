import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ApiError } from '../kinds/route.ts';

export const MAX_BODY_BYTES = 1_000_000;

/** The parsed JSON body; `{}` when there is none, so that what is missing is said field by field. */
export function readBody(event: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new ApiError(413, 'too_large', `The body has ${bytes.length} bytes; ${MAX_BODY_BYTES} are allowed.`);
  }
  if (bytes.length === 0) return {};
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return JSON.parse(text, refusePrototype);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    // The parser's own message quotes the body, and with it perhaps a password.
    throw new ApiError(400, 'invalid', 'The body is not valid JSON.', [{ path: '', message: 'not valid JSON' }]);
  }
}

/** Such a name can change what every other name means, further on; nothing needs it. */
function refusePrototype(name: string, value: unknown): unknown {
  if (name !== '__proto__') return value;
  throw new ApiError(400, 'invalid', 'The body has a field named __proto__.', [
    { path: '__proto__', message: 'not a known field' },
  ]);
}
