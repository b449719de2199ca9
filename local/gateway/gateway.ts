import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { InvocationDependencies } from '../event-source-mapping/lambda-function.ts';
import { invoke, type LambdaFunction } from '../event-source-mapping/lambda-function.ts';
import type { ConsoleFiles } from './console-files.ts';
import { type LocalTokens, tokenRequestSchema } from './local-tokens.ts';
import { proxyEvent, readRequest } from './proxy-event.ts';

export interface GatewayOptions {
  readonly port: number;
  /** The API's function: what API Gateway would invoke. */
  readonly api: (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;
  readonly tokens: LocalTokens;
  readonly console: ConsoleFiles;
  readonly invocation: InvocationDependencies;
}

export interface Gateway {
  readonly port: number;
  close(): Promise<void>;
}

interface ProxyAnswer {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** API Gateway waits this long for a function. */
const FUNCTION_TIMEOUT_MS = 30_000;
/** Of Node's 5 seconds a large sync in the same process may take all: a connection just taken up again would be cut. */
const HTTP = { keepAliveTimeout: 65_000 };
/** Open to everyone, as in the deployed API. */
const OPEN_PATHS: readonly string[] = ['/api/openapi.json'];

/** API Gateway with its JWT authorizer, and the site of the console, on one loopback port. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const lambda: LambdaFunction<APIGatewayProxyEventV2> = {
    name: 'driftless-local-api',
    handler: options.api,
    timeoutMs: FUNCTION_TIMEOUT_MS,
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response, lambda, options).catch(() => {
      if (!response.headersSent) sendError(response, 500, 'internal', 'The local gateway failed.');
      else response.destroy();
    });
  };
  // `localhost` is 127.0.0.1 for some clients and ::1 for others.
  const first = createServer(HTTP, serve);
  const port = await listen(first, '127.0.0.1', options.port);
  const second = createServer(HTTP, serve);
  const servers = [first, second];
  try {
    await listen(second, '::1', port);
  } catch (error) {
    // Another program there would be what a browser shows; where the machine has no IPv6 the first is enough.
    if (error instanceof PortTaken) {
      await closeServer(first);
      throw error;
    }
    servers.pop();
  }
  return {
    port,
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

class PortTaken extends Error {}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE' ? new PortTaken(`port ${port} is taken; choose another with --port N`) : error,
      );
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // A keep-alive connection that idles would hold the stop up; one in the middle of an answer gets a moment.
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  lambda: LambdaFunction<APIGatewayProxyEventV2>,
  options: GatewayOptions,
): Promise<void> {
  if (!URL.canParse(request.url ?? '/', 'http://localhost')) {
    sendError(response, 400, 'invalid', 'This is not an address.');
    return;
  }
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (!isFromThisSite(request)) {
    sendError(response, 403, 'forbidden', 'The local system answers to localhost only.');
    return;
  }
  const isApi = pathname.startsWith('/api/') || pathname.startsWith('/v1/');
  if (!isApi && pathname !== '/dev/token') {
    await options.console.serve(request, response);
    return;
  }
  const body = await readRequest(request);
  if (body === undefined) {
    sendError(response, 413, 'too_large', 'The body is too large.');
    return;
  }
  if (pathname === '/dev/token') {
    await issueToken(request, response, body, options.tokens);
    return;
  }
  const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const claims = token === undefined ? undefined : await options.tokens.verify(token);
  if (claims === undefined && !OPEN_PATHS.includes(pathname)) {
    response.setHeader('www-authenticate', 'Bearer');
    sendError(response, 401, 'unauthorized', 'A valid bearer token is needed; POST /dev/token gives one.');
    return;
  }
  const event = proxyEvent(request, body, claims, options.invocation.newId());
  const result = (await invoke(lambda, event, options.invocation)) as ProxyAnswer;
  response.writeHead(result.statusCode ?? 200, { ...result.headers });
  response.end(result.isBase64Encoded ? Buffer.from(result.body ?? '', 'base64') : (result.body ?? ''));
}

/** A name that points to loopback (DNS rebinding) or a page of another site must not get at the local system. */
function isFromThisSite(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!['localhost', '127.0.0.1', '[::1]'].includes(host)) return false;
  const { origin } = request.headers;
  return origin === undefined || /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin);
}

async function issueToken(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  tokens: LocalTokens,
): Promise<void> {
  if (request.method !== 'POST') {
    sendError(response, 405, 'method_not_allowed', 'This address takes POST.');
    return;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    sendError(response, 400, 'invalid', 'The body is not JSON.');
    return;
  }
  const checked = tokenRequestSchema.safeParse(parsed);
  if (!checked.success) {
    const details = checked.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    sendJson(response, 400, { error: { code: 'invalid', message: 'The body is not valid.', details } });
    return;
  }
  sendJson(response, 200, { token: await tokens.issue(checked.data) });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { error: { code, message } });
}
