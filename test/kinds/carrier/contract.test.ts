import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CarrierName, carrierProviders } from '../../../functions/kinds/carrier/providers/index.ts';
import { type SimulatedCarrier, simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import type { Integration } from '../../../functions/model/integration.ts';
import type { HttpClient } from '../../../functions/platform/http/http.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { type Harness, harness } from './support/run-harness.ts';
import { expectRightToTheByte } from './support/stored-devices.ts';
import { type VirtualClock, virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
let data: DataTable;
beforeAll(async () => {
  db = await startTestDynamoDb();
  data = { client: db.client, tableName: db.tables.data };
});
afterAll(() => db.close());

interface World {
  readonly clock: VirtualClock;
  /** Where usage stands; moves only when a test moves it. */
  usageAt: number;
  readonly carrier: SimulatedCarrier;
  readonly own: Harness;
}

/** Ten SIMs in pages of four. */
async function setUp(provider: CarrierName, integration: Partial<Integration> = {}): Promise<World> {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const world = { clock, usageAt: clock.now() };
  const carrier = simulateCarrier(provider, { sims: 10, clock, usageTime: () => world.usageAt, maxPageSize: 4 });
  const own = harness({
    provider,
    data,
    clock,
    carrier,
    integration: { config: { pageSize: 4 }, ...integration },
    limited: false,
  });
  await own.link();
  return Object.assign(world, { carrier, own });
}

const later = (world: World, at: string): void => {
  world.clock.set(Date.parse(at));
  world.usageAt = Date.parse(at);
};
const simAt = ({ carrier }: World, index: number) => {
  const sim = carrier.sims[index];
  if (sim === undefined) throw new Error(`no SIM ${index}`);
  return sim;
};
const deviceOf = async ({ own }: World, deviceId: string) => {
  const device = (await own.devices()).find((each) => each.deviceId === deviceId);
  if (device === undefined) throw new Error(`no device ${deviceId}`);
  return device;
};
/** What an attempt ended in: its result, or the error's name, reason and words. */
const outcomeOf = async (own: Harness): Promise<{ readonly outcome: string; readonly message?: string }> => {
  try {
    const { outcome, ...rest } = await own.slice();
    return { outcome, ...('message' in rest && rest.message !== undefined ? { message: rest.message } : {}) };
  } catch (error) {
    const { name, about, message } = error as Error & { about?: string };
    return { outcome: about === undefined ? name : `${name} ${about}`, message };
  }
};

describe.each(Object.keys(carrierProviders) as CarrierName[])('%s', (provider) => {
  const { capabilities } = carrierProviders[provider];

  it('reads all pages to the end', async () => {
    const world = await setUp(provider);
    expect(await world.own.run()).toMatchObject({ outcome: 'success', recordsCount: 10, details: { total: 10 } });
    await expectRightToTheByte(world.own, world.carrier);
  });

  it('goes on in another message after every page, also in a cold process', async () => {
    const world = await setUp(provider);
    let slices = 0;
    for (;;) {
      world.own.memo = new Map();
      const result = await world.own.slice({ sliceMs: 0 });
      slices += 1;
      if (result.outcome !== 'continue') break;
    }
    expect(slices).toBeGreaterThan(2);
    await expectRightToTheByte(world.own, world.carrier);
  });

  it('tells the cycle the usage belongs to', async () => {
    const world = await setUp(provider);
    await world.own.run();
    for (const device of await world.own.devices()) {
      const [start, end] = [device.billingCycleStart ?? '', device.billingCycleEnd ?? ''];
      expect(Date.parse(start)).toBeLessThanOrEqual(world.usageAt);
      expect(Date.parse(end)).toBeGreaterThan(world.usageAt);
      if (provider !== 'hologram')
        expect([start, end]).toEqual(['2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z']);
    }
  });

  it('keeps the value of a device the carrier does not know any more, and says so', async () => {
    const world = await setUp(provider);
    await world.own.run();
    const gone = simAt(world, 5);
    const before = await deviceOf(world, gone.deviceId);
    world.carrier.faults.missing.add(gone.carrierDeviceId);
    later(world, '2026-11-22T11:00:00Z');
    expect(await world.own.run()).toMatchObject({ outcome: 'partial', details: { unknownToCarrier: 1, updated: 9 } });
    const lastError = expect.stringMatching(/does not know this device/);
    expect(await deviceOf(world, gone.deviceId)).toEqual({ ...before, stale: true, lastError });
  });

  it('has used nothing when a new cycle begins, and remembers the one before', async () => {
    const world = await setUp(provider);
    await world.own.run();
    // The first moment of a month: month-long cycles begin with nothing, a counter with whatever its own cycle has.
    later(world, '2026-12-01T00:00:00Z');
    expect((await world.own.run()).outcome).toBe('success');
    await expectRightToTheByte(world.own, world.carrier);
    if (provider === 'hologram') return;
    const sim = simAt(world, 2);
    const usage = await world.own.call('GET', '/api/integrations/{id}/devices/{deviceId}/usage', {
      params: { deviceId: sim.deviceId },
    });
    const [start, end] = ['2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'];
    // Without a series or a word on the month before, it is what was last seen of it.
    const seen = sim.used(
      Date.parse(start),
      Date.parse(capabilities.dailyUsage || TELLS_PREVIOUS.has(provider) ? end : '2026-11-22T10:00:00Z'),
    );
    expect(usage).toMatchObject({ previousCycle: { start, end, bytes: seen } });
  });

  it("accepts a counter that falls back as the carrier's word", async () => {
    const world = await setUp(provider);
    await world.own.run();
    const sim = world.carrier.sims.find((each) => world.carrier.usedInCycle(each) > 1_000_000);
    if (sim === undefined) throw new Error('a fleet without use');
    // In a day that has more than that, so that series have no negative day.
    sim.extra.push({ at: Date.parse('2026-11-22T05:00:00Z'), bytes: -1000 });
    expect((await world.own.run()).outcome).toBe('success');
    await expectRightToTheByte(world.own, world.carrier);
  });

  it('maps status words, and an unknown one to unknown', async () => {
    const world = await setUp(provider);
    const odd = simAt(world, 1);
    odd.statusWord = 'BRAND-NEW-WORD';
    await world.own.run();
    const stored = new Map((await world.own.devices()).map((device) => [device.deviceId, device.simStatus]));
    for (const sim of world.carrier.sims) {
      const expected = sim === odd && provider !== 'onomondo' ? 'unknown' : shownStatus(provider, sim.status);
      expect([sim.deviceId, stored.get(sim.deviceId)]).toEqual([sim.deviceId, expected]);
    }
  });

  it('tells a connection test what it found, and stores nothing', async () => {
    const world = await setUp(provider);
    expect(await world.own.test()).toEqual({ ok: true, detail: expect.stringContaining('Signed in') });
    expect((await world.own.devices()).every(({ dataUsedUpdatedAt }) => dataUsedUpdatedAt === null)).toBe(true);
  });

  it.each([
    [401, 'PermanentError auth'],
    [403, 'PermanentError auth'],
    [429, 'RetryLater'],
    [500, 'error'],
    [503, 'error'],
  ])('makes of %i: %s', async (status, expected) => {
    const world = await setUp(provider);
    world.carrier.faults.always = status;
    const { outcome, message } = await outcomeOf(world.own);
    expect(outcome).toBe(expected);
    expect(message).not.toMatch(/undefined|\[object/);
  });

  it.each([404, 422])('fails no device silently on %i', async (status) => {
    const world = await setUp(provider);
    world.carrier.faults.always = status;
    const { outcome, message } = await outcomeOf(world.own);
    expect(['PermanentError config', 'partial', 'error']).toContain(outcome);
    expect(message?.length).toBeGreaterThan(10);
    expect((await world.own.devices()).every(({ dataUsedBytes }) => dataUsedBytes === null)).toBe(true);
  });

  it('never lets a failing device stop the others', async () => {
    const world = await setUp(provider);
    const failing = simAt(world, 4);
    world.carrier.faults.failing.add(failing.carrierDeviceId);
    // Hidden from the sums, a broken SIM would show as unused: it must use something to be broken.
    failing.extra.push({ at: Date.parse('2026-11-21T05:00:00Z'), bytes: 5000 });
    expect(await world.own.run()).toMatchObject({ outcome: 'partial', recordsCount: 9, details: { failed: 1 } });
    expect(await deviceOf(world, failing.deviceId)).toMatchObject({ dataUsedBytes: null, stale: true });
  });

  it('lets no secret into any message, however the carrier echoes it', async () => {
    const world = await setUp(provider);
    const secrets = Object.values(world.carrier.credentials).filter((value) => value.length > 12);
    expect(secrets.length).toBeGreaterThan(0);
    const seen: string[] = [];
    for (const [status, body] of echoes(secrets)) {
      world.own.http = echoing(world.own.inProcess, status, body);
      const { message = '' } = await outcomeOf(world.own);
      const test = await world.own.test().catch((error: Error) => error.message);
      seen.push(message, JSON.stringify(test), JSON.stringify(await world.own.devices()));
    }
    for (const secret of [...secrets, `${provider}-token-`]) expect(seen.join('\n')).not.toContain(secret);
  });

  it('reads device by device where the list cannot be read', async () => {
    const world = await setUp(provider);
    const list = world.own.inProcess;
    world.own.http = {
      async send(request) {
        const path = request.url.slice(world.carrier.baseUrl.length);
        if (!LISTS[provider].test(path)) return list.send(request);
        return { status: 500, headers: {}, url: request.url, text: '{}', latencyMs: 0 };
      },
    };
    expect(await world.own.run()).toMatchObject({ outcome: 'success', recordsCount: 10 });
    await expectRightToTheByte(world.own, world.carrier);
  });
});

const TOKEN_ENDPOINTS: readonly (readonly [CarrierName, string])[] = [
  ['1nce', 'POST /oauth/token'],
  ['emnify', 'POST /api/v1/authenticate'],
  ['soracom', 'POST /auth'],
];

it.each(TOKEN_ENDPOINTS)('%s renews a rejected token once, for all who need it', async (provider, endpoint) => {
  const world = await setUp(provider);
  const other = harness({ provider, data, clock: world.clock, carrier: world.carrier, limited: false });
  other.memo = world.own.memo;
  await other.link();
  await Promise.all([world.own.run(), other.run()]);
  expect(world.carrier.calls[endpoint]).toBe(1);
  world.carrier.revokeTokens();
  const results = await Promise.all([world.own.run(), other.run()]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['success', 'success']);
  expect(world.carrier.calls[endpoint]).toBe(2);
  // A token that is about to end is renewed before a call is refused.
  world.clock.advance(86_400_000 - 30_000);
  await world.own.run();
  expect(world.carrier.calls[endpoint]).toBe(3);
});

/** The calls for a page of many devices. */
const LISTS: Readonly<Record<CarrierName, RegExp>> = {
  hologram: /^\/devices\?/,
  '1nce': /^\/v1\/sims\?/,
  supersim: /^\/UsageRecords\?Group/,
  emnify: /^\/api\/v1\/sim\?/,
  telnyx: /^\/sim_cards\?/,
  soracom: /^\/sims\?/,
  jasper: /^\/devices\?/,
  onomondo: /^\/usage\?/,
};

/** Carriers whose answers tell the total of the cycle before. */
const TELLS_PREVIOUS: ReadonlySet<CarrierName> = new Set(['emnify', 'supersim', 'onomondo', 'hologram']);

/** What is left of a status on carriers that have fewer words. */
function shownStatus(provider: CarrierName, status: string): string {
  if (provider === '1nce') return status === 'active' || status === 'ready' ? 'active' : 'suspended';
  if (provider === 'onomondo') return status === 'active' || status === 'ready' ? 'active' : 'suspended';
  if (provider === 'supersim' || provider === 'telnyx') return status === 'deactivated' ? 'suspended' : status;
  return status;
}

function* echoes(secrets: readonly string[]): Generator<readonly [number, string]> {
  const said = secrets.join(' and ');
  for (const status of [200, 400, 404, 422, 500]) {
    yield [status, JSON.stringify({ success: false, error: said, message: said, errors: [{ detail: said }] })];
    yield [status, `<html>${said}</html>`];
  }
}

/** Signing in works; every other answer repeats what must not be repeated. Tokens are noted as secrets by their name. */
const echoing = (real: HttpClient, status: number, text: string): HttpClient => ({
  async send(request) {
    if (request.method === 'POST') return real.send(request);
    const authorization = Object.values(request.headers ?? {}).join(' ');
    return {
      status,
      headers: {},
      url: request.url,
      text: text.replace('</html>', `${authorization}</html>`),
      latencyMs: 0,
    };
  },
});
