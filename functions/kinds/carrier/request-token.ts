import type { z } from 'zod';
import { UpstreamError } from '../../model/failure.ts';
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
const REFUSALS = [400, 401, 403] as const;

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
    accept: REFUSALS,
    redirects: 'none',
    unlimited: true,
    timeoutMs: 15_000,
  });
  if (status >= 400) throw rejectedCredential(title, status);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new UpstreamError(`${title}'s answer to the sign-in cannot be read`, { status, problem: 'bad_body', cause });
  }
  return parseBody(schema, body, `${title}'s answer to the sign-in`);
}
