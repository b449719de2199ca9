import { describe, expect, it } from 'vitest';
import { receipts } from '../../../functions/kinds/receipts/index.ts';
import { takeIn } from '../../../functions/kinds/receipts/intake.ts';
import { lastEntry } from '../../../functions/kinds/receipts/journal.ts';
import type { Fault } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { clientFor } from '../../../functions/kinds/receipts/simulator/operator.ts';
import { openPartition } from '../../../functions/kinds/receipts/store.ts';
import { asIntegrationId, integrationKey } from '../../../functions/model/ids.ts';
import type { HttpClient } from '../../../functions/platform/http/http.ts';
import { TENANT, World } from '../../support/world.ts';
import { aSale } from './support/documents.ts';

/** A register under the real engine: ticks, queues, leases, retries, on a moving clock. */
async function aRegister(fault: (call: number) => Fault | undefined = () => undefined) {
  const late: { http?: HttpClient } = {};
  const http: HttpClient = { send: (request) => late.http?.send(request) ?? Promise.reject(new Error('too early')) };
  const world = await World.create({ kinds: { receipts }, internet: () => http });
  const calledAt: number[] = [];
  const operator = new OfdOperator({
    clock: world.clock,
    faults: () => fault(calledAt.push(world.clock.now())),
  });
  late.http = clientFor(operator, world.clock);
  await world.add({
    id: 'shop',
    kind: 'receipts',
    provider: 'ofd',
    baseUrl: 'https://operator.example',
    syncInterval: 10,
  });
  const partition = openPartition(
    { client: world.dynamo.client, tableName: world.dynamo.tables.data },
    integrationKey(TENANT, asIntegrationId('shop')),
  );
  const take = async (key: string): Promise<void> => {
    const { clock, ids } = world.runtime;
    await takeIn(key, aSale(key), { partition, ids, clock });
    await world.wake('shop');
  };
  await world.pass(120);
  return { world, operator, partition, take, calledAt };
}

const SECOND = 1000;
const BUSY: Fault = { kind: 'answer', status: 503 };

describe('a register under the engine', () => {
  it('does nothing while it is idle', async () => {
    const { world } = await aRegister();
    const before = (await world.history('shop')).length;
    const writes = world.dynamo.calls.get('UpdateCommand');
    await world.pass(3600);
    expect((await world.get('shop')).nextSyncAt).toBeNull();
    expect((await world.history('shop')).length).toBe(before);
    expect(world.dynamo.calls.get('UpdateCommand')).toBe(writes);
  });

  it('is woken by a receipt within a second, and idle again after it', async () => {
    const { world, operator, take } = await aRegister();
    for (let n = 0; n < 5; n += 1) {
      const at = world.clock.now();
      await take(`k${n}`);
      await world.pass(1);
      expect(operator.ledger.entries.at(-1)?.at).toBeLessThanOrEqual(at + SECOND);
      await world.pass(97);
      expect((await world.get('shop')).nextSyncAt).toBeNull();
    }
    expect(operator.ledger.entries.length).toBe(5);
  });

  it('sends a receipt that came while it was at work right after', async () => {
    const around = await aRegister((call) => {
      if (call === 1) void around.take('late');
      return undefined;
    });
    await around.take('early');
    await around.world.pass(2);
    expect(around.operator.ledger.entries.length).toBe(2);
  });

  it('goes through a queue of hundreds batch after batch, in the order they came', async () => {
    const { world, operator, partition, take } = await aRegister();
    for (let n = 0; n < 230; n += 1) await take(`k${n}`);
    await world.pass(30);
    expect(
      operator.ledger.entries.map(({ document }) => (document as { items: [{ name: string }] }).items[0].name),
    ).toEqual(Array.from({ length: 230 }, (_, n) => `k${n}`));
    expect((await lastEntry(partition)).count).toBe(230);
    expect(world.backlog('receipts')).toBe(0);
  });

  it('sends nothing by itself while it is synced by hand only: a batch when asked, the rest when it has an interval again', async () => {
    const { world, operator, take } = await aRegister();
    await world.change('shop', { syncInterval: null });
    for (let n = 0; n < 60; n += 1) await take(`k${n}`);
    await world.pass(600);
    expect(operator.ledger.entries.length).toBe(0);
    await world.syncNow('shop');
    await world.pass(600);
    expect(operator.ledger.entries.length).toBe(50);
    await world.change('shop', { syncInterval: 10 });
    await world.pass(5);
    expect(operator.ledger.entries.length).toBe(60);
  });

  it('waits 1, 2, 4, … seconds while nothing goes through, defers while the breaker is open, and recovers alone', async () => {
    let broken = true;
    const { world, partition, take, calledAt } = await aRegister(() => (broken ? BUSY : undefined));
    await take('k');
    const start = world.clock.now();
    await world.pass(200);
    const waits = calledAt.map((at) => Math.round((at - start) / SECOND));
    // Four waits, then the breaker has seen five failures: a single probe a minute.
    expect(waits.slice(0, 5)).toEqual([0, 1, 3, 7, 15]);
    expect(waits.slice(5).every((at, n) => at >= 75 + 60 * n)).toBe(true);
    expect(calledAt.length).toBeGreaterThan(6);
    broken = false;
    await world.pass(130);
    expect((await lastEntry(partition)).count).toBe(1);
    expect(await world.get('shop')).toMatchObject({ status: 'success', retryCount: 0, nextSyncAt: null });
  });

  it('is switched off with its reason when only a person can help, keeps what comes, and goes on when it is switched on', async () => {
    let broken = true;
    const { world, operator, take } = await aRegister(() => (broken ? { kind: 'answer', status: 401 } : undefined));
    await take('a');
    await world.pass(60);
    expect(await world.get('shop')).toMatchObject({
      syncEnabled: false,
      status: 'disabled',
      disabledReason: expect.stringContaining('credentials'),
    });
    await take('b');
    await world.pass(600);
    expect(operator.calls).toBe(1);
    broken = false;
    await world.change('shop', { syncEnabled: true });
    await world.pass(5);
    expect(operator.ledger.entries.length).toBe(2);
  });

  it('is left to people while it is manual only, and sends what came when it is so no more', async () => {
    const { world, operator, take } = await aRegister((call) => (call === 1 ? BUSY : undefined));
    await world.change('shop', { syncInterval: null });
    await take('a');
    await world.change('shop', { syncEnabled: false });
    await world.change('shop', { syncEnabled: true });
    await world.pass(600);
    expect(operator.calls).toBe(0);
    await world.syncNow('shop');
    await world.pass(600);
    expect(operator.calls).toBe(1);
    expect(await world.get('shop')).toMatchObject({ syncEnabled: true, nextSyncAt: null });
    await world.change('shop', { syncInterval: 10 });
    await world.pass(5);
    expect(operator.ledger.entries.length).toBe(1);
  });

  it('brings a receipt that is given up on to the tenant’s dead letters', async () => {
    const { world, take } = await aRegister(() => ({ kind: 'answer', status: 422, body: '{"error":"bad name"}' }));
    await take('a');
    await world.pass(5);
    expect(await world.deadLetters()).toMatchObject([
      {
        kind: 'receipts',
        integrationId: 'shop',
        reason: 'Rejected by the operator: bad name',
        subject: { type: 'receipt' },
      },
    ]);
    expect(world.notices.map(({ type }) => type)).toEqual(['dead_lettered']);
    expect(await world.history('shop')).toContainEqual(
      expect.objectContaining({ status: 'PARTIAL', details: expect.objectContaining({ dead_lettered: 1 }) }),
    );
  });
});
