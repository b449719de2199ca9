import type { Invocation, Query } from './read-command.ts';

/** The API refused, or did not answer. `message` is for the person at the terminal. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  /** The API's answer, when it is one. */
  readonly answer: string | undefined;
  constructor(message: string, answer?: string) {
    super(message);
    this.answer = answer;
  }
}

export interface Reply {
  /** As it came. */
  readonly text: string;
  readonly value: unknown;
}

export interface ApiClient {
  get(path: string, query?: Query): Promise<Reply>;
  send(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<Reply>;
}

const TIMEOUT_MS = 60_000;

/** The public HTTP API, signed in. Throws RequestFailed for every answer but 2xx. */
export function createApiClient({ url, token, tenant }: Pick<Invocation, 'url' | 'token' | 'tenant'>): ApiClient {
  let signedIn: Promise<string> | undefined;
  const bearer = (): Promise<string> => {
    signedIn ??= token === undefined ? localToken(url, tenant) : Promise.resolve(token);
    return signedIn;
  };
  const request = async (method: string, path: string, body?: unknown): Promise<Reply> =>
    call(url, method, path, { authorization: `Bearer ${await bearer()}` }, body);
  return {
    get: (path, query = {}) => request('GET', path + searchOf(query)),
    send: request,
  };
}

function searchOf(query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** The local system gives a token to whoever asks; a deployed one has no such address. */
async function localToken(url: string, tenantId: string): Promise<string> {
  const { value } = await call(url, 'POST', '/dev/token', {}, { tenantId, role: 'operator' });
  const { token } = (value ?? {}) as { readonly token?: unknown };
  if (typeof token !== 'string')
    throw new RequestFailed(`${url} is not a local system of Driftless: it gives no token.`);
  return token;
}

async function call(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Reply> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url + path, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    throw new RequestFailed(`${url} does not answer: ${reasonOf(error)}. Is it running (npm start), is --url right?`);
  }
  const value = parse(text);
  if (response.ok && value !== undefined) return { text, value };
  const problem = problemOf(value);
  if (problem !== undefined) throw new RequestFailed(problem, text);
  // API Gateway's own refusal, which is not in the API's words.
  if (response.status === 401)
    throw new RequestFailed(`${url} does not take the token: it is wrong, or has run out.`, text);
  const words = response.ok ? 'with something that is not JSON' : String(response.status);
  throw new RequestFailed(`${method} ${path}: ${url} answered ${words}. Is this address Driftless's API?`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The words of `{ error: { code, message, details } }`, every bad field once. */
function problemOf(value: unknown): string | undefined {
  const { error } = (value ?? {}) as { readonly error?: { code?: unknown; message?: unknown; details?: unknown } };
  if (typeof error?.message !== 'string') return undefined;
  const details = Array.isArray(error.details) ? (error.details as { path?: unknown; message?: unknown }[]) : [];
  const said = `${error.message} (${String(error.code)})`;
  const more = details.map(({ path, message }) => `${String(path)}: ${String(message)}`);
  // The first one may be in the message already.
  return [said, ...more.filter((line) => !said.includes(line)).map((line) => `  ${line}`)].join('\n');
}

/** fetch says only "fetch failed"; what happened is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `nothing within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  return String(cause?.code ?? cause?.message ?? error.message);
}
