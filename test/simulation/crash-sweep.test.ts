import { describe, expect, it } from 'vitest';
import { requestPurge } from '../../functions/dispatch/send-sync.ts';
import type { Kinds } from '../../functions/kinds/registry.ts';
import { PermanentError, RetryLater, UpstreamError } from '../../functions/model/failure.ts';
import { asIntegrationId } from '../../functions/model/ids.ts';
import { queuesOf } from '../../functions/runtime/services.ts';
import { deleteIntegration } from '../../functions/store/integrations.ts';
import { wakeIntegration } from '../../functions/store/wake-integration.ts';
import {
  CARRIER_POLICY,
  fakeKind,
  RECEIPTS_POLICY,
  SOURCE_POLICY,
  success,
  VEHICLE_POLICY,
} from '../support/fake-kind.ts';
import type { Fault } from '../support/worker-process.ts';
import { TENANT, World } from '../support/world.ts';
import { observeIntegrations } from './observer.ts';

/** A story whose every outside call is once the last of its process, once before and once after it was carried out. */
interface Scenario {
  readonly name: string;
  kinds(): Kinds;
  play(world: World): Promise<void>;
  /** What must be true in the end, whatever died. */
  verify(world: World): Promise<void>;
}

const down = new UpstreamError('connection refused', { problem: 'connection' });

/** Fails the given number of times, then works. */
function failing(times: number, error: Error): () => Promise<ReturnType<typeof success>> {
  let left = times;
  return async () => {
    if (left-- > 0) throw error;
    return success();
  };
}

async function expectCurrent(world: World, id: string): Promise<void> {
  const integration = await world.get(id);
  expect(integration).toMatchObject({ status: 'success', syncEnabled: true, lease: null });
  const history = await world.history(id);
  expect(history.map(({ run }) => run)).toEqual(history.map((_, i) => i + 1));
  const done = history.filter(({ status }) => status === 'SUCCESS').map(({ scheduledFor }) => scheduledFor);
  expect(new Set(done).size).toBe(done.length);
  expect(done.length).toBeGreaterThan(0);
}

