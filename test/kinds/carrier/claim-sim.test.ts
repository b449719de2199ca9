import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toErrorAnswer } from '../../../functions/api/error-answer.ts';
import { type CarrierName, carrierProviders } from '../../../functions/kinds/carrier/providers/index.ts';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { UpstreamError } from '../../../functions/model/failure.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { fakeUpstream } from './support/fake-upstream.ts';
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
/** As the API answers it. */
const refusal = (attempt: Promise<unknown>) =>
  attempt.then(
    (answer) => {
      throw new Error(`it was not refused but answered ${JSON.stringify(answer)}`);
    },
    (error: unknown) => toErrorAnswer(error, virtualClock('2026-11-22T10:00:00Z')),
  );

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
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 422, code: 'provider_auth' });
  carrier.faults.always = 403;
  expect(await refusal(claim({ planId: '127' }, 'key-1'))).toMatchObject({ status: 422, code: 'provider_auth' });
  carrier.faults.always = null;
  expect(await claim({ planId: '127' }, 'key-1')).toMatchObject({ iccid: ICCID });
});

describe('a sign-in that fails before the claim is sent', () => {
  it.each<[string, () => Promise<never> | { status: number; text: string }, object]>([
    ['breaks off', () => Promise.reject(lost('connection')), { status: 502, code: 'provider_connection' }],
    ['has no answer', () => Promise.reject(lost('timeout')), { status: 502, code: 'provider_timeout' }],
    [
      'is an error of the carrier',
      () => ({ status: 502, text: 'Bad gateway' }),
      { status: 502, code: 'provider_status' },
    ],
    ['cannot be read', () => ({ status: 200, text: '<html>' }), { status: 502, code: 'provider_bad_body' }],
    [
      'was cut off',
      () => Promise.reject(new DOMException('aborted', 'TimeoutError')),
      { status: 502, code: 'provider_timeout' },
    ],
  ])('is no unknown outcome where it %s', async (_how, signIn, expected) => {
    const { carrier, own, claim } = setUp('soracom');
    const secret = { registrationSecret: 'right-secret' };
    own.http = {
      async send(request) {
        if (!request.url.endsWith('/auth')) return own.inProcess.send(request);
        return { headers: {}, url: request.url, latencyMs: 0, ...(await signIn()) };
      },
    };
    const refused = await refusal(claim(secret, 'key-1'));
    expect(refused).toMatchObject(expected);
    expect(carrier.callCount).toBe(0);
    own.http = own.inProcess;
    expect(await claim(secret, 'key-1')).toMatchObject({ iccid: ICCID });
  });

  const lost = (problem: 'connection' | 'timeout') =>
    new UpstreamError('it is gone', { problem, outcomeUnknown: true });
});

