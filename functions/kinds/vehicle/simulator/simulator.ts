import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpstreamError } from '../../../model/failure.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { HttpClient, HttpRequest } from '../../../platform/http/http.ts';

/** Something that answers as a vehicle, or a service that knows vehicles, would. In process or on a loopback port. */
export interface Simulator {
  answer(request: SimulatedRequest): SimulatedAnswer;
}

export interface SimulatedRequest {
  /** Without the prefix it is mounted under. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export type SimulatedAnswer =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Text as it is, for what is no JSON. */
  | { readonly status: number; readonly text: string }
  /** Nobody is there. */
  | 'refuse'
  /** Takes the call and says nothing. */
  | 'hang';

/** By the path each is mounted under: `{ '/vehicles/1': vehicle }`, or `{ '': vehicle }` for one alone. */
export type Mounts = Readonly<Record<string, Simulator>>;

/** The simulators behind the HTTP port, without a network. `clock` is what a call that hangs waits on. */
export function simulatedHttp(origin: string, mounts: Mounts, clock: Clock): HttpClient {
  return {
    async send(request) {
      const answer = ask(request, origin, mounts);
      if (answer === 'refuse') throw new UpstreamError('connection refused', { problem: 'connection' });
      if (answer === 'hang') {
        const timeoutMs = request.timeoutMs ?? 30_000;
        await clock.sleep(timeoutMs);
        throw new UpstreamError(`timeout after ${timeoutMs / 1000} s`, { problem: 'timeout' });
      }
      const text = 'text' in answer ? answer.text : JSON.stringify(answer.body);
      const headers = 'headers' in answer ? (answer.headers ?? {}) : {};
      if (text.length > (request.maxBodyBytes ?? 10_000_000)) {
        throw new UpstreamError('the answer is too large', { problem: 'too_large', status: answer.status });
      }
      return { status: answer.status, headers, url: request.url, text, latencyMs: 1 };
    },
  };
}

function ask(request: HttpRequest, origin: string, mounts: Mounts): SimulatedAnswer {
  const url = new URL(request.url);
  if (url.origin !== origin) throw new Error(`the simulation has nobody at ${url.origin}`);
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return route(url, headers, mounts);
}

function route(url: URL, headers: SimulatedRequest['headers'], mounts: Mounts): SimulatedAnswer {
  const mount = Object.entries(mounts).find(([prefix]) => prefix === '' || url.pathname.startsWith(`${prefix}/`));
  if (mount === undefined) return { status: 404, body: { detail: 'Not Found' } };
  const [prefix, simulator] = mount;
  return simulator.answer({ path: url.pathname.slice(prefix.length), query: url.searchParams, headers });
}

/** The simulators on a loopback port of their own (0: any). */
export async function serveSimulators(
  mounts: Mounts,
  port = 0,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => respond(request, response, mounts));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function respond(request: IncomingMessage, response: ServerResponse, mounts: Mounts): void {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const answer = route(new URL(request.url ?? '/', 'http://127.0.0.1'), headers, mounts);
  if (answer === 'hang') return;
  if (answer === 'refuse') {
    request.socket.destroy();
    return;
  }
  const json = 'body' in answer;
  response.writeHead(answer.status, {
    'content-type': json ? 'application/json' : 'text/plain',
    ...(json && answer.headers),
  });
  response.end(json ? JSON.stringify(answer.body) : answer.text);
}
