import { describe, expect, it } from 'vitest';
import { outgoing, requestPurge } from '../../functions/dispatch/send-sync.ts';
import type { SyncMessage } from '../../functions/model/message.ts';
import { queuesOf } from '../../functions/runtime/services.ts';
import { releaseLease, renewLease, saveProgress, startRun } from '../../functions/store/claim.ts';
import { GIVEN_BACK, putHistory } from '../../functions/store/history.ts';
import { deleteIntegration } from '../../functions/store/integrations.ts';
import { endRun, type RunEnd } from '../../functions/store/run-end.ts';
import { CARRIER_POLICY, fakeKind, RECEIPTS_POLICY, success, VEHICLE_POLICY } from '../support/fake-kind.ts';
import type { Fault } from '../support/worker-process.ts';
import { TENANT, World } from '../support/world.ts';

const LEASE_MS = 45_000;

async function aWorldWithOneIntegration() {
  const world = await World.create({ kinds: {} });
  const integration = await world.add({ id: 'a' });
  const message: SyncMessage = {
    v: 1,
    tenantId: TENANT,
    integrationId: integration.id,
    kind: 'carrier',
    slot: world.clock.now(),
    trigger: 'schedule',
    scheduleVersion: integration.scheduleVersion,
  };
  const claim = async (owner: string, change: Partial<SyncMessage> = {}) => {
    const start = await startRun({ ...message, ...change }, { owner, leaseMs: LEASE_MS }, world.db);
    if (start.state === 'refused') return start.why;
    return { ...start.held, integration: start.integration, manual: false };
  };
  return { world, message, claim };
}

const anEnd = (run: number): RunEnd => ({
  lastRun: { run, status: 'SUCCESS', trigger: 'schedule', slot: 1, startedAt: 1, completedAt: 2, recordsCount: 3 },
  status: 'success',
  lastSyncAt: 2,
  notice: null,
  cursor: `cursor of run ${run}`,
  dropCheckpoint: true,
  slotEnded: true,
  recent: 'S',
});

describe('the lease', () => {
  it('goes to one of two workers that race for a slot', async () => {
    const { world, claim } = await aWorldWithOneIntegration();
    const results = await Promise.all([claim('one'), claim('two')]);
    expect(results.filter((result) => typeof result === 'object')).toHaveLength(1);
    expect(results).toContain('own-run-live');
    expect((await world.get('a')).lease?.token).toBe(1);
  });

  it('is recognised by its owner when the answer to the claim was lost', async () => {
    const { claim } = await aWorldWithOneIntegration();
    await claim('one');
    expect(await claim('one')).toMatchObject({ token: 1, owner: 'one' });
  });

  it('blocks a crashed holder’s successor no longer than it lasts, and gives it a greater token', async () => {
    const { world, claim } = await aWorldWithOneIntegration();
    await claim('one');
    world.clock.set(world.clock.now() + LEASE_MS - 1);
    expect(await claim('two')).toBe('own-run-live');
    world.clock.set(world.clock.now() + 1);
    const second = await claim('two');
    expect(second).toMatchObject({ token: 2 });
    expect((await world.get('a')).abandoned).toMatchObject({ token: 1 });
  });

  it('keeps a late finisher from storing, saving, renewing and releasing', async () => {
    const { world, claim } = await aWorldWithOneIntegration();
    const late = await claim('one');
    world.clock.set(world.clock.now() + LEASE_MS);
    const current = await claim('two');
    if (typeof late === 'string' || typeof current === 'string') throw new Error('both were to start');
    expect(await renewLease(late, LEASE_MS, world.db)).toBe(false);
    expect(await saveProgress(late, { cursor: 'stale' }, LEASE_MS, world.db)).toBe(false);
    expect((await endRun(late, anEnd(1), world.db)).state).toBe('lost');
    expect(await releaseLease(late, world.db)).toBe(false);
    expect(await world.get('a')).toMatchObject({ cursor: null, lastRun: null, lease: { owner: 'two', token: 2 } });
    expect((await endRun(current, anEnd(2), world.db)).state).toBe('ended');
    expect(await world.get('a')).toMatchObject({ cursor: 'cursor of run 2', lease: null });
  });

  it('ends a run once, also when the answer to the end was lost', async () => {
    const { world, claim } = await aWorldWithOneIntegration();
    const run = await claim('one');
    if (typeof run === 'string') throw new Error('was to start');
    expect((await endRun(run, anEnd(1), world.db)).state).toBe('ended');
    expect((await endRun(run, anEnd(1), world.db)).state).toBe('ended');
  });

  it('does not run a slot again that has ended, nor an older one', async () => {
    const { world, message, claim } = await aWorldWithOneIntegration();
    const run = await claim('one');
    if (typeof run === 'string') throw new Error('was to start');
    await endRun(run, anEnd(1), world.db);
    expect(await claim('two')).toBe('finished');
    expect(await claim('two', { slot: message.slot - 60_000 })).toBe('finished');
    expect(await claim('two', { slot: message.slot + 60_000 })).toMatchObject({ token: 2 });
  });

  it('is refused to a message of an older schedule and to a paused integration', async () => {
    const { world, message, claim } = await aWorldWithOneIntegration();
    await world.change('a', { syncInterval: 7200 });
    expect(await claim('one')).toBe('stale');
    const paused = await world.change('a', { syncEnabled: false });
    expect(await claim('one', { scheduleVersion: paused.scheduleVersion })).toBe('disabled');
    expect(await claim('one', { runId: '0001', slot: message.slot })).toMatchObject({ token: 1 });
  });

  it('is renewed while a long run goes on, and newer slots are skipped with the reason', async () => {
    const world = await World.create({
      kinds: {
        vehicle: fakeKind('vehicle', VEHICLE_POLICY, async (run) => {
          await run.clock.sleep(47_000);
          run.assertHeld();
          return success();
        }),
      },
    });
    await world.add({ id: 'v', kind: 'vehicle', syncInterval: 20 });
    await world.pass(52);
    const history = await world.history('v');
    expect(history.filter(({ status }) => status === 'SUCCESS')).toHaveLength(1);
    const skipped = history.filter(({ status }) => status === 'SKIPPED');
    expect(skipped.length).toBeGreaterThanOrEqual(2);
    expect(skipped[0]?.errorMessage).toContain('was still going on');
    expect(new Set(history.map(({ run }) => run)).size).toBe(history.length);
  });
});