const scenarios: readonly Scenario[] = [
  {
    name: 'a run that succeeds',
    kinds: () => ({ carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) }),
    play: async (world) => void (await world.add({ id: 'a', syncInterval: 600 })),
    verify: (world) => expectCurrent(world, 'a'),
  },
  {
    name: 'a vehicle every 30 s',
    kinds: () => ({ vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => success()) }),
    play: async (world) => void (await world.add({ id: 'a', kind: 'vehicle', syncInterval: 30 })),
    verify: (world) => expectCurrent(world, 'a'),
  },
  {
    name: 'a run that fails and is tried again',
    kinds: () => ({ carrier: fakeKind('carrier', CARRIER_POLICY, failing(2, down)) }),
    play: async (world) => void (await world.add({ id: 'a', syncInterval: 600 })),
    verify: (world) => expectCurrent(world, 'a'),
  },
  {
    name: 'a run that is put off',
    kinds: () => {
      let put = false;
      return {
        carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
          if (!put) {
            put = true;
            throw new RetryLater(run.clock.now() + 50_000, 'rate limited');
          }
          return success();
        }),
      };
    },
    play: async (world) => void (await world.add({ id: 'a', syncInterval: 600 })),
    verify: (world) => expectCurrent(world, 'a'),
  },
  {
    name: 'a run of several messages',
    kinds: () => ({
      carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
        const done = Number(run.checkpoint ?? 0) + 1;
        await run.save({ cursor: String(Number(run.cursor ?? 0) + 1) });
        return done < 4 ? { outcome: 'continue', checkpoint: done, details: { done, total: 4 } } : success();
      }),
    }),
    play: async (world) => void (await world.add({ id: 'a', syncInterval: 600 })),
    verify: (world) => expectCurrent(world, 'a'),
  },
  {
    name: 'a run that is longer than its interval, so that slots are skipped',
    kinds: () => {
      let first = true;
      return {
        vehicle: fakeKind('vehicle', VEHICLE_POLICY, async (run) => {
          if (first) await run.clock.sleep(25_000, run.signal);
          first = false;
          return success();
        }),
      };
    },
    play: async (world) => void (await world.add({ id: 'a', kind: 'vehicle', syncInterval: 10 })),
    verify: (world) => expectCurrent(world, 'a'),
  },
  {
    name: 'failures to the end: a source is switched off once, with a dead letter and a notice',
    kinds: () => ({
      source: fakeKind('source', SOURCE_POLICY, async () => {
        throw down;
      }),
    }),
    play: async (world) => void (await world.add({ id: 'a', kind: 'source', syncInterval: 900 })),
    async verify(world) {
      const off = { syncEnabled: false, status: 'disabled', nextSyncAt: null, retryCount: 4 };
      expect(await world.get('a')).toMatchObject(off);
      // A death uses up one of the slot's four tries: then the fourth failure in a row is the next slot's, with a letter of its own.
      const [newest, ...older] = await world.deadLetters();
      expect(newest).toMatchObject({ attempts: 4 });
      expect(older.length).toBeLessThanOrEqual(1);
      // Sent again where a worker died over it; never not at all.
      expect(world.notices.map(({ type }) => type)).toContain('disabled');
    },
  },
  {
    name: 'a run that is redriven and fails again: tried again, then a letter again',
    kinds: () => ({ carrier: fakeKind('carrier', CARRIER_POLICY, failing(Number.POSITIVE_INFINITY, down)) }),
    async play(world) {
      await world.add({ id: 'a', syncEnabled: false });
      await world.syncNow('a', 'redrive');
    },
    async verify(world) {
      const history = await world.history('a');
      // A death before the run begins uses up one of the four.
      expect(history.length).toBeGreaterThanOrEqual(3);
      expect(history.every(({ status, trigger }) => status === 'FAILED' && trigger !== 'schedule')).toBe(true);
      expect(await world.deadLetters()).toMatchObject([{ integrationId: 'a' }]);
      expect(world.notices.map(({ type }) => type)).toContain('dead_lettered');
    },
  },
  {
    name: 'a refused credential, of which people are told, and that it works again',
    kinds: () => ({ carrier: fakeKind('carrier', CARRIER_POLICY, failing(1, new PermanentError('refused', 'auth'))) }),
    play: async (world) => void (await world.add({ id: 'a', syncInterval: 600 })),
    async verify(world) {
      await expectCurrent(world, 'a');
      const told = world.notices.map(({ type }) => type);
      // Where the worker died before its failure was stored, there was none.
      const failed = (await world.history('a')).some(({ errorMessage }) => errorMessage === 'refused');
      if (failed) expect(told).toEqual(expect.arrayContaining(['failing', 'recovered']));
      else expect(told).toEqual([]);
    },
  },
  {
    name: 'a manual run of a paused integration',
    kinds: () => ({ carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) }),
    async play(world) {
      await world.add({ id: 'a', syncEnabled: false });
      await world.syncNow('a');
    },
    async verify(world) {
      const history = await world.history('a');
      expect(history.filter(({ status }) => status === 'SUCCESS')).toHaveLength(1);
      expect((await world.get('a')).nextSyncAt).toBeNull();
    },
  },
  {
    name: 'a buffer that is woken, emptied and goes idle',
    kinds: () => {
      const buffer = { left: 3 };
      return {
        receipts: fakeKind('receipts', RECEIPTS_POLICY, async (run) => {
          buffer.left = Math.max(0, buffer.left - 1);
          return { ...success(), nextSyncAt: buffer.left === 0 ? null : run.clock.now() + 10_000 };
        }),
      };
    },
    async play(world) {
      await world.add({ id: 'a', kind: 'receipts', syncInterval: 10 });
      const woken = await wakeIntegration(TENANT, asIntegrationId('a'), world.db);
      // The sender dies before it can send: the watchdog finds it.
      expect(woken?.send).toHaveLength(1);
    },
    async verify(world) {
      expect(await world.get('a')).toMatchObject({ nextSyncAt: null, lease: null });
      const done = (await world.history('a')).filter(({ status }) => status === 'SUCCESS');
      expect(done.length).toBeGreaterThan(0);
    },
  },
  {
    name: 'a deleted integration',
    kinds: () => ({ carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) }),
    async play(world) {
      const integration = await world.add({ id: 'a', syncInterval: 60 });
      await world.pass(130);
      await requestPurge(integration, { queues: queuesOf(world.runtime), clock: world.clock });
      await deleteIntegration(TENANT, asIntegrationId('a'), world.db);
    },
    async verify(world) {
      expect(world.dynamo.table('integrations').size).toBe(0);
      expect(world.dynamo.table('history').size).toBe(0);
    },
  },
];

/** Longest: four tries, each cut off by a death. */
const STORY_SECONDS = 600;
const QUIET_SECONDS = 900;

async function tell(scenario: Scenario, dieAt: number, fault: Fault): Promise<number> {
  let calls = 0;
  const world = await World.create({
    kinds: scenario.kinds(),
    chooseFault: () => {
      calls += 1;
      return calls === dieAt ? fault : undefined;
    },
  });
  const { violations } = observeIntegrations(world);
  await scenario.play(world);
  await world.pass(STORY_SECONDS);
  const made = calls;
  await world.pass(QUIET_SECONDS);
  expect(violations).toEqual([]);
  await scenario.verify(world);
  for (const kind of ['carrier', 'vehicle', 'source', 'receipts'] as const) {
    const { engine } = world.sqs;
    const { ready, inFlight } = engine.counts(engine.queues.get(`memory-${kind}-dlq`));
    expect(ready + inFlight).toBe(0);
  }
  return made;
}

/** Of the stories with more calls than this, the later ones repeat the pattern of the first. */
const REPEATS_FROM = 100;
const LONG_STORY_CALLS = 36;

describe('dying before and after every outside call', () => {
  it.each(scenarios)('$name', { timeout: 120_000 }, async (scenario) => {
    const calls = await tell(scenario, 0, 'die-before');
    expect(calls).toBeGreaterThan(4);
    const last = calls > REPEATS_FROM ? LONG_STORY_CALLS : calls;
    for (let dieAt = 1; dieAt <= last; dieAt++) {
      for (const fault of ['die-before', 'die-after'] as const) {
        try {
          await tell(scenario, dieAt, fault);
        } catch (error) {
          throw new Error(`${fault} call ${dieAt} of ${calls}: ${error instanceof Error ? error.message : error}`, {
            cause: error,
          });
        }
      }
    }
  });
});
