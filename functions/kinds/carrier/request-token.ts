import type * as z from 'zod';
import { PermanentError, UpstreamError } from '../../model/failure.ts';
import type { Account } from './account.ts';
import { rejectedCredential } from './failure-words.ts';
import { parseBody } from './wire.ts';

export interface TokenRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly secrets: readonly string[];
}

/** A refusal of the credential comes with 400 at some carriers, with 401 or 403 at others. */
const REFUSALS: readonly number[] = [400, 401, 403];
/** Nobody signs in there: the address is wrong. Must not be taken for a word on a device. */
const WRONG_ADDRESS: readonly number[] = [404, 405, 410, 422];

/** Asks a token endpoint, outside the credential's limit. Throws PermanentError `auth` when it refuses. */
export async function requestToken<T>(
  title: string,
  { upstream }: Account,
  schema: z.ZodType<T>,
  request: TokenRequest,
): Promise<T> {
  const { status, text } = await upstream.send({
    ...request,
    method: 'POST',
    headers: { Accept: 'application/json', ...request.headers },
    accept: [...REFUSALS, ...WRONG_ADDRESS],
    redirects: 'none',
    unlimited: true,
    timeoutMs: 15_000,
  });
  if (REFUSALS.includes(status)) throw rejectedCredential(title, status);
  if (WRONG_ADDRESS.includes(status)) {
    throw new PermanentError(`${title} has no sign-in at this address (${status}): correct the base URL.`, 'config');
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new UpstreamError(`${title}'s answer to the sign-in cannot be read`, { status, problem: 'bad_body', cause });
  }
  return parseBody(schema, body, `${title}'s answer to the sign-in`);
}
