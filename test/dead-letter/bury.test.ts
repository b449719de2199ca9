import { describe, expect, it } from 'vitest';
import { bury, type DeadMessage } from '../../functions/dead-letter/bury.ts';
import type { Run } from '../../functions/kinds/kind.ts';
import { UpstreamError } from '../../functions/model/failure.ts';
import { asIntegrationId } from '../../functions/model/ids.ts';
import type { SyncMessage } from '../../functions/model/message.ts';
import { executeDepsOf } from '../../functions/runtime/execute-services.ts';
import { removeDeadLetter } from '../../functions/store/dead-letters.ts';
import { updateIntegrationItem } from '../../functions/store/integration-update.ts';
import { CARRIER_POLICY, fakeKind, SOURCE_POLICY, success } from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';

/** Fails until it was given up on, then works. */
function failingFourTimes(): () => Promise<ReturnType<typeof success>> {
  let left = 4;
  return async () => {
    if (left-- > 0) throw new UpstreamError('connection refused', { problem: 'connection' });
    return success();
  };
}

async function aWorld({ sleepMs = 0 }: { readonly sleepMs?: number } = {}) {
  const fourTimes = failingFourTimes();
  const slowly = async (run: Run): Promise<ReturnType<typeof success>> => {
    await run.clock.sleep(sleepMs, run.signal);
    return fourTimes();
  };
  const kinds = {
    carrier: fakeKind('carrier', CARRIER_POLICY, slowly),
    source: fakeKind('source', SOURCE_POLICY, slowly),
  };
  const world = await World.create({ kinds });
  const deadMessage = async (id: string, messageId: string): Promise<DeadMessage> => {
    const [first] = await world.history(id);
    const integration = await world.get(id);
    const slot = first?.scheduledFor ?? 0;
    const message: SyncMessage = {
      v: 1,
      tenantId: TENANT,
      integrationId: integration.id,
      kind: integration.kind,
      slot,
      trigger: 'schedule',
      scheduleVersion: 1,
    };
    const body = JSON.stringify(message);
    return { messageId, body, kind: integration.kind, sentAt: slot, firstReceivedAt: slot, attempts: 4 };
  };
  return { world, deadMessage, deps: executeDepsOf(world.runtime, kinds) };
}

