import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CarrierName } from '../../../functions/kinds/carrier/providers/index.ts';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import type { Integration } from '../../../functions/model/integration.ts';
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

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Way {
  readonly provider: CarrierName;
  readonly by: string;
  readonly integration?: Partial<Integration>;
  /** A call of the account's records that is refused, so that SIMs are read one by one. */
  readonly refused?: RegExp;
}

const RECORDS = { config: { usageSource: 'usage-records' } };
/** Every way of reading that can tell the cycle before. */
const WAYS: readonly Way[] = [
  { provider: 'hologram', by: 'its listing' },
  { provider: 'hologram', by: 'usage records', integration: RECORDS },
  { provider: 'hologram', by: 'usage records one by one', integration: { ...RECORDS, accountId: null } },
  { provider: 'supersim', by: 'the account' },
  { provider: 'supersim', by: 'SIM', refused: /\/UsageRecords\?Group/ },
  { provider: 'onomondo', by: 'the account' },
  { provider: 'onomondo', by: 'SIM', refused: /\/usage\?/ },
  { provider: '1nce', by: 'SIM' },
  { provider: 'emnify', by: 'SIM' },
  { provider: 'soracom', by: 'SIM' },
];

it.each(WAYS)(
  'what $provider books late for an ended cycle is counted for two days, read by $by',
  async ({ provider, integration, refused }) => {
    const clock = virtualClock('2026-11-22T10:00:00Z');
    const carrier = simulateCarrier(provider, { sims: 3, clock });
    const own = harness({
      provider,
      data,
      clock,
      carrier,
      limited: false,
      ...(integration === undefined ? {} : { integration }),
    });
    await own.link();
    own.http = {
      async send(request) {
        if (!refused?.test(request.url)) return own.inProcess.send(request);
        return { status: 404, headers: {}, url: request.url, text: '{}', latencyMs: 0 };
      },
    };
    const [sim] = carrier.sims;
    if (sim === undefined) throw new Error('no SIM');
    const { deviceId } = sim;
    const device = async () => (await own.devices()).find((each) => each.deviceId === deviceId);
    const previousCycle = async () => {
      const usage = await own.call('GET', '/api/integrations/{id}/devices/{deviceId}/usage', { params: { deviceId } });
      return (usage as { previousCycle: unknown }).previousCycle;
    };

    await own.run();
    const first = await device();
    const start = Date.parse(first?.billingCycleStart ?? '');
    const end = Date.parse(first?.billingCycleEnd ?? '');
    const told = () => ({
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      bytes: sim.used(start, end),
    });
    clock.set(end - 10 * MINUTE_MS);
    await own.run();
    for (const hours of [1, 47]) {
      sim.extra.push({ at: end - 5 * MINUTE_MS, bytes: 5000 });
      clock.set(end + hours * HOUR_MS);
      expect((await own.run()).outcome).toBe('success');
      expect(await previousCycle()).toEqual(told());
      expect(await device()).toMatchObject({ dataUsedBytes: sim.used(end, end + hours * HOUR_MS) });
    }
  },
);
