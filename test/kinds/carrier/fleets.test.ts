import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CarrierName } from '../../../functions/kinds/carrier/providers/index.ts';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { type Harness, harness } from './support/run-harness.ts';
import { expectRightToTheByte } from './support/stored-devices.ts';
import { virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
let data: DataTable;
beforeAll(async () => {
  db = await startTestDynamoDb();
  data = { client: db.client, tableName: db.tables.data };
});
afterAll(() => db.close());

const BULK = 1000;
const ONE_BY_ONE = 200;

/** The fewest calls the carrier's API allows for a fleet, besides signing in. */
const FLEETS: Readonly<
  Record<CarrierName, { readonly sims: number; readonly calls: Readonly<Record<string, number>> }>
> = {
  hologram: { sims: BULK, calls: { 'GET /devices': BULK / 500 } },
  '1nce': {
    sims: ONE_BY_ONE,
    calls: { 'POST /oauth/token': 1, 'GET /v1/sims': ONE_BY_ONE / 100, 'GET /v1/sims/*/usage': ONE_BY_ONE },
  },
  supersim: { sims: BULK, calls: { 'GET /Sims': 1, 'GET /UsageRecords': 1 } },
  emnify: {
    sims: ONE_BY_ONE,
    calls: { 'POST /api/v1/authenticate': 1, 'GET /api/v1/sim': 1, 'GET /api/v1/sim/*/stats': ONE_BY_ONE },
  },
  telnyx: { sims: BULK, calls: { 'GET /sim_cards': BULK / 250 } },
  soracom: {
    sims: ONE_BY_ONE,
    calls: { 'POST /auth': 1, 'GET /sims': ONE_BY_ONE / 100, 'GET /stats/air/sims/*': ONE_BY_ONE },
  },
  jasper: { sims: ONE_BY_ONE, calls: { 'GET /devices/*/ctdUsages': ONE_BY_ONE } },
  onomondo: { sims: BULK, calls: { 'GET /sims': 1, 'GET /usage': expect.any(Number) } },
};

/** One fleet per carrier, an hour older with every rule. */
describe.each(Object.keys(FLEETS) as CarrierName[])('%s', (provider) => {
  const { sims, calls } = FLEETS[provider];
  const clock = virtualClock('2026-11-22T10:00:00Z');
  // Usage stands still while a walk takes its hours, so that every byte can be checked.
  let usageAt = clock.now();
  const carrier = simulateCarrier(provider, { sims, clock, usageTime: () => usageAt });
  let own: Harness;
  beforeAll(async () => {
    own = harness({ provider, data, clock, carrier });
    await own.link();
  });
  const anHourLater = (): void => {
    clock.advance(3_600_000);
    usageAt += 3_600_000;
  };

  it('syncs a fleet right to the byte, with the fewest calls and within the limit', async () => {
    const result = await own.run();
    expect(result).toMatchObject({ outcome: 'success', recordsCount: sims, details: { done: sims, total: sims } });
    await expectRightToTheByte(own, carrier);
    expect(carrier.calls).toEqual(calls);
    expect(result.details.calls).toBe(carrier.callCount);
    expect(carrier.limitViolations).toBe(0);
    console.log(`${provider}: ${sims} SIMs in ${carrier.callCount} calls and ${own.slices} slices`);
  });

  it('is right to the byte after the worker died in the middle', async () => {
    anHourLater();
    const crashAt = carrier.callCount + Math.floor(carrier.callCount / 2);
    let crashes = 0;
    own.http = {
      async send(request) {
        if (carrier.callCount >= crashAt && crashes === 0) {
          crashes += 1;
          throw new Error('the worker died');
        }
        return own.inProcess.send(request);
      },
    };
    await expect(own.run()).rejects.toThrow('the worker died');
    expect(crashes).toBe(1);
    expect((await own.run()).outcome).toBe('success');
    await expectRightToTheByte(own, carrier);
  });

  it('is right to the byte although calls fail', async () => {
    anHourLater();
    // One call in twenty, and more where there are few calls that could fail.
    const fewCalls = sims === BULK;
    if (fewCalls && provider !== 'onomondo') own.integration = { ...own.integration, config: { pageSize: 100 } };
    Object.assign(carrier.faults, { errorRate: fewCalls ? 0.2 : 0.05, lostAnswerRate: 0.01, rateLimitRate: 0.01 });
    let outcome: string | undefined;
    for (let run = 0; run < 4 && outcome !== 'success'; run++) outcome = (await own.run()).outcome;
    expect(outcome).toBe('success');
    expect(carrier.faults.struck.error).toBeGreaterThan(0);
    await expectRightToTheByte(own, carrier);
  });
});
