import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** What the server was asked, for tests that count or look at requests. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
}

export interface HostileServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  readonly port: number;
  readonly received: readonly ReceivedRequest[];
  /** How often each fault was served, so that a test can assert that its fault fired. */
  readonly fired: ReadonlyMap<Fault, number>;
  /** Bytes the server has written for endless bodies: shows that a client stopped reading early. */
  bytesWritten(): number;
  /** PEM; present for TLS. */
  readonly certificate: string | undefined;
  close(): Promise<void>;
}

type Serve = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

const json = (response: ServerResponse, text: string | Buffer, headers: http.OutgoingHttpHeaders = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);
};

/** Writes `chunk` for as long as the other side takes it. */
const endless = (response: ServerResponse, chunk: Buffer): void => {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};

const dripping = (write: () => void, response: ServerResponse): void => {
  const timer = setInterval(write, 20);
  response.socket?.on('close', () => clearInterval(timer));
};

/** One million zeros for each compressed kilobyte. */
const BOMB = zlib.gzipSync(Buffer.alloc(50_000_000));
/** A gzip header, then stored blocks of no bytes for ever: input without output. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
const EMPTY_BLOCKS = Buffer.alloc(5 * 4096, Buffer.from([0, 0, 0, 0xff, 0xff]));

const PAYLOAD = JSON.stringify({ ok: true, text: 'grüße'.repeat(50) });

/** Each is the path `/fault-name`; some take query parameters. */
const faults = {
  ok: (_request, response) => json(response, PAYLOAD),
  echo: (request, response) => json(response, JSON.stringify(request.headers)),
  hang: () => {},
  'slow-headers': (_request, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\n');
    dripping(() => response.socket?.write(`x-drip-${response.socket.bytesWritten}: 1\r\n`), response);
  },
  'dripping-body': (_request, response) => {
    response.writeHead(200, { 'content-length': '100000' });
    dripping(() => response.write('x'), response);
  },
  reset: (_request, response) => response.socket?.resetAndDestroy(),
  'reset-in-body': (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"a":', () => response.socket?.resetAndDestroy());
  },
  'closed-in-body': (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"a":', () => response.socket?.end());
  },
  /** Answers, and hangs up a moment later although the connection was to be kept. */
  'hang-up-after': (_request, response) => {
    response.on('finish', () => setTimeout(() => response.socket?.destroy(), 1));
    json(response, PAYLOAD);
  },
  'not-http': (_request, response) => response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n'),
  'two-lengths': (_request, response) =>
    response.socket?.end(
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ),
  'huge-headers': (_request, response) =>
    response.socket?.end(`HTTP/1.1 200 OK\r\nx-huge: ${'h'.repeat(200_000)}\r\n\r\n`),
  'switching-protocols': (_request, response) =>
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
  'endless-body': (_request, response) => endless(response.writeHead(200), Buffer.alloc(64_000, 'a')),
  'large-length': (_request, response) => {
    response.writeHead(200, { 'content-length': '99999999999' });
    response.write('{"a":');
  },
  /** Says 5 bytes and sends more. */
  'small-length': (_request, response) =>
    response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{"a":"smuggled"}'),
  'gzip-bomb': (_request, response) => endless(response.writeHead(200, { 'content-encoding': 'gzip' }), BOMB),
  'empty-blocks': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).write(GZIP_HEADER);
    endless(response, EMPTY_BLOCKS);
  },
  gzip: (_request, response) => json(response, zlib.gzipSync(PAYLOAD), { 'content-encoding': 'gzip' }),
  deflate: (_request, response) => json(response, zlib.deflateSync(PAYLOAD), { 'content-encoding': 'deflate' }),
  'deflate-raw': (_request, response) =>
    json(response, zlib.deflateRawSync(PAYLOAD), { 'content-encoding': 'deflate' }),
  br: (_request, response) => json(response, zlib.brotliCompressSync(PAYLOAD), { 'content-encoding': 'br' }),
  'empty-gzip': (_request, response) => json(response, '', { 'content-encoding': 'gzip' }),
  'false-gzip': (_request, response) => json(response, PAYLOAD, { 'content-encoding': 'gzip' }),
  'truncated-gzip': (_request, response) =>
    json(response, zlib.gzipSync(PAYLOAD).subarray(0, 40), { 'content-encoding': 'gzip' }),
  'false-br': (_request, response) => json(response, '<html>plain</html>', { 'content-encoding': 'br' }),
  'unknown-encoding': (_request, response) => json(response, PAYLOAD, { 'content-encoding': 'zstd' }),
  bom: (_request, response) => json(response, `\uFEFF${PAYLOAD}`),
  'bad-utf8': (_request, response) => json(response, Buffer.from([0x22, 0xff, 0xfe, 0x22])),
  html: (_request, response) => json(response, '<!DOCTYPE html><html><body>Please log in</body></html>'),
  'truncated-json': (_request, response) => json(response, '{"items":[{"id":1},{"id":'),
  nan: (_request, response) => json(response, '{"value":NaN}'),
  overflow: (_request, response) => json(response, '{"value":1e999}'),
  proto: (_request, response) => json(response, '{"__proto__":{"isAdmin":true}}'),
  'duplicate-keys': (_request, response) => json(response, '{"a":1,"a":2}'),
  empty: (_request, response) => response.writeHead(204).end(),
  /** `?code=429&retry-after=5`: every other parameter becomes a header; `body=` the body, `&type=` its content type. */
  status: (_request, response, query) => {
    const headers = Object.fromEntries([...query].filter(([name]) => name !== 'code' && name !== 'body'));
    response.writeHead(Number(query.get('code')), headers).end(query.get('body') ?? '');
  },
  'failing-with-hanging-body': (_request, response, query) => {
    response.writeHead(Number(query.get('code')), { 'retry-after': '7', 'content-length': '50' }).write('x');
  },
  /** Repeats the request's Authorization header in its error, as careless servers do. */
  'secret-in-error': (request, response) =>
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end(
        JSON.stringify({ error: { message: `bad credentials ${request.headers.authorization} for ${request.url}` } }),
      ),
  /** `?to=` and `&code=` (default 302). */
  redirect: (_request, response, query) =>
    response.writeHead(Number(query.get('code') ?? 302), { location: query.get('to') ?? '' }).end('moved'),
  /** `?n=2` redirects twice, then answers. */
  hops: (_request, response, query) => {
    const n = Number(query.get('n'));
    if (n === 0) json(response, PAYLOAD);
    else response.writeHead(302, { location: `/hops?n=${n - 1}` }).end();
  },
} as const satisfies Readonly<Record<string, Serve>>;

