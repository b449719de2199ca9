import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asTenantId } from '../../functions/model/ids.ts';
import type { Database } from '../../functions/store/database.ts';
import { claimIdempotencyKey, type IdempotentRequest, keepAnswer } from '../../functions/store/idempotency.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/embedded-aws.ts';

const DAY = 24 * 3_600_000;
const tenant = asTenantId('acme');

let dynamo: TestDynamoDb;
let now = Date.UTC(2026, 10, 22, 12);
let db: Database;
beforeAll(async () => {
  dynamo = await startTestDynamoDb();
  db = {
    ...dynamo,
    dueShards: 4,
    horizonMs: 60_000,
    clock: { now: () => now, sleep: () => Promise.reject(new Error('nothing waits here')) },
  };
});
afterAll(() => dynamo.close());

const request = (key: string, body: unknown = { name: 'Truck' }): IdempotentRequest => ({ scope: 'create', key, body });

describe('idempotency keys', () => {
  it('give every request of one key the same id, also before the first was answered', async () => {
    const claims = await Promise.all(['a', 'b', 'c'].map((id) => claimIdempotencyKey(tenant, request('k1'), id, db)));
    const ids = new Set(claims.map((claim) => (claim.state === 'claimed' ? claim.resourceId : 'refused')));
    expect(ids.size).toBe(1);
  });

  it('answer a repeat with the first answer', async () => {
    await claimIdempotencyKey(tenant, request('k2'), 'a', db);
    await keepAnswer(tenant, request('k2'), { id: 'a', version: 1 }, db);
    await keepAnswer(tenant, request('k2'), { id: 'a', version: 2 }, db);
    expect(await claimIdempotencyKey(tenant, request('k2'), 'b', db)).toEqual({
      state: 'claimed',
      resourceId: 'a',
      answer: { id: 'a', version: 1 },
    });
  });

  it('do not care about the order of names', async () => {
    await claimIdempotencyKey(tenant, request('k3', { a: 1, b: { c: [1, 2], d: null } }), 'a', db);
    const again = await claimIdempotencyKey(tenant, request('k3', { b: { d: null, c: [1, 2] }, a: 1 }), 'b', db);
    expect(again).toMatchObject({ state: 'claimed', resourceId: 'a' });
  });

  it.each([
    ['another value', { a: 2 }],
    ['another order of a list', { a: [2, 1] }],
    ['a name more', { a: 1, b: null }],
  ])('refuse %s', async (what, body) => {
    await claimIdempotencyKey(tenant, request(`k4 ${what}`, what.includes('list') ? { a: [1, 2] } : { a: 1 }), 'a', db);
    expect(await claimIdempotencyKey(tenant, request(`k4 ${what}`, body), 'b', db)).toEqual({ state: 'other-body' });
  });

  it('mean nothing to another tenant or another operation', async () => {
    await claimIdempotencyKey(tenant, request('k5'), 'a', db);
    const other = await claimIdempotencyKey(asTenantId('other'), request('k5', { else: 1 }), 'b', db);
    const receipt = await claimIdempotencyKey(tenant, { ...request('k5', { else: 1 }), scope: 'sync' }, 'c', db);
    expect([other, receipt]).toMatchObject([{ resourceId: 'b' }, { resourceId: 'c' }]);
  });

  it('are free again after a day, whether or not the table was swept', async () => {
    await claimIdempotencyKey(tenant, request('k6'), 'a', db);
    now += DAY;
    expect(await claimIdempotencyKey(tenant, request('k6', { name: 'Van' }), 'b', db)).toMatchObject({
      resourceId: 'b',
    });
  });

  it('store neither the key nor anything of the body', async () => {
    await claimIdempotencyKey(tenant, request('key-canary', { credentials: { apiKey: 'body-canary' } }), 'a', db);
    const { Items } = await db.client.send(new ScanCommand({ TableName: db.tables.tenants }));
    expect(JSON.stringify(Items)).not.toContain('canary');
  });
});
