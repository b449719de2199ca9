import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CarrierName, carrierProviders } from '../../../functions/kinds/carrier/providers/index.ts';
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

const ICCID = '8944500099999999999';
const CLAIMS = 'POST /links/cellular/sim_*/claim';

const setUp = (provider: CarrierName) => {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const carrier = simulateCarrier(provider, { sims: 3, clock });
  const own = harness({ provider, data, clock, carrier, limited: false });
  const claim = (body: object, key?: string) =>
    own.call('POST', '/api/integrations/{id}/claim-sim', {
      body: { iccid: ICCID, ...body },
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  return { clock, carrier, own, claim };
};
const refusal = async (attempt: Promise<unknown>) => {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { name, status, code, message, details } = error as Record<string, unknown>;
  return { name, status, code, message, details };
};

it('claims once, however often it is asked with the same key', async () => {
  const { carrier, claim } = setUp('hologram');
  const first = await claim({ planId: '127' }, 'key-1');
  expect(first).toEqual({ carrierDeviceId: expect.stringMatching(/^\d+$/), iccid: ICCID });
  expect(await claim({ planId: '127' }, 'key-1')).toEqual(first);
  expect(carrier.calls[CLAIMS]).toBe(1);
});

it('claims a SIM once where no key is given', async () => {
  const { carrier, claim } = setUp('hologram');
  // The second either finds the first under way or its answer.
  await Promise.allSettled([claim({ planId: '127' }), claim({ planId: '127' })]);
  await claim({ planId: '127' });
  expect(carrier.calls[CLAIMS]).toBe(1);
});

it('refuses a key that was used for another claim', async () => {
  const { carrier, claim } = setUp('hologram');
  await claim({ planId: '127' }, 'key-1');
  expect(await refusal(claim({ planId: '128' }, 'key-1'))).toMatchObject({ status: 409, code: 'conflict' });
  expect(carrier.calls[CLAIMS]).toBe(1);
});

it('speaks of no key where none was given', async () => {
  const { claim } = setUp('hologram');
  await claim({ planId: '127' });
  const { code, message } = await refusal(claim({ planId: '128' }));
  expect([code, message]).toEqual(['conflict', expect.stringContaining(`SIM ${ICCID} was claimed before`)]);
});

it('never sends a claim again whose answer was lost', async () => {
  const { carrier, claim } = setUp('hologram');
  carrier.faults.loseNextWrites = 1;
  const unknown = { status: 502, code: 'outcome_unknown', message: expect.stringContaining(ICCID) };
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject(unknown);
  expect(carrier.faults.struck.lostWrite).toBe(1);
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject(unknown);
  expect(carrier.calls[CLAIMS]).toBe(1);
});

it('takes an error of the carrier for an unknown outcome', async () => {
  const { carrier, claim } = setUp('hologram');
  carrier.faults.always = 500;
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 502, code: 'outcome_unknown' });
  carrier.faults.always = null;
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 502, code: 'outcome_unknown' });
  expect(carrier.calls[CLAIMS]).toBe(1);
});

it('takes a 503 that asks to wait for an unknown outcome too', async () => {
  const { carrier, own, claim } = setUp('hologram');
  own.http = {
    async send(request) {
      await own.inProcess.send(request);
      return { status: 503, headers: { 'retry-after': '1' }, url: request.url, text: '', latencyMs: 0 };
    },
  };
  const unknown = { status: 502, code: 'outcome_unknown' };
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject(unknown);
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject(unknown);
  expect(carrier.calls[CLAIMS]).toBe(1);
});

it('takes a claim that was cut off for an unknown outcome', async () => {
  const { carrier, own, claim, clock } = setUp('hologram');
  const onItsWay = Promise.withResolvers<void>();
  own.http = {
    send() {
      onItsWay.resolve();
      return new Promise(() => {});
    },
  };
  void claim({ planId: '127' }, 'key-1');
  await onItsWay.promise;
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 409, code: 'in_progress' });
  clock.advance(120_000);
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 502, code: 'outcome_unknown' });
  expect(carrier.calls[CLAIMS]).toBeUndefined();
});

it('lets a claim be made again that was certainly not carried out', async () => {
  const { carrier, claim } = setUp('hologram');
  const refused = await refusal(claim({ planId: '999' }, 'key-1'));
  expect(refused).toMatchObject({ status: 422, code: 'rejected', message: expect.stringContaining('Unknown plan') });
  carrier.faults.always = 429;
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 429, code: 'rate_limited' });
  carrier.faults.always = 401;
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 422, code: 'upstream_auth' });
  carrier.faults.always = 403;
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 422, code: 'upstream_auth' });
  carrier.faults.always = null;
  expect(await claim({ planId: '127' }, 'key-1')).toMatchObject({ iccid: ICCID });
});

it('says what is missing before anything is sent', async () => {
  const missing = {
    hologram: 'planId',
    supersim: 'registrationCode',
    telnyx: 'registrationCode',
    soracom: 'registrationSecret',
  };
  for (const [provider, path] of Object.entries(missing)) {
    const { carrier, claim } = setUp(provider as CarrierName);
    const refused = await refusal(claim({}, 'key-1'));
    expect([provider, refused]).toEqual([
      provider,
      expect.objectContaining({ status: 400, code: 'invalid', details: [{ path, message: expect.any(String) }] }),
    ]);
    expect(carrier.callCount).toBe(0);
  }
});

it('claims at every carrier that can, and says of the others that they cannot', async () => {
  const full = { planId: '127', registrationCode: '0123456789', registrationSecret: 'right-secret' };
  for (const [provider, { capabilities }] of Object.entries(carrierProviders)) {
    const { claim, carrier } = setUp(provider as CarrierName);
    if (capabilities.claimSim === null) {
      expect(await refusal(claim(full))).toMatchObject({ status: 422, code: 'not_supported' });
      expect(carrier.callCount).toBe(0);
    } else expect(await claim(full)).toMatchObject({ carrierDeviceId: expect.stringMatching(/.+/) });
  }
});

it.each(['123', '89445000999999999991234', '8944500099999x99999'])('refuses %s as an ICCID', async (iccid) => {
  const { claim } = setUp('hologram');
  await expect(claim({ iccid, planId: '127' })).rejects.toThrow(/15 to 22 digits/);
});

it('lists plans where the carrier has some, with ids as text', async () => {
  for (const [provider, { capabilities }] of Object.entries(carrierProviders)) {
    const { own } = setUp(provider as CarrierName);
    const asked = own.call('GET', '/api/integrations/{id}/plans');
    if (!capabilities.listPlans) {
      expect(await refusal(asked)).toMatchObject({ status: 422, code: 'not_supported' });
      continue;
    }
    const { plans } = (await asked) as { plans: { id: unknown; name: unknown }[] };
    expect(plans.length).toBeGreaterThan(0);
    for (const { id, name } of plans) expect([typeof id, typeof name]).toEqual(['string', 'string']);
  }
});

it('keeps the secret of a claim out of the store', async () => {
  const { own, claim } = setUp('soracom');
  await claim({ registrationSecret: 'right-secret' }, 'key-1');
  const key = `${own.integration.tenantId}#${own.integration.id}`;
  const { Items } = await data.client.send(
    new QueryCommand({
      TableName: data.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': key },
    }),
  );
  expect(Items).toHaveLength(1);
  expect(JSON.stringify(Items)).not.toContain('right-secret');
});
