import { describe, expect, it } from 'vitest';
import type { Run } from '../../functions/kinds/kind.ts';
import { UpstreamError } from '../../functions/model/failure.ts';
import { CARRIER_POLICY, fakeKind, success } from '../support/fake-kind.ts';
import { World } from '../support/world.ts';

const DAY = 86_400;

/** A carrier that fails until `seconds` have passed, each time after ten. */
async function aFailingWorld(syncInterval: number, seconds: number) {
  const start = Date.parse('2026-03-01T12:00:00Z');
  const sync = async (run: Run) => {
    await run.clock.sleep(10_000, run.signal);
    if (run.clock.now() < start + seconds * 1000) throw new UpstreamError('timeout: no answer', { problem: 'timeout' });
    return success();
  };
  const world = await World.create({
    kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, sync) },
    start: new Date(start).toISOString(),
  });
  await world.add({ id: 'c', syncInterval });
  return world;
}

const wordsOf = async (world: World) => (await world.history('c')).map(({ status }) => status);

describe('a change of schedule', () => {
  it('while a failed run waits for its retry runs at once, not a new interval later', async () => {
    const world = await aFailingWorld(3600, 15);
    await world.pass(20);
    await world.change('c', { syncInterval: DAY });
    await world.pass(60);
    expect(await wordsOf(world)).toEqual(['FAILED', 'SUCCESS']);
    expect(await world.get('c')).toMatchObject({ status: 'success', retryAt: null, retryCount: 0 });
  });

  it('during a run that then fails keeps its retry: paused and resumed', async () => {
    const world = await aFailingWorld(DAY, 15);
    await world.pass(3);
    await world.change('c', { syncEnabled: false });
    await world.change('c', { syncEnabled: true });
    await world.pass(120);
    expect((await wordsOf(world)).filter((status) => status !== 'SKIPPED')).toEqual(['FAILED', 'SUCCESS']);
    expect(await world.get('c')).toMatchObject({ status: 'success', retryAt: null, slotOpen: false });
  });

  it('during a run that then fails keeps no newer slot away', async () => {
    const world = await aFailingWorld(30, 15);
    await world.pass(3);
    await world.change('c', { syncInterval: 20 });
    await world.pass(300);
    const skipped = (await world.history('c')).filter(({ errorMessage }) => errorMessage?.includes('is tried again'));
    expect(skipped).toEqual([]);
    expect((await wordsOf(world)).filter((status) => status === 'SUCCESS').length).toBeGreaterThan(8);
  });

  it('during a run that then fails, which pauses it, leaves no retry behind', async () => {
    const world = await aFailingWorld(30, 1000);
    await world.pass(3);
    await world.change('c', { syncEnabled: false });
    await world.pass(300);
    expect(await wordsOf(world)).toEqual(['FAILED']);
    expect(await world.get('c')).toMatchObject({ retryAt: null, nextSyncAt: null, notice: null, lease: null });
  });
});
