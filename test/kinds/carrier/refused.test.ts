import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CarrierName } from '../../../functions/kinds/carrier/providers/index.ts';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { harness } from './support/run-harness.ts';
import { virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
let data: DataTable;
beforeAll(async () => {
  db = await startTestDynamoDb();
  data = { client: db.client, tableName: db.tables.data };
});
afterAll(() => db.close());

/** A carrier that answers some calls, told by their path, with a status of their own; `asked` are the paths of those. */
const setUp = async (provider: CarrierName, sims = 10) => {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const carrier = simulateCarrier(provider, { sims, clock });
  const own = harness({ provider, data, clock, carrier, limited: false });
  await own.link();
  const asked: string[] = [];
  const refuse = (statusOf: (path: string) => number | undefined): void => {
    own.http = {
      async send(request) {
        const { pathname } = new URL(request.url);
        const status = request.method === 'POST' ? undefined : statusOf(pathname);
        if (status === undefined) return own.inProcess.send(request);
        asked.push(pathname);
        return { status, headers: {}, url: request.url, text: '{}', latencyMs: 0 };
      },
    };
  };
  const idsOf = (begin: number, end: number) =>
    carrier.sims.slice(begin, end).map(({ carrierDeviceId }) => carrierDeviceId);
  const stored = async () => (await own.devices()).filter(({ dataUsedBytes }) => dataUsedBytes !== null).length;
  return { clock, carrier, own, asked, refuse, idsOf, stored };
};

it('reads the others although the first devices are not this account’s to read', async () => {
  const { own, refuse, idsOf, stored, asked } = await setUp('jasper');
  const foreign = idsOf(0, 2);
  refuse((path) => (foreign.some((id) => path.includes(id)) ? 403 : undefined));
  expect(await own.run()).toMatchObject({ outcome: 'partial', recordsCount: 8, details: { failed: 2 } });
  expect(await stored()).toBe(8);
  expect(asked).toHaveLength(2);
});

it('reads the others also where the list is refused besides', async () => {
  const { own, refuse, idsOf, stored } = await setUp('1nce');
  const [foreign = ''] = idsOf(0, 1);
  refuse((path) => (path.endsWith('/v1/sims') || path.includes(foreign) ? 403 : undefined));
  expect(await own.run()).toMatchObject({ outcome: 'partial', recordsCount: 9, details: { failed: 1 } });
  expect(await stored()).toBe(9);
});

it('stops asking when every device is refused: it is the credential', async () => {
  const { own, refuse, asked } = await setUp('jasper', 100);
  refuse(() => 403);
  await expect(own.run()).rejects.toMatchObject({ name: 'PermanentError', about: 'auth' });
  expect(asked).toHaveLength(25);
});

it('does not blame the credential for one refusal among other failures', async () => {
  const { own, refuse, idsOf } = await setUp('jasper', 5);
  const [foreign = ''] = idsOf(0, 1);
  refuse((path) => (path.includes(foreign) ? 403 : 400));
  const message = expect.stringMatching(/^Nothing could be read/);
  expect(await own.run()).toMatchObject({ outcome: 'error', message, details: { failed: 5 } });
});

it('tells in Hologram’s words what it refuses with 200', async () => {
  const { own } = await setUp('hologram', 3);
  const text = JSON.stringify({ success: false, error: 'This organisation is suspended' });
  own.http = { send: async ({ url }) => ({ status: 200, headers: {}, url, text, latencyMs: 0 }) };
  const message = expect.stringContaining('Hologram refused: This organisation is suspended');
  expect(await own.run()).toMatchObject({ outcome: 'error', message });
});

it.each([
  ['soracom', 400],
  ['soracom', 404],
  ['emnify', 404],
] as const)(
  'keeps the value of a SIM of %s that was terminated and is refused (%i), as no failure',
  async (provider, status) => {
    const { own, clock, carrier, refuse, asked } = await setUp(provider);
    await own.run();
    const sim = carrier.sims.find((each) => each.status !== 'deactivated' && carrier.usedInCycle(each) > 0);
    if (sim === undefined) throw new Error('a fleet without use');
    const deviceOf = async () => (await own.devices()).find(({ deviceId }) => deviceId === sim.deviceId);
    const before = await deviceOf();
    sim.status = 'deactivated';
    refuse((path) => (path.includes(`${sim.carrierDeviceId}`) ? status : undefined));
    clock.advance(3_600_000);
    const counts = { failed: 0, unknownToCarrier: 0, withoutUsage: 1, updated: 9 };
    expect(await own.run()).toMatchObject({ outcome: 'success', details: counts });
    expect(asked).toHaveLength(1);
    expect(await deviceOf()).toEqual({ ...before, simStatus: 'deactivated', stale: true, lastError: null });
    // One that is not terminated is still told of.
    sim.status = 'suspended';
    expect(await own.run()).toMatchObject({ outcome: 'partial' });
    expect((await deviceOf())?.lastError).toEqual(expect.any(String));
  },
);