export type Fault = keyof typeof faults;

/** A server that misbehaves on request, on loopback. Throws for a path it does not know. */
export async function startHostileServer(options: { readonly tls?: boolean } = {}): Promise<HostileServer> {
  const received: ReceivedRequest[] = [];
  const fired = new Map<Fault, number>();
  const tls = options.tls ? selfSignedCertificate('127.0.0.1') : undefined;
  let connections = 0;
  let closedBytes = 0;
  const sockets = new Map<import('node:net').Socket, number>();

  const serve: http.RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    const fault = url.pathname.slice(1) as Fault;
    response.on('error', () => {});
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
        connection: sockets.get(request.socket) ?? 0,
      });
      if (!Object.hasOwn(faults, fault)) throw new Error(`hostile server: unknown path ${url.pathname}`);
      fired.set(fault, (fired.get(fault) ?? 0) + 1);
      (faults[fault] as Serve)(request, response, url.searchParams);
    });
  };
  const server = tls === undefined ? http.createServer(serve) : https.createServer(tls, serve);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket) => {
    connections += 1;
    sockets.set(socket, connections);
    socket.on('error', () => {});
    socket.on('close', () => {
      closedBytes += socket.bytesWritten;
      sockets.delete(socket);
    });
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    received,
    fired,
    certificate: tls?.cert,
    bytesWritten: () => closedBytes + [...sockets.keys()].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets.keys()) socket.destroy();
      }),
  };
}