describe('a SIM that is claimed with a key here and without one, or with another, there', () => {
  const plan = { planId: '127' };
  const unknown = { status: 502, code: 'outcome_unknown' };

  it.each([
    ['with a key, then without', 'key-1', undefined],
    ['without a key, then with one', undefined, 'key-1'],
    ['with one key, then with another', 'key-1', 'key-2'],
  ])('is claimed once: %s', async (_how, first, second) => {
    const { carrier, claim } = setUp('hologram');
    const claimed = await claim(plan, first);
    expect(await claim(plan, second)).toEqual(claimed);
    expect(await claim(plan, second)).toEqual(claimed);
    expect(carrier.calls[CLAIMS]).toBe(1);
  });

  it('binds every key it was asked with to that claim', async () => {
    const { carrier, claim } = setUp('hologram');
    await claim(plan);
    await claim(plan, 'key-1');
    expect(await refusal(claim({ planId: '128' }, 'key-1'))).toMatchObject({ status: 409, code: 'conflict' });
    expect(carrier.calls[CLAIMS]).toBe(1);
  });

  it('is claimed otherwise only with a key of its own', async () => {
    const { carrier, claim } = setUp('hologram');
    await claim(plan, 'key-1');
    expect(await refusal(claim({ ...plan, zone: '2' }))).toMatchObject({ status: 409, code: 'conflict' });
    expect(carrier.calls[CLAIMS]).toBe(1);
    await claim({ ...plan, zone: '2' }, 'key-2').catch(() => undefined);
    expect(carrier.calls[CLAIMS]).toBe(2);
  });

  it('is claimed anew after a lost answer only with a new key', async () => {
    const { carrier, claim } = setUp('hologram');
    carrier.faults.always = 500;
    expect(await refusal(claim(plan, 'key-1'))).toMatchObject(unknown);
    carrier.faults.always = null;
    expect(await refusal(claim(plan))).toMatchObject(unknown);
    // Not even otherwise: whether it was claimed is not known.
    expect(await refusal(claim({ ...plan, zone: '2' }))).toMatchObject(unknown);
    expect(carrier.calls[CLAIMS]).toBe(1);
    const claimed = await claim(plan, 'key-2');
    expect(carrier.calls[CLAIMS]).toBe(2);
    expect(await claim(plan)).toEqual(claimed);
    expect(await refusal(claim(plan, 'key-1'))).toMatchObject(unknown);
    expect(carrier.calls[CLAIMS]).toBe(2);
  });

  it('stays unknown when the new attempt was not carried out', async () => {
    const { carrier, claim } = setUp('hologram');
    carrier.faults.always = 500;
    expect(await refusal(claim(plan))).toMatchObject(unknown);
    carrier.faults.always = 429;
    expect(await refusal(claim(plan, 'key-1'))).toMatchObject({ status: 429 });
    carrier.faults.always = null;
    expect(await refusal(claim(plan))).toMatchObject(unknown);
    expect(await claim(plan, 'key-1')).toMatchObject({ iccid: ICCID });
  });

  it('is claimed by nobody else while a claim is under way, and by one of several with new keys', async () => {
    const { carrier, own, claim, clock } = setUp('hologram');
    const onItsWay = Promise.withResolvers<void>();
    own.http = {
      send() {
        onItsWay.resolve();
        return new Promise(() => {});
      },
    };
    void claim(plan, 'key-1');
    await onItsWay.promise;
    const busy = { status: 409, code: 'in_progress' };
    expect(await refusal(claim(plan))).toMatchObject(busy);
    expect(await refusal(claim(plan, 'key-2'))).toMatchObject(busy);
    expect(await refusal(claim({ planId: '128' }, 'key-2'))).toMatchObject(busy);

    own.http = own.inProcess;
    clock.advance(120_000);
    expect(await refusal(claim(plan))).toMatchObject(unknown);
    expect(carrier.calls[CLAIMS]).toBeUndefined();
    await Promise.allSettled(['key-2', 'key-3', 'key-4'].map((key) => claim(plan, key)));
    expect(carrier.calls[CLAIMS]).toBe(1);
  });
});

it('puts off as every other route does: when to come again is told', async () => {
  const { carrier, own, claim } = setUp('hologram');
  carrier.faults.rateLimitRate = 1;
  carrier.faults.retryAfterSeconds = 7;
  const later = { status: 429, headers: { 'retry-after': '7' }, details: { until: '2026-11-22T10:00:07.000Z' } };
  expect(await refusal(claim({ planId: '127' }))).toMatchObject(later);
  expect(await refusal(own.call('GET', '/api/integrations/{id}/plans'))).toMatchObject(later);

  own.upstreamOf = (options) => fakeUpstream({ ...options, breakerAfter: 0 });
  const open = { status: 503, code: 'breaker_open', headers: { 'retry-after': '60' } };
  expect(await refusal(claim({ planId: '127' }))).toMatchObject(open);
  expect(await refusal(own.call('GET', '/api/integrations/{id}/plans'))).toMatchObject(open);
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
  // One under the key, one under the SIM.
  expect(Items).toHaveLength(2);
  expect(JSON.stringify(Items)).not.toContain('right-secret');
});
