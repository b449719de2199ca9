import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { simulateCarrier } from '../../functions/kinds/carrier/simulator/index.ts';
import { systemClock } from '../../functions/platform/clock.ts';

/**
 * A simulated Hologram in a process of its own, so that a worker's CPU is the worker's alone. Every call takes
 * PROVIDER_LATENCY_MS; any key is right, so that each integration can have its own rate limit. Its time runs an hour a
 * second: each sync finds new usage, as an hourly one does. Tells its parent the base URL.
 */
const latencyMs = Number(process.env.PROVIDER_LATENCY_MS ?? 50);
const startedAt = Date.now();
const simulated = simulateCarrier('hologram', {
  sims: Number(process.env.PROVIDER_SIMS ?? 20),
  clock: systemClock,
  usageTime: () => startedAt + (Date.now() - startedAt) * 3600,
  requestsPerMinute: null,
});
const authorization = `Basic ${Buffer.from(`apikey:${simulated.credentials.apiKey}`).toString('base64')}`;

const server = createServer((request, response) => {
  const { url: path = '/', method = 'GET' } = request;
  setTimeout(() => {
    const headers = { ...(request.headers as Record<string, string | undefined>), authorization };
    const answer = simulated.handle({ method, path, headers, body: '', baseUrl: `http://${request.headers.host}` });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }, latencyMs);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({
    baseUrl: `http://127.0.0.1:${port}`,
    accountId: simulated.accountId,
    devices: simulated.sims.map(({ carrierDeviceId, iccid, name }) => ({ carrierDeviceId, iccid, name })),
  });
});
process.once('disconnect', () => process.exit());
