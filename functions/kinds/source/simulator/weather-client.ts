import { gunzipSync } from 'node:zlib';
import { UpstreamError } from '../../../model/failure.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../platform/http/http.ts';
import type { SimulatedResponse } from './exchange.ts';
import type { WeatherService } from './weather-service.ts';

const DEFAULT_MAX_BODY_BYTES = 10_000_000;

/** The simulated service at `origin` behind the HTTP port, without a socket: it keeps the port's promises. */
export function weatherClient(service: WeatherService, origin: string): HttpClient {
  const send = async (request: HttpRequest, redirects: number): Promise<HttpResponse> => {
    request.signal?.throwIfAborted();
    const url = new URL(request.url);
    if (url.origin !== origin) throw new Error(`The simulation knows ${origin} only, not ${url.origin}`);
    const { method = 'GET', body = '', headers = {} } = request;
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = service.handle({ method, url, headers: lower, body });
    const { location } = answer.headers;
    if (answer.status >= 300 && answer.status < 400 && location !== undefined) {
      const target = new URL(location, url);
      if (target.origin !== origin || method !== 'GET' || request.redirects === 'none' || redirects === 0) {
        throw new UpstreamError('redirect refused', { problem: 'redirect', status: answer.status });
      }
      return send({ ...request, url: target.href }, redirects - 1);
    }
    const text = textOf(answer, request.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
    return { status: answer.status, headers: answer.headers, url: url.href, text, latencyMs: 1 };
  };
  return { send: (request) => send(request, 3) };
}

function textOf({ body, headers }: SimulatedResponse, most: number): string {
  if (body === 'hang') throw new UpstreamError('timeout', { problem: 'timeout' });
  if (body === 'reset') throw new UpstreamError('connection lost', { problem: 'connection' });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (const chunk of typeof body === 'string' || body instanceof Uint8Array ? [Buffer.from(body)] : body) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (headers['content-encoding'] !== 'gzip') return bytes.toString();
  try {
    return gunzipSync(bytes, { maxOutputLength: most }).toString();
  } catch {
    throw tooLarge(most);
  }
}

const tooLarge = (most: number): UpstreamError =>
  new UpstreamError(`the answer is larger than ${most} bytes`, { problem: 'too_large' });
