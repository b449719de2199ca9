import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asIntegrationId, asTenantId, type TenantId } from '../../functions/model/ids.ts';
import type { Database } from '../../functions/store/database.ts';
import {
  countDeadLetters,
  type DeadLetter,
  deadLetterId,
  getDeadLetter,
  holdDeadLetter,
  listDeadLetters,
  recordDeadLetter,
  releaseDeadLetter,
  removeDeadLetter,
} from '../../functions/store/dead-letters.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/embedded-aws.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

let dynamo: TestDynamoDb;
let now = NOON;
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

const aLetter = (tenantId: TenantId | null, at: number, changes: Partial<DeadLetter> = {}): DeadLetter => ({
  tenantId,
  id: deadLetterId(NOON + at, `m${at}`),
  kind: 'carrier',
  integrationId: asIntegrationId('sims'),
  reason: 'Failed 4 times',
  attempts: 4,
  lastError: 'HTTP 500 from api.example.com',
  firstFailureAt: NOON + at,
  lastFailureAt: NOON + at + 420_000,
  createdAt: NOON + at + 421_000,
  subject: { type: 'message', body: '{"v":1}' },
  ...changes,
});

describe('dead letters', () => {
  it('are listed newest first, page by page, each once and as they were recorded', async () => {
    const tenant = asTenantId('paged');
    const letters = [1, 2, 3, 4, 5].map((at) => aLetter(tenant, at));
    for (const letter of letters) expect((await recordDeadLetter(letter, db)).isNew).toBe(true);
    const first = await listDeadLetters(tenant, { limit: 2, before: null }, db);
    const second = await listDeadLetters(tenant, { limit: 3, before: first.next }, db);
    expect([...first.deadLetters, ...second.deadLetters]).toEqual(letters.toReversed());
    expect(second.next).toBeNull();
    expect(await countDeadLetters(tenant, db)).toBe(5);
  });

  it('whose cause is delivered twice are one', async () => {
    const tenant = asTenantId('twice');
    await recordDeadLetter(aLetter(tenant, 1), db);
    expect(await recordDeadLetter(aLetter(tenant, 1, { reason: 'again' }), db)).toMatchObject({
      isNew: false,
      reason: aLetter(tenant, 1).reason,
    });
    expect(await getDeadLetter(tenant, deadLetterId(NOON + 1, 'm1'), db)).toMatchObject({ reason: 'Failed 4 times' });
  });

  it('fill a page with one kind although others lie between', async () => {
    const tenant = asTenantId('mixed');
    for (let at = 0; at < 12; at++) {
      await recordDeadLetter(aLetter(tenant, at, { kind: at % 4 === 0 ? 'source' : 'carrier' }), db);
    }
    const page = await listDeadLetters(tenant, { limit: 2, before: null, kind: 'source' }, db);
    expect(page.deadLetters.map(({ firstFailureAt }) => firstFailureAt - NOON)).toEqual([8, 4]);
    const rest = await listDeadLetters(tenant, { limit: 2, before: page.next, kind: 'source' }, db);
    expect(rest.deadLetters.map(({ firstFailureAt }) => firstFailureAt - NOON)).toEqual([0]);
    expect(rest.next).toBeNull();
  });

  it('of big messages are cut to what an item can hold, and a page of them is still whole', async () => {
    const tenant = asTenantId('big');
    for (let at = 0; at < 9; at++) {
      await recordDeadLetter(aLetter(tenant, at, { subject: { type: 'malformed', body: '€'.repeat(1_000_000) } }), db);
    }
    const { deadLetters } = await listDeadLetters(tenant, { limit: 9, before: null }, db);
    expect(deadLetters).toHaveLength(9);
    expect(deadLetters[0]?.subject).toEqual({ type: 'malformed', body: '€'.repeat(100_000) });
    expect(await countDeadLetters(tenant, db)).toBe(9);
  });

  it('that name no tenant are kept for operations and shown to no tenant', async () => {
    const letter = aLetter(null, 1, { kind: null, integrationId: null, subject: { type: 'malformed', body: 'hello' } });
    await recordDeadLetter(letter, db);
    expect((await listDeadLetters(null, { limit: 10, before: null }, db)).deadLetters).toEqual([letter]);
    expect((await listDeadLetters(asTenantId('any'), { limit: 10, before: null }, db)).deadLetters).toEqual([]);
  });

  it('are held for one redrive at a time, and free again when it died', async () => {
    const tenant = asTenantId('held');
    const letter = aLetter(tenant, 1);
    await recordDeadLetter(letter, db);
    const both = await Promise.all([1, 2].map(() => holdDeadLetter(tenant, letter.id, now + 60_000, db)));
    expect(both.filter((answer) => answer === 'held')).toHaveLength(1);
    expect(both).toContainEqual(letter);
    now += 60_000;
    expect(await holdDeadLetter(tenant, letter.id, now + 60_000, db)).toEqual(letter);
    await releaseDeadLetter(tenant, letter.id, db);
    expect(await holdDeadLetter(tenant, letter.id, now + 60_000, db)).toEqual(letter);
  });

  it('that are gone stay gone', async () => {
    const tenant = asTenantId('gone');
    const letter = aLetter(tenant, 1);
    await recordDeadLetter(letter, db);
    expect(await removeDeadLetter(tenant, letter.id, db)).toBe(true);
    expect(await removeDeadLetter(tenant, letter.id, db)).toBe(false);
    await releaseDeadLetter(tenant, letter.id, db);
    expect(await holdDeadLetter(tenant, letter.id, now + 1, db)).toBeUndefined();
    expect(await countDeadLetters(tenant, db)).toBe(0);
  });

  it('of receipts never age away', async () => {
    const tenant = asTenantId('receipts');
    await recordDeadLetter(aLetter(tenant, 1, { kind: 'receipts', subject: { type: 'receipt', receiptId: 'r1' } }), db);
    await recordDeadLetter(aLetter(tenant, 2), db);
    const { Items = [] } = await db.client.send(
      new QueryCommand({
        TableName: db.tables.tenants,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': 'receipts#dead-letters' },
      }),
    );
    expect(Items.map(({ expiresAt }) => typeof expiresAt)).toEqual(['undefined', 'number']);
  });
});
