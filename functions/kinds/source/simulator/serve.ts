import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { SimulatedResponse } from './exchange.ts';
import type { WeatherService } from './weather-service.ts';

/** Serves the simulated service on loopback. Port 0: any free one. */
export async function serveWeather(
  service: WeatherService,
  port = 0,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    );
    const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
    const body = Buffer.concat(chunks).toString();
    answer(outgoing, service.handle({ method: incoming.method ?? 'GET', url, headers, body }));
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

function answer(outgoing: ServerResponse, { status, headers, body }: SimulatedResponse): void {
  if (body === 'hang') return;
  if (body === 'reset') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(status, headers);
  if (typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body);
  // The client leaves before the end of a body that is too large.
  else
    Readable.from(body)
      .on('error', () => outgoing.destroy())
      .pipe(outgoing);
}
