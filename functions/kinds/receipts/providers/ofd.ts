import * as z from 'zod';
import { PermanentError } from '../../../model/failure.ts';
import type { HttpResponse } from '../../../platform/http/http.ts';
import type { TestRun } from '../../kind.ts';
import type { Answer, Operator, Parcel } from '../operator.ts';
import { ofdConfigSchema, readConfig, statusPathOf } from './config.ts';
import { NO_SUCH_PLACE, operatorWords, plainValues, REFUSALS, readJson, wrongAddress } from './operator-words.ts';
import { type Provider, timeoutMsOf, urlsOf, withoutSlash } from './provider.ts';

/**
 * A synchronous operator: `POST {base}/ofd/v1/receipt` with the document and the header Idempotency-Key;
 * `{ status: "accepted", ofd_id, timestamp }`, or 409 or `duplicate: true` when it has the receipt already.
 */
export const ofd: Provider = {
  title: 'OFD (fiscal data operator)',
  defaultBaseUrl: null,
  credentials: [
    { name: 'token', title: 'Bearer token', optional: true },
    { name: 'apiKey', title: 'API key (X-API-Key)', optional: true },
  ],
  configSchema: ofdConfigSchema,
  rateLimit: null,
  urls: urlsOf(null),
  problems: () => [],
  baseUrl: ({ baseUrl }) => {
    if (baseUrl === null) throw new PermanentError('The operator has no address: set the base URL.', 'config');
    return withoutSlash(baseUrl);
  },
  connect,
  async test(run) {
    const response = await caller(run)('GET', '/ofd/v1/health');
    if (isRefused(response.status)) return { ok: false, detail: refusal(response.status) };
    return { ok: true, detail: response.status === 404 ? 'answers, without a health page' : 'answers' };
  },
};

function connect(run: TestRun): Operator {
  const call = caller(run);
  const secrets = secretsOf(run);
  const { statusPath } = readConfig(ofdConfigSchema, run.integration.config);
  return {
    patienceMs: 5000,
    async send(parcel) {
      const document = { ...parcel.document, idempotency_key: parcel.key };
      const response = await call('POST', '/ofd/v1/receipt', parcel.key, JSON.stringify(document));
      return answerToSend(response, parcel, secrets);
    },
    async ask(parcel) {
      if (statusPath === undefined) return { kind: 'absent', assumed: true };
      return answerToQuestion(await call('GET', statusPathOf(statusPath, parcel.key)), parcel, secrets);
    },
  };
}

const answerSchema = z.object({
  status: z.string().optional().catch(undefined),
  ofd_id: z.union([z.string(), z.number()]).optional().catch(undefined),
  duplicate: z.boolean().optional().catch(undefined),
  idempotency_key: z.string().optional().catch(undefined),
});
type OfdAnswer = z.output<typeof answerSchema>;

const THERE = ['accepted', 'duplicate', 'registered', 'done', 'synced'];
const ABSENT = ['absent', 'not_found', 'unknown'];
const REFUSED = ['rejected', 'invalid'];

const isThere = ({ status, duplicate }: OfdAnswer): boolean => duplicate === true || THERE.includes(status ?? '');

function answerToSend(response: HttpResponse, parcel: Parcel, secrets: readonly string[]): Answer {
  const { status } = response;
  if (status >= 400 && status !== 409) return refused(response, secrets);
  return (
    whatItSays(response, parcel, secrets) ?? unclear('The operator answered something else than a receipt’s status')
  );
}

function answerToQuestion(response: HttpResponse, parcel: Parcel, secrets: readonly string[]): Answer {
  const { status } = response;
  if (status === 404 || status === 410) return { kind: 'absent' };
  if (isRefused(status)) return refused(response, secrets);
  if (status >= 400) return unclear(`The operator refused the question about the receipt (HTTP ${status})`);
  return whatItSays(response, parcel, secrets) ?? unclear('The operator does not say yet what became of the receipt');
}

function whatItSays(response: HttpResponse, { key }: Parcel, secrets: readonly string[]): Answer | undefined {
  const body = readJson(response.text);
  const said = answerSchema.catch({}).parse(body);
  const { status = '', idempotency_key: about = key } = said;
  if (about !== key) return unclear('The operator answered about another receipt');
  if (response.status === 409 || isThere(said)) return { kind: 'accepted', fiscal: fiscalOf(body, secrets) };
  if (ABSENT.includes(status)) return { kind: 'absent' };
  if (REFUSED.includes(status)) return { kind: 'rejected', message: operatorWords(response, secrets) };
  return undefined;
}

const unclear = (message: string): Answer => ({ kind: 'failed', message, possiblySent: true });
const fiscalOf = (body: unknown, secrets: readonly string[]) =>
  plainValues(body, secrets, ['status', 'duplicate', 'error', 'message', 'idempotency_key']);

const isRefused = (status: number): boolean => status === 401 || status === 403;
const refusal = (status: number): string =>
  `The operator refuses the credentials (HTTP ${status}): set the right ones and switch the register on again.`;
function refused(response: HttpResponse, secrets: readonly string[]): Answer {
  const { status } = response;
  if (isRefused(status)) return { kind: 'pause', pause: 'auth', message: refusal(status) };
  if (NO_SUCH_PLACE.includes(status)) return { kind: 'pause', pause: 'config', message: wrongAddress(status) };
  return { kind: 'rejected', message: operatorWords(response, secrets) };
}

const secretsOf = ({ credentials }: TestRun): readonly string[] =>
  [credentials.token, credentials.apiKey].filter((secret) => secret !== undefined);

function caller(run: TestRun) {
  const { integration, credentials, upstream } = run;
  const base = ofd.baseUrl(integration);
  return (method: 'GET' | 'POST', path: string, key?: string, body?: string): Promise<HttpResponse> =>
    upstream.send({
      method,
      url: `${base}${path}`,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(credentials.token !== undefined && { authorization: `Bearer ${credentials.token}` }),
        ...(credentials.apiKey !== undefined && { 'x-api-key': credentials.apiKey }),
      },
      ...(body !== undefined && { body }),
      timeoutMs: timeoutMsOf(integration.config),
      maxBodyBytes: 100_000,
      redirects: 'none',
      accept: REFUSALS,
      secrets: secretsOf(run),
      signal: run.signal,
    });
}
