import type { HttpRequest, HttpResponse } from '../http/http.ts';

/**
 * The HTTP client a kind's provider is given: `HttpClient` behind the credential's rate limit, the upstream's breaker and
 * the counters. One per run.
 */
export interface Upstream {
  /**
   * Waits for its place in the rate limit, then sends.
   * Resolves for 2xx and for the statuses in `accept`.
   * Throws RetryLater on 429 (and on 503 with Retry-After), on a shared cooldown and on an open breaker;
   * UpstreamError for everything else (its `status` tells which; 401, 403, 404 and 422 included).
   */
  send(request: UpstreamRequest): Promise<HttpResponse>;
  /** As `send`, and parses the body as JSON strictly (no NaN, no duplicate `__proto__`; UpstreamError `bad_body` otherwise). */
  json(request: UpstreamRequest): Promise<UpstreamJson>;
  /** Calls made so far in this run, for the history entry. */
  readonly calls: number;
}

export interface UpstreamRequest extends HttpRequest {
  /** Statuses besides 2xx that the caller handles itself. */
  readonly accept?: readonly number[];
  /** True for calls outside the credential's limit (a token endpoint with a limit of its own). */
  readonly unlimited?: boolean;
  /** For upstreams that say "too many calls" in words, with whatever status: true makes the answer the same as a 429. */
  readonly isRateLimit?: (response: HttpResponse) => boolean;
  /** For `json`: integers beyond 2^53 as strings of their digits instead of rounded numbers. */
  readonly bigIntegers?: 'string';
}

export interface UpstreamJson {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed body; undefined for an empty one, and for an error status (in `accept`) whose body is not JSON. */
  readonly body: unknown;
}

/** Where a limit comes from: the provider's documented rate, `config.requestsPerMinute`, or none. */
export interface RateLimit {
  readonly requestsPerMinute: number;
  /** How many may go at once after a quiet time. Default 1. */
  readonly burst?: number;
}
