import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import type { Clock } from '../clock.ts';
import type { HttpClient, HttpResponse } from '../http/http.ts';
import { parseJson } from '../http/parse-json.ts';
import type { BreakerOutcome } from './breaker.ts';
import { hasRetryAfter, retryAfterMs } from './retry-after.ts';
import { shownUrl, statusError } from './status-error.ts';
import type { Upstream, UpstreamRequest } from './upstream.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
/** A call may outlast the slice's deadline by this much; later the worker itself would be stopped in the middle of it. */
const DEADLINE_GRACE_MS = 15_000;

/** What stands between a run and its upstream: the breaker, the credential's cooldown and its rate limit. */
export interface Gate {
  /** Waits for leave to make one call; settle it with how the call ended. Throws RetryLater when there is none now. */
  enter(
    origin: string,
    options: { readonly unlimited: boolean },
  ): Promise<{ settle(outcome: BreakerOutcome): Promise<void> }>;
  /** Lets all who share the credential rest for so long. */
  cool(origin: string, ms: number): Promise<void>;
}

export interface UpstreamDeps {
  readonly http: HttpClient;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Epoch ms. */
  readonly deadline: number;
  readonly secrets: readonly string[];
  /** Where calls may go; absent: anywhere the HTTP client allows. */
  readonly origins?: readonly string[];
  /** After each answer or failure, for the metrics. */
  readonly onCall?: (call: UpstreamCall) => void;
}

export interface UpstreamCall {
  readonly origin: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly latencyMs: number;
}

/** One run's way out; see the contract in upstream.ts. */
export function createUpstream(deps: UpstreamDeps): Upstream {
  const { http, gate, clock, signal } = deps;
  let calls = 0;

  async function send(request: UpstreamRequest): Promise<HttpResponse> {
    signal.throwIfAborted();
    const origin = originOf(request.url);
    const secrets = [...deps.secrets, ...(request.secrets ?? [])];
    if (deps.origins !== undefined && !deps.origins.includes(origin)) {
      // A "next" link that points elsewhere: the credentials are not meant for it.
      throw new UpstreamError(
        `redirect refused: the next address is at another origin (${shownUrl(origin, secrets)})`,
        {
          problem: 'redirect',
        },
      );
    }
    const permit = await gate.enter(origin, { unlimited: request.unlimited ?? false });

    const startedAt = clock.now();
    const timeLeft = Math.max(1_000, deps.deadline + DEADLINE_GRACE_MS - startedAt);
    let response: HttpResponse;
    calls += 1;
    try {
      response = await http.send({
        ...request,
        secrets,
        signal,
        timeoutMs: Math.min(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, timeLeft),
      });
    } catch (error) {
      await permit.settle(outcomeOfError(error));
      const status = error instanceof UpstreamError ? error.status : undefined;
      deps.onCall?.({ origin, status, latencyMs: clock.now() - startedAt });
      throw error;
    }
    const { status } = response;
    const isRateLimit = request.isRateLimit?.(response) ?? false;
    await permit.settle(status >= 500 && !isRateLimit ? 'failed' : 'answered');
    deps.onCall?.({ origin, status, latencyMs: response.latencyMs });

    const isWanted = (status >= 200 && status < 300) || request.accept?.includes(status);
    if (isWanted && !isRateLimit) return response;
    if (isRateLimit || status === 429 || (status === 503 && hasRetryAfter(response.headers))) {
      const ms = retryAfterMs(response.headers, clock.now());
      await gate.cool(origin, ms);
      const what = isRateLimit || status === 429 ? 'rate limited' : 'unavailable';
      throw new RetryLater(
        clock.now() + ms,
        `${what}: ${shownUrl(request.url, secrets)} answered ${status}`,
        'rate_limited',
      );
    }
    throw statusError(request, response, secrets);
  }

  return {
    send,
    async json(request) {
      const { status, headers, text } = await send(request);
      if (text.trim() === '') return { status, headers, body: undefined };
      try {
        return { status, headers, body: parseJson(text, { bigIntegers: request.bigIntegers ?? 'number' }) };
      } catch (error) {
        // The status is the answer; its body only explains.
        if (status >= 400) return { status, headers, body: undefined };
        const where = shownUrl(request.url, [...deps.secrets, ...(request.secrets ?? [])]);
        throw new UpstreamError(`bad answer from ${where}: ${(error as Error).message}`, {
          status,
          problem: 'bad_body',
          outcomeUnknown: (request.method ?? 'GET') !== 'GET',
        });
      }
    },
    get calls() {
      return calls;
    },
  };
}

function originOf(url: string): string {
  if (!URL.canParse(url)) throw new PermanentError('The address to call is not an absolute URL', 'config');
  return new URL(url).origin;
}

/** 5xx, timeouts and the network are failures; any other answer, however useless, shows that the upstream is there. */
function outcomeOfError(error: unknown): BreakerOutcome {
  if (!(error instanceof UpstreamError)) return 'unknown';
  if (error.problem === 'timeout' || error.problem === 'connection') return 'failed';
  return error.status === undefined || error.status >= 500 ? 'failed' : 'answered';
}