describe('a message that was given up on', () => {
  it('and is buried late leaves alone an integration that has worked again meanwhile', async () => {
    const { world, deadMessage, deps } = await aWorld();
    await world.add({ id: 'c', syncInterval: 60 });
    await world.pass(900);
    expect(await world.get('c')).toMatchObject({ status: 'success', alerted: false });
    const told = world.notices.length;
    expect(await bury(await deadMessage('c', 'late'), deps)).toBe('recorded');
    expect(world.notices).toHaveLength(told);
    expect(await world.get('c')).toMatchObject({ status: 'success', lastSyncError: null, alerted: false });
    expect(await world.deadLetters()).toHaveLength(2);
  });

  it('is one letter, however often it comes back, and no second notice of an integration that keeps failing', async () => {
    const { world, deadMessage, deps } = await aWorld();
    await world.add({ id: 'c', syncInterval: 3600 });
    await world.pass(600);
    const dead = await deadMessage('c', 'again');
    const before = world.notices.length;
    await bury(dead, deps);
    await world.pass(60);
    await bury(dead, deps);
    expect(world.notices.map(({ type }) => type)).toEqual(['dead_lettered']);
    expect(world.notices).toHaveLength(before);
    expect((await world.deadLetters()).filter(({ id }) => id.endsWith('again'))).toHaveLength(1);
  });

  it.each([
    ['while its letter is there', false, 'recorded'],
    ['when somebody has cleared its letter away', true, 'obsolete'],
  ] as const)(
    'tells people of what a worker switched off that died before it could, %s',
    async (_when, clear, burial) => {
      const { world, deadMessage, deps } = await aWorld();
      await world.add({ id: 's', kind: 'source', syncInterval: 3600 });
      await world.pass(5);
      const dead = await deadMessage('s', 'mute');
      await world.pass(430);
      const mute = { ...deps, notifier: { notify: () => Promise.reject(new Error('the worker died')) } };
      await world.change('s', { syncEnabled: true });
      // As it was before it was switched off.
      await updateIntegrationItem(TENANT, asIntegrationId('s'), { set: { retryCount: 4 } }, world.db);
      const again = { ...dead, body: dead.body.replace('"scheduleVersion":1', '"scheduleVersion":3') };
      await expect(bury(again, mute)).rejects.toThrow('the worker died');
      expect(await world.get('s')).toMatchObject({ status: 'disabled', syncEnabled: false });
      if (clear) for (const { id } of await world.deadLetters()) await removeDeadLetter(TENANT, id, world.db);
      const before = world.notices.length;
      for (let delivery = 1; delivery <= 2; delivery++) expect(await bury(again, deps)).toBe(burial);
      expect(world.notices.slice(before)).toMatchObject([
        { type: 'disabled', severity: 'critical', message: expect.stringContaining('switched off: it failed 4 times') },
      ]);
    },
  );

  it('switches no source off for which no worker was free or alive, however often the letter comes', async () => {
    const { world, deps } = await aWorld();
    const { id, kind, nextSyncAt, scheduleVersion } = await world.add({ id: 's', kind: 'source', syncInterval: 3600 });
    const at = world.clock.now();
    const message = { v: 1, tenantId: TENANT, integrationId: id, kind, slot: nextSyncAt, trigger: 'schedule' };
    const body = JSON.stringify({ ...message, scheduleVersion });
    const dead: DeadMessage = { messageId: 'unrun', body, kind, sentAt: at, firstReceivedAt: at, attempts: 4 };
    for (let delivery = 1; delivery <= 2; delivery++) await bury(dead, deps);
    expect(await world.get('s')).toMatchObject({ syncEnabled: true, status: 'error', lastSyncError: 'worker stopped' });
    expect(await world.history('s')).toMatchObject([{ status: 'FAILED', errorMessage: 'worker stopped' }]);
    expect(world.notices.map(({ type }) => type)).toEqual(['dead_lettered']);
  });

  /** Of three slots of an integration, one after another. */
  async function threeUnrun({ world, deps }: Awaited<ReturnType<typeof aWorld>>, from: number): Promise<void> {
    const { id, kind, scheduleVersion } = await world.get('c');
    const at = world.clock.now();
    for (let number = 1; number <= 3; number++) {
      const slot = from + number * 60_000;
      const message = { v: 1, tenantId: TENANT, integrationId: id, kind, slot, trigger: 'schedule' };
      const body = JSON.stringify({ ...message, scheduleVersion });
      await bury({ messageId: `${number}`, body, kind, sentAt: at, firstReceivedAt: at, attempts: 4 }, deps);
    }
    expect(await world.deadLetters()).toHaveLength(3);
    expect(world.notices.map(({ type }) => type)).toEqual(['dead_lettered']);
    expect(await world.get('c')).toMatchObject({ alerted: true });
  }

  it('without any run is told once, however many slots of its integration it happens to', async () => {
    const setting = await aWorld();
    setting.world.working = false;
    await setting.world.add({ id: 'c', syncInterval: 60 });
    await threeUnrun(setting, setting.world.clock.now());
    expect(await setting.world.get('c')).toMatchObject({ status: 'error', lastSyncError: 'worker stopped' });
  });

  it('without any run is told once while the run of a later slot is going on, which stays what it is', async () => {
    const setting = await aWorld({ sleepMs: 20_000 });
    const { world } = setting;
    await world.add({ id: 'c', syncInterval: 3600 });
    await world.pass(5);
    const { lease, status } = await world.get('c');
    expect(lease).not.toBeNull();
    await threeUnrun(setting, world.clock.now() - 600_000);
    expect(await world.get('c')).toMatchObject({ lease, status, slotOpen: true });
  });

  it('without any run leaves alone the slot before it, which waits for its retry', async () => {
    const { world, deps } = await aWorld();
    await world.add({ id: 'c', syncInterval: 86_400 });
    await world.pass(10);
    const before = await world.get('c');
    expect(before).toMatchObject({ slotOpen: true, notice: 'retry 1 of 3' });
    const { id, kind, scheduleVersion } = before;
    const at = world.clock.now();
    const message = { v: 1, tenantId: TENANT, integrationId: id, kind, slot: at + 1000, trigger: 'schedule' };
    const body = JSON.stringify({ ...message, scheduleVersion });
    await bury({ messageId: 'next', body, kind, sentAt: at, firstReceivedAt: at, attempts: 4 }, deps);
    const { slotOpen, retryAt, notice } = before;
    expect(await world.get('c')).toMatchObject({ slotOpen, retryAt, notice });
    await world.pass(600);
    expect((await world.history('c')).filter(({ trigger }) => trigger === 'retry')).toHaveLength(3);
  });

  it('after its integration was paused leaves no dead lease behind', async () => {
    const { world, deadMessage, deps } = await aWorld({ sleepMs: 20_000 });
    await world.add({ id: 'c', syncInterval: 3600 });
    await world.pass(5);
    world.process.die();
    await world.change('c', { syncEnabled: false });
    const { lease } = await world.get('c');
    expect(lease).not.toBeNull();
    world.clock.set((lease?.until ?? 0) + 1000);
    const dead = await deadMessage('c', 'paused');
    expect(await bury({ ...dead, body: dead.body.replace(/"slot":\d+/, `"slot":${lease?.slot}`) }, deps)).toBe(
      'obsolete',
    );
    expect(await world.get('c')).toMatchObject({ lease: null, syncEnabled: false });
    expect(await world.history('c')).toMatchObject([{ status: 'FAILED', errorMessage: 'worker stopped' }]);
  });

  it.each([
    ['though the clock was set back meanwhile', false],
    ['though a run by hand has come between its tries', true],
  ])('whose last worker died takes its lease along, %s', async (_when, byHand) => {
    const { world, deadMessage, deps } = await aWorld({ sleepMs: 20_000 });
    await world.add({ id: 'c', syncInterval: 3600 });
    if (byHand) {
      // The first try fails, a person tries too, and the worker dies over the second.
      await world.pass(40);
      await world.syncNow('c');
      await world.pass(50);
    } else await world.pass(5);
    world.process.die();
    world.working = false;
    const { lease } = await world.get('c');
    if (lease === null) throw new Error('it was to run');
    world.clock.set(lease.until + 1000);
    const dead = await deadMessage('c', 'died');
    const body = dead.body.replace(/"slot":\d+/, `"slot":${lease.slot}`);
    const back = { now: () => lease.until - 60_000, sleep: (ms: number) => world.clock.sleep(ms) };
    const clock = byHand ? world.clock : back;
    expect(await bury({ ...dead, body }, { ...deps, db: { ...deps.db, clock } })).toBe('recorded');
    expect(await world.get('c')).toMatchObject({ lease: null, slotOpen: false, lastSyncError: 'worker stopped' });
    expect((await world.history('c')).at(-1)).toMatchObject({ run: lease.token, errorMessage: 'worker stopped' });
  });

  it('of a run by hand leaves the schedule’s own slot alone, which waits for its retry', async () => {
    const { world, deadMessage, deps } = await aWorld();
    await world.add({ id: 'c', syncInterval: 3600 });
    await world.pass(5);
    const before = await world.get('c');
    expect(before).toMatchObject({ slotOpen: true, retryCount: 1 });
    const dead = await deadMessage('c', 'by-hand');
    const body = dead.body
      .replace('"trigger":"schedule"', '"trigger":"redrive","runId":"01"')
      .replace(/"slot":\d+/, '"slot":1');
    await bury({ ...dead, body }, deps);
    expect(await world.get('c')).toMatchObject({ slotOpen: true, retryAt: before.retryAt });
    await world.pass(900);
    expect((await world.get('c')).status).toBe('error');
    expect((await world.history('c')).filter(({ trigger }) => trigger === 'retry')).toHaveLength(3);
  });
});
