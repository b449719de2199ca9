import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SimulatedCarrier } from './simulated-carrier.ts';

export interface CarrierServer {
  /** The base URL to give to an integration of this carrier. */
  baseUrlOf(name: string): string;
  close(): Promise<void>;
}

/** Serves simulated carriers on loopback, each below a path of its own name. */
export async function serveCarriers(
  carriers: Readonly<Record<string, SimulatedCarrier>>,
  options: { readonly port?: number } = {},
): Promise<CarrierServer> {
  const basePath = (name: string): string => {
    const carrier = carriers[name];
    if (carrier === undefined) throw new Error(`no simulated carrier ${name}`);
    return `/${encodeURIComponent(name)}${new URL(carrier.baseUrl).pathname.replace(/\/$/, '')}`;
  };
  let origin = '';

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const url = request.url ?? '/';
      const name = Object.keys(carriers).find((each) => url.startsWith(`${basePath(each)}/`));
      const carrier = name === undefined ? undefined : carriers[name];
      if (name === undefined || carrier === undefined) {
        response.writeHead(404).end();
        return;
      }
      const answer = carrier.handle({
        method: request.method ?? 'GET',
        path: url.slice(basePath(name).length),
        headers: request.headers as Record<string, string | undefined>,
        body,
        baseUrl: origin + basePath(name),
      });
      if (answer.lost) request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    baseUrlOf: (name) => origin + basePath(name),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
