import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asIntegrationId, asTenantId, type IntegrationId } from '../../functions/model/ids.ts';
import type { SyncMessage } from '../../functions/model/message.ts';
import {
  continueRun,
  handOver,
  releaseLease,
  renewLease,
  saveProgress,
  startRun,
} from '../../functions/store/claim.ts';
import type { Database } from '../../functions/store/database.ts';
import { advanceSlots, dueEntries } from '../../functions/store/due.ts';
import { historyBetween, putHistory } from '../../functions/store/history.ts';
import {
  createIntegration,
  deleteIntegration,
  getIntegration,
  listIntegrations,
  updateIntegration,
} from '../../functions/store/integrations.ts';
import { purgeIntegration } from '../../functions/store/purge.ts';
import { endRun, passSlot, type RunEnd, takeNumber } from '../../functions/store/run-end.ts';
import { wakeIntegration } from '../../functions/store/wake-integration.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const LEASE_MS = 45_000;

/** What an engine brings: a client and empty tables. */
export interface StoreEngine {
  readonly db: Pick<Database, 'client' | 'tables'>;
  close(): Promise<void>;
}

/** What the store relies on, on whatever engine: run in memory, on the embedded engine and on an emulator. */
export function describeStore(name: string, open: () => Promise<StoreEngine>): void {
  describe(`the store on ${name}`, () => {
    const tenant = asTenantId(`rules-${name.replaceAll(' ', '-')}`);
    let engine: StoreEngine;
    let now = START;
    let ids = 0;
    const db = (): Database & { historyDays: number } => ({
      ...engine.db,
      clock: { now: () => now, sleep: async () => undefined },
      dueShards: 2,
      horizonMs: 90_000,
      historyDays: 90,
    });
    beforeAll(async () => {
      engine = await open();
    }, 120_000);
    afterAll(() => engine.close());

    async function anIntegration(change: Partial<Parameters<typeof createIntegration>[0]> = {}) {
      ids += 1;
      const { integration } = await createIntegration(
        {
          tenantId: tenant,
          id: asIntegrationId(`i${String(ids).padStart(3, '0')}`),
          name: 'one',
          kind: 'carrier',
          provider: 'fake',
          baseUrl: null,
          accountId: null,
          config: { pageSize: 10 },
          syncInterval: 3600,
          syncEnabled: true,
          credentials: null,
          ...change,
        },
        db(),
      );
      return integration;
    }

    const messageOf = (id: IntegrationId, change: Partial<SyncMessage> = {}): SyncMessage => ({
      v: 1,
      tenantId: tenant,
      integrationId: id,
      kind: 'carrier',
      slot: now,
      trigger: 'schedule',
      scheduleVersion: 1,
      ...change,
    });

    async function claim(id: IntegrationId, owner: string, change: Partial<SyncMessage> = {}) {
      const result = await startRun(messageOf(id, change), { owner, leaseMs: LEASE_MS }, db());
      if (result.state === 'refused') throw new Error(`refused: ${result.why}`);
      return { ...result.held, integration: result.integration, manual: change.runId !== undefined };
    }

    const anEnd = (run: number, slot: number): RunEnd => ({
      lastRun: { run, status: 'SUCCESS', trigger: 'schedule', slot, startedAt: now, completedAt: now, recordsCount: 3 },
      status: 'success',
      lastSyncAt: now,
      notice: null,
      cursor: 'c1',
      dropCheckpoint: true,
      slotEnded: true,
      recent: 'S',
    });

    it('lets one of many workers have a slot', async () => {
      const { id } = await anIntegration();
      const all = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => claim(id, `w${i}`)));
      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await getIntegration(tenant, id, db()))?.runCounter).toBe(1);
    });

    it('accepts nothing from an older holder', async () => {
      const { id } = await anIntegration();
      const slot = now;
      const late = await claim(id, 'late');
      now += LEASE_MS;
      const current = await claim(id, 'current', { slot });
      expect(current.token).toBe(2);
      expect(current.integration.abandoned).toMatchObject({ token: 1, slot });
      expect(await renewLease(late, LEASE_MS, db())).toBe(false);
      expect(await saveProgress(late, { cursor: 'stale' }, LEASE_MS, db())).toBe(false);
      expect(await releaseLease(late, db())).toBe(false);
      expect((await endRun(late, anEnd(1, slot), db())).state).toBe('lost');
      expect(await saveProgress(current, { cursor: 'c0', checkpoint: { page: 2 } }, LEASE_MS, db())).toBe(true);
      expect(await getIntegration(tenant, id, db())).toMatchObject({ cursor: 'c0', checkpoint: { page: 2 } });
      expect((await endRun(current, anEnd(2, slot), db())).state).toBe('ended');
      expect(await getIntegration(tenant, id, db())).toMatchObject({
        cursor: 'c1',
        checkpoint: null,
        lease: null,
        abandoned: null,
        slotOpen: false,
        status: 'success',
      });
    });

    it('hands a run over to exactly the awaited slice', async () => {
      const { id } = await anIntegration();
      const run = await claim(id, 'first');
      expect(
        await handOver(run, { slice: 1, checkpoint: { page: 3 }, details: { done: 3 }, resumeAt: now }, db()),
      ).toBe(true);
      const next = { ...messageOf(id), run: run.token, slice: 1 };
      expect(await continueRun({ ...next, slice: 2 }, { owner: 'x', leaseMs: LEASE_MS }, db())).toEqual({
        state: 'not-awaited',
      });
      const [one, two] = await Promise.all(
        ['a', 'b'].map((owner) => continueRun(next, { owner, leaseMs: LEASE_MS }, db())),
      );
      expect([one?.state, two?.state].sort()).toEqual(['not-awaited', 'started']);
    });

    it('numbers a slot that passes once, beside a live run', async () => {
      const { id } = await anIntegration();
      const run = await claim(id, 'w');
      const passing = messageOf(id, { slot: now + 60_000 });
      const both = await Promise.all([1, 2].map(() => passSlot(passing, run.integration, db())));
      expect(new Set(both.map((passed) => passed?.passedRun))).toEqual(new Set([2]));
      const overtaken = messageOf(id, { slot: now + 30_000 });
      const numbers = await Promise.all([1, 2].map(() => takeNumber(overtaken, db())));
      expect(numbers.map((number) => number?.run)).toEqual([3, 3]);
      const byHand = messageOf(id, { trigger: 'manual', runId: 'run-by-hand' });
      const numbersByHand = await Promise.all([1, 2].map(() => takeNumber(byHand, db())));
      expect(numbersByHand.map((number) => number?.run)).toEqual([4, 4]);
      expect((await getIntegration(tenant, id, db()))?.lease?.token).toBe(1);
    });

    it('keeps in the index just what may run, and moves an entry once', async () => {
      const on = await anIntegration({ syncInterval: 60 });
      const off = await anIntegration({ syncEnabled: false });
      const byHand = await anIntegration({ syncInterval: null });
      const until = now + 600_000;
      const entries = [];
      for (const shard of [0, 1]) for await (const page of dueEntries(shard, until, db())) entries.push(...page);
      const found = entries.filter(({ tenantId }) => tenantId === tenant).map(({ id }) => id);
      expect(found).toContain(on.id);
      expect(found).not.toContain(off.id);
      expect(found).not.toContain(byHand.id);
      const entry = entries.find(({ id }) => id === on.id);
      if (entry === undefined) throw new Error('it was found before');
      const advance = [{ entry, next: until, watch: null }];
      expect(await advanceSlots(advance, db())).toEqual({ advanced: 1, refused: 0, throttled: 0 });
      expect(await advanceSlots(advance, db())).toEqual({ advanced: 0, refused: 1, throttled: 0 });
      expect(await getIntegration(tenant, on.id, db())).toMatchObject({ nextSyncAt: until });
    });

    it('changes by version, and a changed schedule makes old messages stale', async () => {
      const { id } = await anIntegration();
      expect((await updateIntegration(tenant, id, { name: 'two' }, 1, db())).state).toBe('changed');
      expect((await updateIntegration(tenant, id, { name: 'three' }, 1, db())).state).toBe('conflict');
      expect((await updateIntegration(tenant, id, { syncInterval: 60 }, undefined, db())).state).toBe('changed');
      await expect(claim(id, 'w')).rejects.toThrow('stale');
      expect((await updateIntegration(tenant, id, { syncEnabled: false }, undefined, db())).state).toBe('changed');
      expect(await getIntegration(tenant, id, db())).toMatchObject({ nextSyncAt: null, name: 'two', version: 4 });
    });

    it('wakes a buffer once, and does not let a run go idle that was woken meanwhile', async () => {
      const { id } = await anIntegration({ kind: 'receipts', syncInterval: 10 });
      const woken = await Promise.all([1, 2].map(() => wakeIntegration(tenant, id, db())));
      expect(woken.flatMap((each) => each?.send ?? [])).toHaveLength(1);
      const run = await claim(id, 'w', { kind: 'receipts' });
      now += 1000;
      await wakeIntegration(tenant, id, db());
      const idle: RunEnd = { ...anEnd(run.token, START), schedule: { nextSyncAt: null } };
      const ended = await endRun(run, idle, db());
      expect(ended.send).toHaveLength(1);
      expect((await getIntegration(tenant, id, db()))?.nextSyncAt).not.toBeNull();
    });

    it('leaves a buffer alone that is synced by hand only, until it has an interval', async () => {
      const { id } = await anIntegration({ kind: 'receipts', syncInterval: null });
      expect(await wakeIntegration(tenant, id, db())).toBeNull();
      await updateIntegration(tenant, id, { syncEnabled: false }, undefined, db());
      expect(await updateIntegration(tenant, id, { syncEnabled: true }, undefined, db())).toMatchObject({ send: [] });
      expect(await getIntegration(tenant, id, db())).toMatchObject({ nextSyncAt: null });
      const now10 = await updateIntegration(tenant, id, { syncInterval: 10 }, undefined, db());
      expect(now10).toMatchObject({ state: 'changed', send: [{ slot: now }] });
    });

    it('lists a tenant’s own, page after page', async () => {
      const first = await listIntegrations(tenant, { limit: 2 }, db());
      const second = await listIntegrations(tenant, { limit: 2, after: first.nextAfter ?? '' }, db());
      expect(first.integrations).toHaveLength(2);
      const listed = [...first.integrations, ...second.integrations].map(({ id }) => id);
      expect(listed).toEqual(['i001', 'i002', 'i003', 'i004']);
      expect((await listIntegrations(asTenantId('nobody'), { limit: 2 }, db())).integrations).toEqual([]);
    });

    it('keeps history by number, once where it says so, and tells of an entry that its worker could not write', async () => {
      const { id } = await anIntegration();
      const entry = (run: number) => ({
        id: `${id}-${run}`,
        run,
        status: 'SUCCESS' as const,
        trigger: 'schedule' as const,
        scheduledFor: now,
        startedAt: now,
        completedAt: now + 5,
        recordsCount: run,
        errorMessage: null,
        details: { calls: 1 },
      });
      await putHistory(tenant, id, entry(1), db());
      const lost = { ...anEnd(2, now).lastRun, recordsCount: 22 };
      await putHistory(tenant, id, entry(3), db(), { previous: lost });
      expect(await putHistory(tenant, id, { ...entry(3), recordsCount: 0 }, db(), { unlessThere: true })).toBe(false);
      const all = await historyBetween(tenant, id, { from: 1, to: 3 }, db());
      expect(all.map(({ run, recordsCount }) => [run, recordsCount])).toEqual([
        [3, 3],
        [2, 22],
        [1, 1],
      ]);
    });

    it('removes an integration with everything it has stored', async () => {
      const { id } = await anIntegration();
      const { client, tables } = engine.db;
      const { PutCommand, QueryCommand } = await import('@aws-sdk/lib-dynamodb');
      for (let i = 0; i < 60; i++) {
        await client.send(new PutCommand({ TableName: tables.data, Item: { pk: `${tenant}#${id}`, sk: `x${i}` } }));
      }
      expect(await deleteIntegration(tenant, id, db())).toMatchObject({ id });
      expect(await purgeIntegration(tenant, id, now + 1000, db())).toBe(true);
      const { Count } = await client.send(
        new QueryCommand({
          TableName: tables.data,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': `${tenant}#${id}` },
          Select: 'COUNT',
        }),
      );
      expect(Count).toBe(0);
      await expect(claim(id, 'w')).rejects.toThrow('deleted');
    });
  });
}
