import * as z from 'zod';
import { PermanentError, UpstreamError } from '../../../model/failure.ts';
import type { HttpResponse } from '../../../platform/http/http.ts';
import { type AccessToken, type TokenCache, tokenCache } from '../../../platform/token-cache.ts';
import type { TestRun } from '../../kind.ts';
import { atolErrorSchema, meaningOf, TOKEN_EXPIRED, TOKEN_MISSING } from './atol-errors.ts';
import { NO_SUCH_PLACE, REFUSALS, readJson, wrongAddress } from './operator-words.ts';
import { timeoutMsOf, withoutSlash } from './provider.ts';

export const ATOL_BASE = 'https://online.atol.ru/possystem/v4';
export const atolBase = ({ baseUrl }: { readonly baseUrl: string | null }): string =>
  withoutSlash(baseUrl ?? ATOL_BASE);

/** Valid for 24 hours by one sentence of the protocol and 23 by another. */
const TOKEN_MS = 22 * 3_600_000;

const answerSchema = z.object({
  uuid: z.string().min(1).max(200).nullable().optional().catch(undefined),
  external_id: z.string().nullable().optional().catch(undefined),
  status: z.string().nullable().optional().catch(undefined),
  error: atolErrorSchema.nullable().optional().catch(undefined),
  payload: z.unknown().optional(),
});

export interface AtolAnswer {
  readonly status: number;
  readonly body: z.output<typeof answerSchema>;
}

/** With a token that is renewed once when the service does not take it. */
export async function callAtol(run: TestRun, method: 'GET' | 'POST', path: string, body?: string): Promise<AtolAnswer> {
  const tokens = tokensOf(run);
  const token = await tokens.current();
  const first = await exchange(run, method, path, { token: token.value }, body);
  if (!isTokenProblem(first)) return first;
  tokens.drop(token);
  const { value } = await tokens.current();
  const second = await exchange(run, method, path, { token: value }, body);
  if (!isTokenProblem(second)) return second;
  throw new UpstreamError('The operator does not take its own new token', { problem: 'connection' });
}

const isTokenProblem = ({ status, body }: AtolAnswer): boolean =>
  status === 401 && (!body.error || body.error.code === TOKEN_MISSING || body.error.code === TOKEN_EXPIRED);

const tokensOf = (run: TestRun): TokenCache<AccessToken> =>
  tokenCache(run.memo, 'atol-token', () => fetchToken(run), run.clock);

const LOGIN_REFUSED = 'The operator refuses the login: set the right one and switch the register on again.';
const tokenSchema = z.object({ token: z.string().min(1).max(2000) });

export async function fetchToken(run: TestRun): Promise<AccessToken> {
  const { credentials, clock } = run;
  const askedAt = clock.now();
  const body = JSON.stringify({ login: credentials.apiKey, pass: credentials.apiSecret });
  const response = await request(run, 'POST', '/getToken', {}, body).catch((error: unknown) => {
    throw error instanceof UpstreamError ? noToken(error.message, error) : error;
  });
  const answer = readJson(response.text);
  const parsed = tokenSchema.safeParse(answer);
  if (parsed.success) return { value: parsed.data.token, expiresAt: askedAt + TOKEN_MS };
  const { error } = answerSchema.safeParse(answer).data ?? {};
  const meaning = error ? meaningOf(error, false, secretsOf(run)) : undefined;
  if (meaning?.kind === 'pause') throw new PermanentError(meaning.message, meaning.pause);
  if (response.status === 401 || response.status === 403) throw new PermanentError(LOGIN_REFUSED, 'auth');
  if (NO_SUCH_PLACE.includes(response.status)) throw new PermanentError(wrongAddress(response.status), 'config');
  throw noToken(`The operator gave no token (HTTP ${response.status})`);
}

/** Nothing was sent yet, so no receipt is in doubt. */
const noToken = (message: string, cause?: UpstreamError): UpstreamError =>
  new UpstreamError(message, { problem: 'connection', cause });

async function exchange(
  run: TestRun,
  method: 'GET' | 'POST',
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<AtolAnswer> {
  const response = await request(run, method, path, headers, body);
  const parsed = answerSchema.safeParse(readJson(response.text));
  if (!parsed.success) {
    if (NO_SUCH_PLACE.includes(response.status)) throw new PermanentError(wrongAddress(response.status), 'config');
    throw new UpstreamError(`The operator’s answer cannot be read (HTTP ${response.status})`, { problem: 'bad_body' });
  }
  return { status: response.status, body: parsed.data };
}

function request(
  run: TestRun,
  method: 'GET' | 'POST',
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<HttpResponse> {
  return run.upstream.send({
    method,
    url: `${atolBase(run.integration)}${path}`,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
    timeoutMs: timeoutMsOf(run.integration.config),
    maxBodyBytes: 100_000,
    redirects: 'none',
    accept: REFUSALS,
    secrets: secretsOf(run),
    signal: run.signal,
  });
}

/** Everything that must not be shown, the present token too. */
export function secretsOf(run: TestRun): readonly string[] {
  const { apiKey, apiSecret } = run.credentials;
  return [apiKey, apiSecret, tokensOf(run).kept()?.value].filter((secret) => secret !== undefined);
}
