import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asIntegrationId, asTenantId } from '../../functions/model/ids.ts';
import { createIds, idFor } from '../../functions/platform/ids.ts';
import { addEvent, listEvents } from '../../functions/store/events.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/embedded-aws.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const truck = asIntegrationId('truck');
const event = (message: string) => ({ type: 'disabled', integrationId: truck, message });

let dynamo: TestDynamoDb;
beforeAll(async () => {
  dynamo = await startTestDynamoDb();
});
afterAll(() => dynamo.close());

function database() {
  let id = 0;
  const clock = { now: () => NOON + id, sleep: () => Promise.reject(new Error('nothing waits here')) };
  return {
    client: dynamo.client,
    tables: dynamo.tables,
    dueShards: 4,
    horizonMs: 60_000,
    clock,
    ids: { next: () => `e${String(++id).padStart(4, '0')}` },
  };
}

describe('events', () => {
  it('are listed newest first, page by page, each once', async () => {
    const db = database();
    const tenant = asTenantId('paged');
    for (let i = 1; i <= 5; i++) await addEvent(tenant, event(`number ${i}`), db);
    const first = await listEvents(tenant, { limit: 2, before: null }, db);
    expect(first.events.map(({ message }) => message)).toEqual(['number 5', 'number 4']);
    const second = await listEvents(tenant, { limit: 3, before: first.next }, db);
    expect(second.events.map(({ message }) => message)).toEqual(['number 3', 'number 2', 'number 1']);
    expect(second.next).toBeNull();
  });

  it('keep time, type and integration', async () => {
    const db = database();
    const tenant = asTenantId('kept');
    await addEvent(tenant, event('switched off after 3 failures'), db);
    await addEvent(tenant, { type: 'breaker_opened', integrationId: null, message: 'api.example.com' }, db);
    const { events } = await listEvents(tenant, { limit: 10, before: null }, db);
    expect(events).toEqual([
      { id: 'e0002', at: NOON + 1, type: 'breaker_opened', integrationId: null, message: 'api.example.com' },
      { id: 'e0001', at: NOON, type: 'disabled', integrationId: truck, message: 'switched off after 3 failures' },
    ]);
  });

  it('that come twice under one id are one', async () => {
    const db = database();
    const tenant = asTenantId('twice');
    await addEvent(tenant, { ...event('first'), id: 'run-7' }, db);
    await addEvent(tenant, { ...event('second'), id: 'run-7' }, db);
    const { events } = await listEvents(tenant, { limit: 10, before: null }, db);
    expect(events.map(({ message }) => message)).toEqual(['first']);
  });

  it('take their place in time, whether their ids were given or not', async () => {
    const tenant = asTenantId('in-time');
    let now = NOON;
    const clock = { now: () => now, sleep: () => Promise.reject(new Error('nothing waits here')) };
    const db = { ...database(), clock, ids: createIds(clock) };
    for (const [minute, id] of [[0], [1, 'letter-1'], [2], [3, 'run-7'], [4]] as const) {
      now = NOON + minute * 60_000;
      const given = id === undefined ? {} : { id: idFor(now, id) };
      await addEvent(tenant, { ...event(`minute ${minute}`), ...given }, db);
    }
    const { events } = await listEvents(tenant, { limit: 10, before: null }, db);
    expect(events.map(({ message }) => message)).toEqual([4, 3, 2, 1, 0].map((minute) => `minute ${minute}`));
  });

  it('are the tenant’s own', async () => {
    const db = database();
    await addEvent(asTenantId('mine'), event('mine'), db);
    expect((await listEvents(asTenantId('min'), { limit: 10, before: null }, db)).events).toEqual([]);
  });
});
