import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asTenantId } from '../../functions/model/ids.ts';
import type { Database } from '../../functions/store/database.ts';
import { changeSettings, readSettings } from '../../functions/store/settings.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/embedded-aws.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const sealed = { sealed: 'c2VhbGVk', hint: '9f3a' };

let dynamo: TestDynamoDb;
let db: Database;
beforeAll(async () => {
  dynamo = await startTestDynamoDb();
  db = {
    ...dynamo,
    dueShards: 4,
    horizonMs: 60_000,
    clock: { now: () => NOON, sleep: () => Promise.reject(new Error('nothing waits here')) },
  };
});
afterAll(() => dynamo.close());

describe('settings', () => {
  it('are empty until something was set', async () => {
    expect(await readSettings(asTenantId('new'), db)).toEqual({
      vehicleDefaultApiKey: null,
      vehicleDefaultApiKeySetAt: null,
      notificationEmail: null,
      subscription: null,
      leftSubscriptions: [],
    });
  });

  it('change one by one and leave the others alone', async () => {
    const tenant = asTenantId('careful');
    await changeSettings(tenant, { vehicleDefaultApiKey: sealed }, db);
    await changeSettings(tenant, { notificationEmail: 'fleet@example.com' }, db);
    expect(await changeSettings(tenant, {}, db)).toEqual({
      vehicleDefaultApiKey: sealed,
      vehicleDefaultApiKeySetAt: NOON,
      notificationEmail: 'fleet@example.com',
      subscription: null,
      leftSubscriptions: [],
    });
  });

  it('are removed by null', async () => {
    const tenant = asTenantId('leaving');
    await changeSettings(tenant, { vehicleDefaultApiKey: sealed, notificationEmail: 'fleet@example.com' }, db);
    await changeSettings(tenant, { vehicleDefaultApiKey: null }, db);
    expect(await readSettings(tenant, db)).toEqual({
      vehicleDefaultApiKey: null,
      vehicleDefaultApiKeySetAt: null,
      notificationEmail: 'fleet@example.com',
      subscription: null,
      leftSubscriptions: [],
    });
  });
});
