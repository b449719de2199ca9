import { expect, it } from 'vitest';
import { serveCarriers, simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import { virtualClock } from './support/virtual-clock.ts';

const clock = virtualClock('2026-11-22T10:00:00Z');

it('serves several carriers on loopback, each below its own path', async () => {
  const hologram = simulateCarrier('hologram', { sims: 3, clock });
  const supersim = simulateCarrier('supersim', { sims: 3, clock, maxPageSize: 2 });
  const server = await serveCarriers({ hologram, supersim });
  try {
    const basic = (user: string, password: string) => ({
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    });
    const { apiKey: key = '' } = hologram.credentials;
    const devices = await fetch(`${server.baseUrlOf('hologram')}/devices?orgid=${hologram.accountId}`, {
      headers: basic('apikey', key),
    });
    expect(devices.status).toBe(200);
    expect((await devices.json()) as { size: number }).toMatchObject({ success: true, size: 3 });

    const { apiKey: sid = '', apiSecret = '' } = supersim.credentials;
    const sims = await fetch(`${server.baseUrlOf('supersim')}/Sims?PageSize=2`, { headers: basic(sid, apiSecret) });
    const { meta } = (await sims.json()) as { meta: { next_page_url: string } };
    expect(meta.next_page_url.startsWith(`${server.baseUrlOf('supersim')}/Sims?`)).toBe(true);

    expect((await fetch(`${server.baseUrlOf('hologram')}/devices`)).status).toBe(401);
    expect((await fetch(new URL('/nowhere', server.baseUrlOf('hologram')))).status).toBe(404);
  } finally {
    await server.close();
  }
});

it('loses an answer as a network does', async () => {
  const hologram = simulateCarrier('hologram', { sims: 1, clock });
  hologram.faults.lostAnswerRate = 1;
  const server = await serveCarriers({ hologram });
  try {
    const headers = {
      Authorization: `Basic ${Buffer.from(`apikey:${hologram.credentials.apiKey}`).toString('base64')}`,
    };
    await expect(fetch(`${server.baseUrlOf('hologram')}/devices`, { headers })).rejects.toThrow();
    expect(hologram.callCount).toBe(1);
  } finally {
    await server.close();
  }
});

it('counts calls beyond its limit and refuses them with a Retry-After', () => {
  const jasper = simulateCarrier('jasper', { sims: 1, clock, requestsPerMinute: 2 });
  const call = () =>
    jasper.handle({ method: 'GET', path: '/devices/x', headers: {}, body: '', baseUrl: jasper.baseUrl });
  expect([call(), call(), call()].map(({ status }) => status)).toEqual([401, 401, 429]);
  expect(call().headers['retry-after']).toBe('1');
  expect(jasper.limitViolations).toBe(2);
  clock.advance(60_000);
  expect(call().status).toBe(401);
});

it('grows counters with time, in parts that add up', () => {
  const { sims } = simulateCarrier('hologram', { sims: 50, clock });
  const [start, end] = [Date.parse('2026-11-01T05:00:00Z'), Date.parse('2026-11-22T17:30:00Z')];
  for (const sim of sims) {
    let sum = 0;
    for (let at = start; at < end; at += 7 * 3_600_000) sum += sim.used(at, Math.min(at + 7 * 3_600_000, end));
    expect(sum).toBe(sim.used(start, end));
  }
  expect(sims.filter((sim) => sim.used(start, end) > 0).length).toBeGreaterThan(40);
});
