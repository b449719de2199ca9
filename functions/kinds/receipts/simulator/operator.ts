import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpstreamError } from '../../../model/failure.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { HttpClient } from '../../../platform/http/http.ts';
import type { CallEnd, OperatorRequest } from './fault.ts';
import type { FiscalLedger } from './ledger.ts';

/** A simulated operator: called in process through `clientFor`, or over HTTP through `serve`. */
export interface SimulatedOperator {
  readonly ledger: FiscalLedger;
  handle(request: OperatorRequest): CallEnd;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** The HTTP port, with the operator at its other end; a hanging call lasts as long as the caller waits, on `clock`. */
export function clientFor(operator: SimulatedOperator, clock: Clock): HttpClient {
  return {
    async send({ method = 'GET', url, headers = {}, body = '', timeoutMs = DEFAULT_TIMEOUT_MS, signal }) {
      const { pathname, search } = new URL(url);
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const end = operator.handle({ method, path: pathname + search, headers: lower, body });
      switch (end.kind) {
        case 'answer':
          return {
            status: end.answer.status,
            headers: end.answer.headers ?? {},
            url,
            text: end.answer.body,
            latencyMs: 1,
          };
        case 'refused':
          throw new UpstreamError('connection refused', { problem: 'connection' });
        case 'lost':
          throw new UpstreamError('the connection broke before the answer', {
            problem: 'connection',
            outcomeUnknown: true,
          });
        case 'hanging':
          await clock.sleep(timeoutMs, signal);
          throw new UpstreamError(`timeout: no answer in ${timeoutMs} ms`, {
            problem: 'timeout',
            outcomeUnknown: true,
          });
      }
    },
  };
}

export interface ServedOperator {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1_000_000;

/** Serves it on loopback; port 0 picks a free one. */
export async function serve(operator: SimulatedOperator, port = 0): Promise<ServedOperator> {
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method = 'GET', url: path = '/' } = request;
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const end = operator.handle({ method, path, headers, body });
      if (end.kind === 'hanging') return;
      if (end.kind !== 'answer') return request.socket.destroy();
      response.writeHead(end.answer.status, { 'content-type': 'application/json', ...end.answer.headers });
      response.end(end.answer.body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
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

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
