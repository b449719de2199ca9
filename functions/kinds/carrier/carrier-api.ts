import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import type { HttpResponse } from '../../platform/http/http.ts';
import { parseJson } from '../../platform/http/parse-json.ts';
import type { AccessToken, TokenCache } from '../../platform/token-cache.ts';
import type { UpstreamJson, UpstreamRequest } from '../../platform/upstream/upstream.ts';
import type { Account } from './account.ts';
import { carrierWords, rejectedCredential } from './failure-words.ts';
import { NeverSent } from './provider.ts';

/** How calls to one carrier are signed. */
export interface Authorization {
  headers(): Promise<Readonly<Record<string, string>>>;
  /** What must never be seen in an error or a log. */
  readonly secrets: readonly string[];
  /** Gets a fresh token after a 401; absent where the credential itself goes with every call. */
  readonly renew?: (rejected: Readonly<Record<string, string>>) => void;
}

export const fixedHeaders = (headers: Readonly<Record<string, string>>, secrets: readonly string[]): Authorization => ({
  headers: async () => headers,
  secrets,
});

export const basicAuth = (user: string, password: string): Authorization => {
  const encoded = Buffer.from(`${user}:${password}`).toString('base64');
  return fixedHeaders({ Authorization: `Basic ${encoded}` }, [password, encoded]);
};

export function tokenAuth<T extends AccessToken>(
  tokens: TokenCache<T>,
  toHeaders: (token: T) => Readonly<Record<string, string>>,
  secrets: readonly string[],
): Authorization {
  const sent = new WeakMap<object, T>();
  return {
    secrets,
    async headers() {
      const token = await tokens.current();
      const headers = toHeaders(token);
      sent.set(headers, token);
      return headers;
    },
    renew(rejected) {
      const token = sent.get(rejected);
      if (token !== undefined) tokens.drop(token);
    },
  };
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Signed calls to one carrier, below its base URL. Error messages are for people and hold no secret. */
export interface CarrierApi {
  /** A read: repeated up to twice when the carrier stumbles. `path` is below the base URL. `accept`: statuses the caller handles. */
  get(path: string, query?: Query, accept?: readonly number[]): Promise<UpstreamJson>;
  /**
   * A write: sent once, whatever happens (after a 401 once more with a fresh token: nothing was done then).
   * A refusal is PermanentError with the carrier's words; a sign-in that failed before it, NeverSent.
   */
  write(path: string, body: WriteBody): Promise<unknown>;
}
export type WriteBody = { readonly json: unknown } | { readonly form: Readonly<Record<string, string>> };

const READ_TIMEOUT_MS = 20_000;
/** A call may outlast the slice's deadline by this much: then what was read must still be stored. */
const GRACE_MS = 6_000;
const PAUSES_MS = [250, 1000] as const;
const REFUSALS = [400, 402, 404, 405, 406, 409, 410, 412, 413, 415, 422] as const;

/** `isRateLimit`: how the carrier says "too many calls" with another status than 429. */
export function carrierApi(
  title: string,
  account: Account,
  auth: Authorization,
  { isRateLimit }: Pick<UpstreamRequest, 'isRateLimit'> = {},
): CarrierApi {
  const { upstream, clock } = account;

  const signed = async <T>(
    request: UpstreamRequest,
    send: (request: UpstreamRequest) => Promise<T>,
    signIn = () => auth.headers(),
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const own = await signIn();
      // A carrier may echo a token with or without the word before it.
      const secrets = [
        ...auth.secrets,
        ...Object.values(own).flatMap((value) => [value, value.split(' ').at(-1) ?? value]),
      ];
      try {
        return await send({
          ...request,
          headers: { Accept: 'application/json', ...request.headers, ...own },
          secrets,
          ...(isRateLimit && { isRateLimit }),
        });
      } catch (error) {
        if (!(error instanceof UpstreamError) || error.status !== 401) throw error;
        if (attempt === 2 || auth.renew === undefined) throw rejectedCredential(title, 401);
        auth.renew(own);
      }
    }
  };

  return {
    async get(path, query, accept = []) {
      const url = urlOf(account.baseUrl, path, query);
      let first: unknown;
      for (let attempt = 0; ; attempt++) {
        const timeoutMs = Math.min(READ_TIMEOUT_MS, Math.max(5000, account.deadline + GRACE_MS - clock.now()));
        try {
          return await signed({ url, timeoutMs, accept, bigIntegers: 'string' }, (request) => upstream.json(request));
        } catch (error) {
          // The breaker opened over this very call: its own failure is the news, and the walk must not ask again for ever.
          if (first !== undefined && error instanceof RetryLater && error.reason === 'breaker_open') throw first;
          first = error;
          const pause = PAUSES_MS[attempt];
          if (pause === undefined || !mayPass(error, attempt) || clock.now() + pause >= account.deadline) throw error;
          await clock.sleep(pause, account.signal);
        }
      }
    },

    async write(path, body) {
      const isJson = 'json' in body;
      const { response, secrets } = await signed(
        {
          method: 'POST',
          url: urlOf(account.baseUrl, path),
          headers: { 'Content-Type': isJson ? 'application/json' : 'application/x-www-form-urlencoded' },
          body: isJson ? JSON.stringify(body.json) : new URLSearchParams(body.form).toString(),
          timeoutMs: READ_TIMEOUT_MS,
          redirects: 'none',
          // 503: with a Retry-After it would count as not done, which nobody knows.
          accept: [...REFUSALS, 503],
        },
        async (request) => ({ response: await upstream.send(request), secrets: request.secrets ?? [] }),
        () => auth.headers().catch(neverSent),
      );
      if (response.status === 503) throw new UpstreamError(`${title} answered 503`, { status: 503, problem: 'status' });
      const answer = parseAnswer(response, title);
      if (response.status < 300) return answer;
      const words = carrierWords(answer, secrets);
      throw new PermanentError(`${title} refused (${response.status})${words === '' ? '.' : `: ${words}`}`, 'rejected');
    },
  };
}

function neverSent(cause: unknown): never {
  throw new NeverSent(cause);
}

/** Whether asking again at once may help. A second timeout would cost too much of the slice. */
function mayPass(error: unknown, attempt: number): boolean {
  if (!(error instanceof UpstreamError)) return false;
  if (error.problem === 'timeout') return attempt === 0;
  if (error.problem === 'connection' || error.problem === 'bad_body') return true;
  return error.status === 408 || error.status === 425 || (error.status ?? 0) >= 500;
}

/** The address of a call: always below the base URL, so that credentials go nowhere else. */
function urlOf(baseUrl: string, path: string, query: Query = {}): string {
  const url = new URL(`${baseUrl}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** The body of an answer to a write. One that cannot be read leaves open what was done, unless it is a refusal. */
function parseAnswer(response: HttpResponse, title: string): unknown {
  try {
    return response.text.trim() === '' ? undefined : parseJson(response.text, { bigIntegers: 'string' });
  } catch (cause) {
    if (response.status >= 400) return undefined;
    throw new UpstreamError(`${title} answered something that cannot be read`, {
      status: response.status,
      problem: 'bad_body',
      outcomeUnknown: true,
      cause,
    });
  }
}
