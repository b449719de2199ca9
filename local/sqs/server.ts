import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { SqsEngine } from './engine.ts';
import { type Protocol, sqsProtocol } from './protocol.ts';

/** A batch of 1 MiB in JSON, with every character escaped. */
const MOST_BODY_BYTES = 8 * 1024 * 1024;

export interface SqsServer {
  /** E.g. `http://127.0.0.1:4567`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Serves the engine on a port of the loopback interface; 0 is any free one. */
export async function serveSqs(engine: SqsEngine, port = 0): Promise<SqsServer> {
  const protocol = sqsProtocol(engine);
  const server = createServer((request, response) => {
    answer(protocol, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The SQS server has no port.');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(protocol: Protocol, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413).end();
    return;
  }
  // A client that hung up must not get a message that nobody will read.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const {
    status,
    headers,
    body: text,
  } = await protocol({
    target: request.headers['x-amz-target']?.toString(),
    body,
    baseUrl: `http://${request.headers.host}`,
    signal: gone.signal,
  });
  response.writeHead(status, headers).end(text);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
