import { PermanentError, RetryLater, UpstreamError } from '../../../../functions/model/failure.ts';
import type { Clock } from '../../../../functions/platform/clock.ts';
import type { HttpClient, HttpResponse } from '../../../../functions/platform/http/http.ts';
import { parseJson } from '../../../../functions/platform/http/parse-json.ts';
import type { RateLimit, Upstream, UpstreamRequest } from '../../../../functions/platform/upstream/upstream.ts';

/** What all runs with one credential share. */
export interface SharedLimit {
  nextAt: number;
}

export interface FakeUpstreamOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly rateLimit: RateLimit | null;
  readonly shared?: SharedLimit;
  /** Opens after so many failures in a row; null: never. */
  readonly breakerAfter?: number | null;
}

/** The contract of `Upstream` over an HttpClient: limiter, 429, breaker, strict JSON. */
export function fakeUpstream(options: FakeUpstreamOptions): Upstream {
  const { http, clock, rateLimit, shared = { nextAt: 0 }, breakerAfter = 5 } = options;
  let calls = 0;
  let failures = 0;

  const send = async (request: UpstreamRequest): Promise<HttpResponse> => {
    if (breakerAfter !== null && failures >= breakerAfter) {
      throw new RetryLater(clock.now() + 60_000, 'the breaker is open', 'breaker_open');
    }
    if (rateLimit !== null && !request.unlimited) {
      const wait = shared.nextAt - clock.now();
      if (wait > 0) await clock.sleep(wait);
      shared.nextAt = Math.max(shared.nextAt, clock.now()) + 60_000 / rateLimit.requestsPerMinute;
    }
    calls += 1;
    let response: HttpResponse;
    try {
      response = await http.send(request);
    } catch (error) {
      failures += 1;
      throw error;
    }
    const { status, headers } = response;
    const isRateLimit = request.isRateLimit?.(response) ?? false;
    failures = status >= 500 && !isRateLimit ? failures + 1 : 0;
    const isWanted = (status >= 200 && status < 300) || request.accept?.includes(status);
    if (isWanted && !isRateLimit) return response;
    if (isRateLimit || status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
      const seconds = Number(headers['retry-after'] ?? 30);
      throw new RetryLater(clock.now() + seconds * 1000, 'the carrier asks to wait', 'rate_limited');
    }
    throw new UpstreamError(`answered ${status}`, { status, problem: 'status' });
  };

  return {
    send,
    async json(request) {
      const { status, headers, text } = await send(request);
      if (text.trim() === '') return { status, headers, body: undefined };
      try {
        return { status, headers, body: parseJson(text, { bigIntegers: request.bigIntegers ?? 'number' }) };
      } catch (cause) {
        throw new UpstreamError('not JSON', { status, problem: 'bad_body', cause });
      }
    },
    get calls() {
      return calls;
    },
  };
}

/** An HttpClient for answers made by hand; a call it does not expect is an error. */
export function scriptedHttp(
  answer: (method: string, url: URL, body: string) => Partial<HttpResponse> | undefined,
): HttpClient {
  return {
    async send(request) {
      const url = new URL(request.url);
      const given = answer(request.method ?? 'GET', url, request.body ?? '');
      if (given === undefined)
        throw new PermanentError(`unexpected call ${request.method ?? 'GET'} ${url.pathname}${url.search}`);
      return { status: 200, headers: {}, url: request.url, text: '', latencyMs: 0, ...given };
    },
  };
}