describe('a run asked for by hand', () => {
  it('whose message comes after that of a later one is skipped with the reason, once', async () => {
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) },
    });
    const { id, scheduleVersion } = await world.add({ id: 'a', syncInterval: null });
    const early: SyncMessage = {
      ...{ v: 1, tenantId: TENANT, integrationId: id, kind: 'carrier', scheduleVersion },
      ...{ slot: world.clock.now(), trigger: 'manual', runId: world.runtime.ids.next() },
    };
    // In the same millisecond: only the ids tell them apart.
    const late = await world.syncNow('a');
    await world.pass(2);
    for (let delivery = 1; delivery <= 2; delivery += 1) {
      await queuesOf(world.runtime).send([outgoing(early, 0)]);
      await world.pass(2);
      expect(await world.history('a')).toMatchObject([
        { id: late, status: 'SUCCESS' },
        { id: early.runId, status: 'SKIPPED', errorMessage: 'a run that was asked for later had its turn first' },
      ]);
    }
  });
});

describe('a run that outlives one Lambda', () => {
  it('continues in other messages under the same number and shows as one run', async () => {
    const seen: { token: number; continued: boolean; checkpoint: unknown }[] = [];
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
          seen.push({ token: run.token, continued: run.continued, checkpoint: run.checkpoint });
          await run.clock.sleep(30_000);
          const done = Number(run.checkpoint ?? 0) + 1;
          if (done < 5) return { outcome: 'continue', checkpoint: done, details: { done, total: 5 } };
          return success(5);
        }),
      },
    });
    await world.add({ id: 'c' });
    await world.pass(65);
    expect((await world.get('c')).lease).toMatchObject({ token: 1, progress: { done: 2, total: 5 } });
    await world.pass(200);
    expect(seen.map(({ token }) => token)).toEqual([1, 1, 1, 1, 1]);
    expect(seen.map(({ continued }) => continued)).toEqual([false, true, true, true, true]);
    const history = await world.history('c');
    expect(history).toHaveLength(1);
    expect(history[0]).toMatchObject({ run: 1, status: 'SUCCESS', recordsCount: 5 });
    expect((history[0]?.completedAt ?? 0) - (history[0]?.startedAt ?? 0)).toBe(150_000);
  });

  it('still is one run when no worker is free for its next message for minutes', async () => {
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
          const slice = Number(run.checkpoint ?? 0);
          await run.clock.sleep(30_000, run.signal);
          return slice < 2
            ? { outcome: 'continue', checkpoint: slice + 1, details: {} }
            : success(run.continued ? 3 : 1);
        }),
      },
    });
    await world.add({ id: 'c' });
    await world.pass(29);
    world.working = false;
    await world.pass(300);
    expect(await world.history('c')).toEqual([]);
    world.working = true;
    await world.pass(120);
    expect(await world.history('c')).toMatchObject([{ run: 1, status: 'SUCCESS', recordsCount: 3 }]);
    expect(await world.get('c')).toMatchObject({ runCounter: 1, lease: null, checkpoint: null });
  });

  it('starts again from its checkpoint when a worker dies in the middle', async () => {
    let deaths = 0;
    const world: World = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
          const done = Number(run.checkpoint ?? 0) + 1;
          if (done === 3 && deaths === 0) {
            deaths += 1;
            world.process.die();
            return new Promise(() => undefined);
          }
          if (done < 5) return { outcome: 'continue', checkpoint: done, details: { done } };
          return success(5);
        }),
      },
    });
    await world.add({ id: 'c' });
    await world.pass(400);
    const history = await world.history('c');
    expect(history.map(({ status, errorMessage }) => [status, errorMessage])).toEqual([
      ['FAILED', 'worker stopped'],
      ['SUCCESS', null],
    ]);
    expect((history[1]?.startedAt ?? 0) - (history[0]?.startedAt ?? 0)).toBeLessThanOrEqual((45 + 75) * 1000);
    expect((await world.get('c')).checkpoint).toBeNull();
  });
});

