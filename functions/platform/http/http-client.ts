import type { IncomingMessage } from 'node:http';
import { PermanentError, UpstreamError } from '../../model/failure.ts';
import { type Clock, systemClock } from '../clock.ts';
import { redact } from '../redact.ts';
import { type AddressGuard, hostOf } from './address-guard.ts';
import { checkedHeaders, checkedUrl, publicUrl } from './check-request.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { HttpClient } from './http.ts';
import { type Exchange, httpFailure } from './http-failure.ts';
import { openExchange } from './open-exchange.ts';
import { readBody } from './read-body.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BODY_BYTES = 10_000_000;
/** Of an error's body: its status is the answer, the rest only explains. */
const MAX_ERROR_BODY_BYTES = 64_000;
const MAX_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * The real HTTP port, on node:http(s): undici would add 700 kB to every bundle, and Node's own client is loaded for the
 * AWS SDK anyway.
 */
export function createHttpClient({
  guard,
  clock = systemClock,
  maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
  ca,
}: {
  readonly guard: AddressGuard;
  readonly clock?: Clock;
  readonly maxBodyBytes?: number;
  /** PEM of the authorities to trust instead of the public ones. */
  readonly ca?: string;
}): HttpClient & { close(): void } {
  const pool = createConnectionPool(guard, clock, ca);
  return {
    close: () => pool.close(),
    async send(request) {
      const startedAt = clock.now();
      const method = request.method ?? 'GET';
      const headers = { 'user-agent': 'driftless', ...checkedHeaders(request.headers) };
      const secrets = request.secrets ?? [];
      let url = checkedUrl(request.url, guard, secrets);
      request.signal?.throwIfAborted();

      const exchange: Exchange = {
        shownUrl: redact(publicUrl(url), secrets),
        timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        secrets,
        sent: false,
        timedOut: false,
        status: undefined,
      };
      // One timer for everything from DNS to the last byte: neither slow headers nor a dripping body outlive it.
      const stop = new AbortController();
      const timer = setTimeout(() => {
        exchange.timedOut = true;
        stop.abort();
      }, exchange.timeoutMs);
      const onAbort = (): void => stop.abort();
      request.signal?.addEventListener('abort', onAbort, { once: true });

      try {
        for (let redirects = 0; ; redirects += 1) {
          const outgoing = { url, hostname: hostOf(url), method, headers, body: request.body, signal: stop.signal };
          const response = await openExchange(outgoing, exchange, pool);
          const { location } = response.headers;
          if (REDIRECTS.includes(response.statusCode ?? 0) && location !== undefined) {
            response.destroy();
            const follow = request.redirects !== 'none' && method === 'GET' && redirects < MAX_REDIRECTS;
            url = redirectTarget(location, { url, follow, method, exchange, guard });
            exchange.status = undefined;
            continue;
          }
          return {
            status: response.statusCode ?? 0,
            headers: headersOf(response),
            url: url.href,
            text: await textOf(response, request.maxBodyBytes ?? maxBodyBytes, exchange),
            latencyMs: Math.max(0, clock.now() - startedAt),
          };
        }
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof UpstreamError || error instanceof PermanentError) throw error;
        throw httpFailure(error, exchange);
      } finally {
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}

/**
 * Where to go next. Another origin is never followed: the credentials in the headers are meant for this one, and https
 * must not become http.
 */
function redirectTarget(location: string, { url, follow, method, exchange, guard }: RedirectFacts): URL {
  const status = exchange.status ?? 0;
  const refuse = (why: string): UpstreamError =>
    new UpstreamError(`redirect refused: ${exchange.shownUrl} answered ${status}${why}`, {
      problem: 'redirect',
      status,
      // 307 and 308 say "not here"; after the others a request that changes something may have been carried out.
      outcomeUnknown: method !== 'GET' && status < 304,
    });
  if (!URL.canParse(location, url.href)) throw refuse(' with an address that cannot be read');
  const target = new URL(location, url.href);
  if (target.origin !== url.origin)
    throw refuse(`, pointing to another origin (${redact(target.origin, exchange.secrets)})`);
  if (method !== 'GET') throw refuse(` to a ${method} request`);
  if (!follow) throw refuse(', one redirect more than is followed');
  return checkedUrl(target.href, guard, exchange.secrets);
}

interface RedirectFacts {
  readonly url: URL;
  readonly follow: boolean;
  readonly method: string;
  readonly exchange: Exchange;
  readonly guard: AddressGuard;
}

/** The body; of an error status, as much as can be had: the status alone is an answer, and its body only explains. */
async function textOf(response: IncomingMessage, maxBodyBytes: number, exchange: Exchange): Promise<string> {
  if ((response.statusCode ?? 0) < 400) return await readBody(response, maxBodyBytes);
  try {
    return await readBody(response, Math.min(maxBodyBytes, MAX_ERROR_BODY_BYTES));
  } catch {
    response.destroy();
    // (A timeout that fires here is no timeout of the answer.)
    exchange.timedOut = false;
    return '';
  }
}

function headersOf(response: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
