import { describe, expect, it } from 'vitest';
import { refuse } from '../../functions/execute/refuse.ts';
import type { SyncMessage } from '../../functions/model/message.ts';
import { executeDepsOf } from '../../functions/runtime/execute-services.ts';
import { type Refusal, startRun } from '../../functions/store/claim.ts';
import { putHistory } from '../../functions/store/history.ts';
import { passSlot } from '../../functions/store/run-end.ts';
import { CARRIER_POLICY, fakeKind, success } from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';

const LEASE_MS = 45_000;

/** An integration whose messages come one by one, as the test hands them over. */
async function aWorld() {
  const kinds = { carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) };
  const world = await World.create({ kinds });
  world.ticking = false;
  const { id, scheduleVersion } = await world.add({ id: 'a', syncInterval: 60, syncEnabled: true });
  const deps = executeDepsOf(world.runtime, kinds);
  const slot = world.clock.now();
  const scheduled = (at: number): SyncMessage => ({
    ...{ v: 1, tenantId: TENANT, integrationId: id, kind: 'carrier', scheduleVersion },
    ...{ slot: at, trigger: 'schedule' },
  });
  const byHand = (at: number, runId: string): SyncMessage => ({ ...scheduled(at), trigger: 'manual', runId });
  const start = (message: SyncMessage) =>
    startRun(message, { owner: world.runtime.ids.next(), leaseMs: LEASE_MS }, world.db);
  /** What the message would be refused with now. */
  const refusalOf = async (message: SyncMessage) => {
    const result = await start(message);
    if (result.state === 'started') throw new Error('was to be refused');
    return result;
  };
  const deliver = async (message: SyncMessage): Promise<Refusal> => {
    const refusal = await refusalOf(message);
    await refuse(refusal, message, deps);
    return refusal.why;
  };
  return { world, deps, slot, scheduled, byHand, start, refusalOf, deliver };
}

const entry = (run: number, trigger: 'schedule' | 'manual', scheduledFor: number) => ({
  ...({ id: `a-${run}`, run, status: 'SUCCESS', trigger, scheduledFor, startedAt: scheduledFor } as const),
  ...{ completedAt: scheduledFor, recordsCount: 1, errorMessage: null, details: {} },
});

describe('a message that may not start a run', () => {
  it('has an entry of its own also when a later slot passed between its refusal and its passing', async () => {
    const { world, deps, slot, scheduled, start, refusalOf } = await aWorld();
    await start(scheduled(slot));
    const late = scheduled(slot + 60_000);
    const refusal = await refusalOf(late);
    expect(refusal.why).toBe('busy');
    await passSlot(scheduled(slot + 120_000), await world.get('a'), world.db);
    for (let delivery = 1; delivery <= 2; delivery++) await refuse(refusal, late, deps);
    const skipped = (await world.history('a')).filter(({ status }) => status === 'SKIPPED');
    expect(skipped).toMatchObject([{ scheduledFor: late.slot, errorMessage: 'a later slot had its turn first' }]);
  });

  it('by hand gets its own number back after its worker died over it, though a slot has passed since', async () => {
    const { world, slot, scheduled, byHand, start, deliver } = await aWorld();
    await start(scheduled(slot));
    const asked = byHand(slot + 1, world.runtime.ids.next());
    // Its number is taken; the worker dies over the entry.
    await passSlot(asked, await world.get('a'), world.db);
    expect(await deliver(scheduled(slot + 60_000))).toBe('busy');
    for (let delivery = 1; delivery <= 2; delivery++) expect(await deliver(asked)).toBe('finished');
    expect((await world.history('a')).filter(({ run }) => run > 1)).toMatchObject([
      { run: 2, id: asked.runId, trigger: 'manual', status: 'SKIPPED', errorMessage: 'skipped' },
      { run: 3, id: 'a-3', trigger: 'schedule', status: 'SKIPPED' },
    ]);
  });

  it.each([
    ['a slot, though a run by hand was asked for in its very millisecond', 'manual'],
    ['a run by hand, though a slot fell in its very millisecond', 'schedule'],
  ] as const)('of %s, has an entry of its own', async (_name, other) => {
    const { world, slot, scheduled, byHand, start, deliver } = await aWorld();
    const early = other === 'manual' ? scheduled(slot) : byHand(slot, world.runtime.ids.next());
    // What ran in that millisecond was the other one; after it, a later one of the same sort started.
    await start(other === 'manual' ? scheduled(slot + 60_000) : byHand(slot + 60_000, world.runtime.ids.next()));
    await putHistory(TENANT, early.integrationId, entry(1, other, slot), world.db);
    for (let delivery = 1; delivery <= 2; delivery++) expect(await deliver(early)).toBe('finished');
    const entries = (await world.history('a')).filter(({ scheduledFor }) => scheduledFor === slot);
    expect(entries.map(({ trigger, status }) => [trigger, status])).toEqual([
      [other, 'SUCCESS'],
      [early.trigger, 'SKIPPED'],
    ]);
  });
});
