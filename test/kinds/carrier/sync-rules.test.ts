import { afterAll, beforeAll, expect, it } from 'vitest';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { RetryLater, UpstreamError } from '../../../functions/model/failure.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { type HarnessOptions, harness } from './support/run-harness.ts';
import { expectRightToTheByte } from './support/stored-devices.ts';
import { virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
let data: DataTable;
beforeAll(async () => {
  db = await startTestDynamoDb();
  data = { client: db.client, tableName: db.tables.data };
});
afterAll(() => db.close());

const setUp = async (
  provider: HarnessOptions['provider'],
  { sims = 10, ...options }: Partial<HarnessOptions> & { sims?: number } = {},
) => {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const time = { usage: clock.now() };
  const carrier = simulateCarrier(provider, { sims, clock, usageTime: () => time.usage });
  const own = harness({ provider, data, clock, carrier, limited: false, ...options });
  await own.link();
  const anHourLater = (): void => {
    clock.advance(3_600_000);
    time.usage += 3_600_000;
  };
  return { clock, carrier, own, anHourLater };
};

it('calls nobody while no device is linked', async () => {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const carrier = simulateCarrier('hologram', { sims: 3, clock });
  const own = harness({ provider: 'hologram', data, clock, carrier });
  expect(await own.run()).toMatchObject({ outcome: 'success', recordsCount: 0, stored: false });
  expect(carrier.callCount).toBe(0);
});

it('reads device by device without the account id that the listing needs', async () => {
  const { carrier, own } = await setUp('hologram', { integration: { accountId: null } });
  expect(await own.run()).toMatchObject({ outcome: 'success', recordsCount: 10 });
  expect(carrier.calls).toEqual({ 'GET /devices/*': 10 });
  await expectRightToTheByte(own, carrier);
});

it('keeps SIM and network status when the carrier does not tell them', async () => {
  const { carrier, own, anHourLater } = await setUp('hologram');
  await own.run();
  const before = await own.devices();
  const real = own.inProcess;
  own.http = {
    async send(request) {
      const response = await real.send(request);
      return { ...response, text: response.text.replaceAll('"state":', '"st":').replaceAll('"lastsession":', '"ls":') };
    },
  };
  anHourLater();
  expect(await own.run()).toMatchObject({ outcome: 'success', details: { statusUnreadable: 10 } });
  const after = await own.devices();
  expect(after.map((device) => [device.simStatus, device.networkStatus])).toEqual(
    before.map((device) => [device.simStatus, device.networkStatus]),
  );
  await expectRightToTheByte(own, carrier);
});

it('stores what was read before the carrier asked to wait, and goes on from there', async () => {
  const { carrier, own, clock } = await setUp('jasper', { sims: 40 });
  let calls = 0;
  own.http = {
    async send(request) {
      calls += 1;
      if (calls === 21)
        return { status: 429, headers: { 'retry-after': '90' }, url: request.url, text: '', latencyMs: 0 };
      return own.inProcess.send(request);
    },
  };
  await expect(own.slice()).rejects.toBeInstanceOf(RetryLater);
  expect((await own.devices()).filter(({ dataUsedBytes }) => dataUsedBytes !== null)).toHaveLength(20);
  clock.advance(90_000);
  expect(await own.run()).toMatchObject({ outcome: 'success', recordsCount: 40, details: { calls: 41 } });
  expect(carrier.callCount).toBe(40);
  await expectRightToTheByte(own, carrier);
});

it('shows how far it has come while it goes on over messages', async () => {
  // 60 calls a minute: 40 SIMs a slice.
  const { own } = await setUp('soracom', { sims: 100, limited: true });
  const seen: unknown[] = [];
  for (;;) {
    const result = await own.slice();
    seen.push([result.outcome, result.details.done, result.details.total]);
    if (result.outcome !== 'continue') break;
  }
  expect(seen.length).toBeGreaterThan(2);
  expect(seen[0]).toEqual(['continue', expect.any(Number), 100]);
  expect(seen.at(-1)).toEqual(['success', 100, 100]);
  expect(own.saves.length).toBe(0);
});

it('goes on, instead of being put off, when its turn in the rate limit comes after the slice', async () => {
  const { own, clock } = await setUp('jasper', { sims: 10 });
  const real = own.upstreamOf;
  let sent = 0;
  own.upstreamOf = (given) => {
    const upstream = real(given);
    return {
      send: (request) => upstream.send(request),
      async json(request) {
        if (sent === 4) {
          sent += 1;
          throw new RetryLater(clock.now() + 900, 'the calls of this minute are in use');
        }
        sent += 1;
        return upstream.json(request);
      },
      get calls() {
        return upstream.calls;
      },
    };
  };
  expect(await own.slice()).toMatchObject({ outcome: 'continue', resumeAt: clock.now() + 900, details: { done: 4 } });
  expect(await own.slice()).toMatchObject({ outcome: 'success', recordsCount: 10 });
});

it('stores nothing once the lease is lost', async () => {
  const { own, anHourLater } = await setUp('hologram');
  await own.run();
  const before = await own.devices();
  anHourLater();
  await expect(own.slice({ leaseLost: true })).rejects.toMatchObject({ name: 'LeaseLost' });
  expect(await own.devices()).toEqual(before);
});

it('accepts no write of a run that was overtaken', async () => {
  const { own, anHourLater } = await setUp('hologram');
  await own.slice({ token: 7 });
  const before = await own.devices();
  anHourLater();
  await expect(own.slice({ token: 6 })).rejects.toMatchObject({ name: 'LeaseLost' });
  expect(await own.devices()).toEqual(before);
});

it('begins anew when a place in the pages has become worthless', async () => {
  const { carrier, own } = await setUp('hologram', { integration: { config: { pageSize: 3 } } });
  expect(await own.slice({ sliceMs: 0 })).toMatchObject({ outcome: 'continue' });
  let refused = 0;
  own.http = {
    async send(request) {
      if (refused === 0) {
        refused += 1;
        return {
          status: 400,
          headers: {},
          url: request.url,
          text: '{"success":false,"error":"bad startafter"}',
          latencyMs: 0,
        };
      }
      return own.inProcess.send(request);
    },
  };
  expect(await own.run()).toMatchObject({ outcome: 'success', recordsCount: 10 });
  expect(refused).toBe(1);
  await expectRightToTheByte(own, carrier);
});

it('does not call a device unknown that was linked when the walk had passed it', async () => {
  const { carrier, own } = await setUp('hologram', { integration: { config: { pageSize: 3 } } });
  await own.slice({ sliceMs: 0 });
  const [first] = carrier.sims;
  if (first === undefined) throw new Error('no SIM');
  await own.link([{ ...first, deviceId: 'linked-late' }]);
  expect(await own.run()).toMatchObject({ outcome: 'success', recordsCount: 10 });
  expect((await own.devices()).find(({ deviceId }) => deviceId === 'linked-late')).toMatchObject({ lastError: null });
  expect(await own.run()).toMatchObject({ outcome: 'success', recordsCount: 11 });
});

it('does not go on with a walk of other settings', async () => {
  const { carrier, own } = await setUp('hologram', { integration: { config: { pageSize: 3 } } });
  await own.slice({ sliceMs: 0 });
  own.integration = { ...own.integration, version: 2, config: { pageSize: 500 } };
  const calls = carrier.callCount;
  expect(await own.run()).toMatchObject({ outcome: 'success' });
  expect(carrier.callCount - calls).toBe(1);
});

it('gets past a device that fails again and again, whatever the breaker does', async () => {
  const { carrier, own } = await setUp('jasper', { sims: 12 });
  for (const sim of carrier.sims.slice(3, 9)) carrier.faults.failing.add(sim.carrierDeviceId);
  expect(await own.run()).toMatchObject({ outcome: 'partial', recordsCount: 6, details: { failed: 6 } });
});

it.each(['jasper', 'soracom', 'telnyx'] as const)(
  'overwrites nothing of %s while it is out of reach',
  async (provider) => {
    const { own, anHourLater } = await setUp(provider, { sims: 2 });
    await own.run();
    const before = await own.devices();
    anHourLater();
    own.http = {
      async send() {
        throw new UpstreamError('connect ECONNREFUSED', { problem: 'connection' });
      },
    };
    const message = expect.stringMatching(/could not be reached/);
    expect(await own.run()).toMatchObject({ outcome: 'error', message });
    expect(await own.devices()).toEqual(before);
  },
);

it('stops asking when the carrier has stopped answering', async () => {
  const { carrier, own } = await setUp('jasper', { sims: 30 });
  let calls = 0;
  own.http = {
    async send(request) {
      calls += 1;
      if (calls > 10) throw new UpstreamError('timed out', { problem: 'timeout' });
      return own.inProcess.send(request);
    },
  };
  const result = await own.run();
  expect(result).toMatchObject({ outcome: 'partial', recordsCount: 10, details: { failed: 20 } });
  expect(calls).toBeLessThan(20);
  expect(carrier.callCount).toBe(10);
});

it('reads a network status device by device where it was asked for', async () => {
  const { carrier, own } = await setUp('jasper', { integration: { config: { networkStatus: true } } });
  await own.run();
  expect(carrier.calls['GET /devices/*/sessionInfo']).toBe(10);
  const devices = await own.devices();
  for (const sim of carrier.sims) {
    const device = devices.find(({ deviceId }) => deviceId === sim.deviceId);
    expect(device?.networkStatus).toBe(sim.online ? 'connected' : 'disconnected');
  }
});

it('reads SIMs one by one at a carrier whose list does not tell the network status', async () => {
  const { carrier, own } = await setUp('telnyx', { integration: { config: { networkStatus: true } } });
  expect(await own.run()).toMatchObject({ outcome: 'success', recordsCount: 10 });
  expect(carrier.calls).toEqual({ 'GET /sim_cards/*': 10 });
  expect((await own.devices()).every(({ networkStatus }) => networkStatus !== 'unknown')).toBe(true);
});

it('counts a status that cannot be read, and is no less successful', async () => {
  const { own } = await setUp('jasper', { integration: { config: { networkStatus: true } } });
  own.http = {
    async send(request) {
      if (!request.url.endsWith('/sessionInfo')) return own.inProcess.send(request);
      return { status: 404, headers: {}, url: request.url, text: '', latencyMs: 0 };
    },
  };
  expect(await own.run()).toMatchObject({ outcome: 'success', details: { statusUnreadable: 10 } });
});

it('two integrations with one credential stay within its limit', async () => {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const carrier = simulateCarrier('soracom', { sims: 30, clock });
  const shared = { nextAt: 0 };
  const both = [1, 2].map(() => harness({ provider: 'soracom', data, clock, carrier, shared }));
  for (const own of both) await own.link();
  const results = await Promise.all(both.map((own) => own.run()));
  expect(results.map(({ outcome }) => outcome)).toEqual(['success', 'success']);
  expect(carrier.limitViolations).toBe(0);
});

it.each(['hologram', 'telnyx', 'jasper', 'supersim', 'onomondo'] as const)(
  'takes nothing of %s for a device that the answer is not about',
  async (provider) => {
    const { carrier, own, anHourLater } = await setUp(provider, {
      sims: 4,
      // One by one, as where the list cannot be read.
      integration: { accountId: null, ...(provider === 'telnyx' ? { config: { networkStatus: true } } : {}) },
    });
    const [asked, other] = carrier.sims.map(({ carrierDeviceId }) => carrierDeviceId);
    if (asked === undefined || other === undefined) throw new Error('no SIM');
    await own.run();
    const before = (await own.devices()).find(({ carrierDeviceId }) => carrierDeviceId === asked);
    anHourLater();
    let mixedUp = 0;
    own.http = {
      async send(request) {
        const { pathname, search } = new URL(request.url);
        if (/\/(Sims|UsageRecords|sims|usage)\/?$/.test(pathname) && !search.includes('Sim=')) {
          return { status: 403, headers: {}, url: request.url, text: '{}', latencyMs: 0 };
        }
        // A cache on the way that mixes up its answers.
        if (pathname.includes(asked)) mixedUp += 1;
        return own.inProcess.send({ ...request, url: request.url.replace(`/${asked}`, `/${other}`) });
      },
    };
    expect(await own.run()).toMatchObject({ outcome: 'partial', recordsCount: 3, details: { failed: 1 } });
    expect(mixedUp).toBeGreaterThan(0);
    const after = (await own.devices()).find(({ carrierDeviceId }) => carrierDeviceId === asked);
    expect(after).toEqual({ ...before, stale: true, lastError: expect.stringContaining('another device') });
  },
);

it('fails a run of which neither the list nor any device could be read, and says both', async () => {
  const { own, anHourLater } = await setUp('hologram');
  await own.run();
  const before = await own.devices();
  anHourLater();
  own.http = {
    send: async ({ url }) => ({ status: 404, headers: {}, url, text: '', latencyMs: 0 }),
  };
  const message = expect.stringMatching(/no list at this address \(404\); device .* does not know this device/);
  expect(await own.run()).toMatchObject({ outcome: 'error', message });
  expect(await own.devices()).toEqual(before);
});