describe('a worker that dies', () => {
  it('every time: four tries, each shown, then a dead letter, and the schedule goes on', async () => {
    const world: World = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async () => {
          world.process.die();
          return new Promise(() => undefined);
        }),
      },
    });
    await world.add({ id: 'c', syncInterval: 86_400 });
    await world.pass(900);
    const history = await world.history('c');
    expect(history.map(({ status, errorMessage }) => [status, errorMessage])).toEqual(
      Array.from({ length: 4 }, () => ['FAILED', 'worker stopped']),
    );
    expect(await world.deadLetters()).toMatchObject([{ attempts: 4, lastError: 'worker stopped' }]);
    const after = await world.get('c');
    expect(after).toMatchObject({ syncEnabled: true, lease: null, slotOpen: false });
    expect(after.nextSyncAt).toBeGreaterThan(world.clock.now());
  });
});

describe('a register whose worker dies every time', () => {
  it('is on a desk within ten minutes, tells people, is tried on, and piles up no messages', async () => {
    const world: World = await World.create({
      kinds: {
        receipts: fakeKind('receipts', RECEIPTS_POLICY, async () => {
          world.process.die();
          return new Promise(() => undefined);
        }),
      },
    });
    await world.add({ id: 'r', kind: 'receipts', syncInterval: 10 });
    await world.wake('r');
    await world.pass(600);
    expect(await world.deadLetters()).not.toEqual([]);
    expect(world.notices.map(({ type }) => type)).toContain('dead_lettered');
    await world.pass(3 * 3600);
    const history = await world.history('r');
    expect(history.every(({ errorMessage }) => errorMessage === 'worker stopped')).toBe(true);
    expect(history.at(-1)?.startedAt).toBeGreaterThan(world.clock.now() - 600_000);
    expect(world.backlog('receipts')).toBeLessThanOrEqual(4);
    expect(world.notices.length).toBeLessThanOrEqual(4);
  });
});

describe('a worker that is told to stop', () => {
  it('gives its run back to be made again at once, and the history says so also when it dies over that', async () => {
    const faults: Record<number, Fault> = { 1: 'shutdown', 3: 'die-before' };
    let calls = 0;
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
          await run.clock.sleep(5_000, run.signal);
          return success();
        }),
      },
      chooseFault: ({ name }) => {
        if (calls === 0 && name !== 'UpdateCommand') return undefined;
        calls += 1;
        return faults[calls];
      },
    });
    world.ticking = false;
    await world.add({ id: 'c', syncInterval: 3600 });
    await world.pass(300);
    expect(await world.history('c')).toMatchObject([
      { run: 1, status: 'DEFERRED', errorMessage: GIVEN_BACK },
      { run: 2, status: 'SUCCESS' },
    ]);
    expect(await world.get('c')).toMatchObject({ lease: null, slotOpen: false });
  });
});

describe('a worker that stood still while its integration was deleted', () => {
  it('leaves nothing behind, though it writes after the first purge', async () => {
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) },
    });
    world.ticking = false;
    const integration = await world.add({ id: 'c' });
    await requestPurge(integration, { queues: queuesOf(world.runtime), clock: world.clock });
    await deleteIntegration(TENANT, integration.id, world.db);
    await world.pass(100);
    await putHistory(
      TENANT,
      integration.id,
      {
        ...{ id: 'c-1', run: 1, status: 'SUCCESS', trigger: 'schedule', scheduledFor: 1, startedAt: 1, completedAt: 1 },
        ...{ recordsCount: 1, errorMessage: null, details: {} },
      },
      world.db,
    );
    expect(world.dynamo.table('history').size).toBe(1);
    await world.pass(900);
    expect(world.dynamo.table('history').size).toBe(0);
  });
});

describe('two runs asked for by hand at once', () => {
  it('leave the first what it is: when its worker dies it is made again, and the second stays skipped', async () => {
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
          await run.clock.sleep(5_000, run.signal);
          return success();
        }),
      },
    });
    await world.add({ id: 'a', syncEnabled: false });
    const first = await world.syncNow('a');
    const second = await world.syncNow('a');
    await world.pass(2);
    world.process.die();
    await world.pass(600);
    const history = await world.history('a');
    const endOf = (runId: string) => history.filter(({ id }) => id === runId).map(({ status }) => status);
    expect(endOf(first)).toEqual(['SUCCESS']);
    expect(endOf(second)).toEqual(['SKIPPED']);
    expect(await world.get('a')).toMatchObject({ lease: null, manualOpen: false });
  });
});
