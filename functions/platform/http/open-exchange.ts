import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionPool } from './connection-pool.ts';
import type { Exchange } from './http-failure.ts';

/** One request as it goes out: everything checked. */
export interface Outgoing {
  readonly url: URL;
  /** The URL's host as one connects to it: no brackets, no trailing dot. */
  readonly hostname: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** Sends the request and resolves with the head of the answer; the body is still to be read. Keeps `exchange` up to date. */
export async function openExchange(
  outgoing: Outgoing,
  exchange: Exchange,
  pool: ConnectionPool,
): Promise<http.IncomingMessage> {
  const first = await attempt(outgoing, exchange, pool, pool.reuse(outgoing.url.protocol));
  if (!('error' in first)) return first.response;
  // The server closed a kept-alive connection at the same moment. Only a GET may simply be sent again.
  if (first.staleConnection && outgoing.method === 'GET') {
    exchange.sent = false;
    const second = await attempt(outgoing, exchange, pool, pool.fresh());
    if (!('error' in second)) return second.response;
    throw second.error;
  }
  throw first.error;
}

type Attempt =
  | { readonly response: http.IncomingMessage }
  | { readonly error: unknown; readonly staleConnection: boolean };

function attempt(
  outgoing: Outgoing,
  exchange: Exchange,
  pool: ConnectionPool,
  options: https.RequestOptions,
): Promise<Attempt> {
  const { url, hostname, method, body, signal } = outgoing;
  const secure = url.protocol === 'https:';
  return new Promise((resolve) => {
    const request = (secure ? https : http).request({
      ...options,
      method,
      protocol: url.protocol,
      hostname,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: {
        ...outgoing.headers,
        host: url.host,
        'accept-encoding': 'gzip, deflate, br',
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      joinDuplicateHeaders: true,
      maxHeaderSize: 64 * 1024,
      signal,
    });
    request.on('socket', (socket: Socket) => {
      const connected = (): void => {
        exchange.sent = true;
      };
      if (request.reusedSocket) connected();
      else socket.once(secure ? 'secureConnect' : 'connect', connected);
    });
    request.once('response', (response) => {
      pool.used(response.socket);
      exchange.status = response.statusCode;
      resolve({ response });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const lost = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      resolve({ error, staleConnection: request.reusedSocket && lost });
    });
    // A switch of protocols, for one, ends the request with neither an answer nor an error.
    request.once('close', () => resolve({ error: new Error('closed'), staleConnection: false }));
    request.end(body);
  });
}
