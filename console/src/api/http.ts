import { ApiFailure, failureOf } from './api-failure.ts';

/** Who gives out the bearer token. `renew`: the API refused the one it gave last. */
export interface TokenSource {
  token(renew?: boolean): Promise<string>;
}

export interface Http {
  /** Asks with If-None-Match where an earlier answer is known; an unchanged answer is the very same object as before. */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, request?: SendRequest): Promise<T>;
}

export interface SendRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Known {
  readonly etag: string;
  readonly body: unknown;
}

const TIMEOUT_MS = 35_000;
/** Answers kept for their ETag; the oldest go first. */
const MAX_KNOWN = 200;

/** `baseUrl` is empty where page and API have one origin. */
export function createHttp(baseUrl: string, tokens: TokenSource): Http {
  const known = new Map<string, Known>();

  async function request(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    const call = async (renew: boolean): Promise<Response> => {
      const headers = { ...init.headers, authorization: `Bearer ${await tokens.token(renew)}` };
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      try {
        return await fetch(baseUrl + path, { ...init, headers, cache: 'no-store', signal: both });
      } catch (error) {
        if (signal?.aborted) throw error;
        const words = timeout.aborted ? 'The API did not answer in time.' : 'The API cannot be reached.';
        throw new ApiFailure(0, 'unreachable', words);
      }
    };
    const first = await call(false);
    return first.status === 401 ? call(true) : first;
  }

  return {
    async get<T>(path: string, signal?: AbortSignal): Promise<T> {
      const before = known.get(path);
      const headers: Record<string, string> = before === undefined ? {} : { 'if-none-match': before.etag };
      const response = await request(path, { headers }, signal);
      if (response.status === 304 && before !== undefined) return before.body as T;
      if (!response.ok) throw await failureOf(response);
      const body = await bodyOf(response, signal);
      const etag = response.headers.get('etag');
      known.delete(path);
      if (etag !== null) known.set(path, { etag, body });
      for (const oldest of known.keys()) if (known.size > MAX_KNOWN) known.delete(oldest);
      return body as T;
    },

    async send<T>(method: string, path: string, { body, headers = {} }: SendRequest = {}): Promise<T> {
      const response = await request(path, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw await failureOf(response);
      return (response.status === 204 ? undefined : await bodyOf(response)) as T;
    },
  };
}

/** A sign-in page of some network, or a line that broke within the answer. */
async function bodyOf(response: Response, signal?: AbortSignal): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiFailure(0, 'unreadable', 'The answer of the API could not be read.');
  }
}
