import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Run, SyncResult } from '../../functions/kinds/kind.ts';
import type { Kinds } from '../../functions/kinds/registry.ts';
import { PermanentError, RetryLater, UpstreamError } from '../../functions/model/failure.ts';
import type { KindName } from '../../functions/model/kind-name.ts';
import { upcomingSlot } from '../../functions/model/slot.ts';
import { deadLetterId } from '../../functions/store/dead-letters.ts';
import { listEvents } from '../../functions/store/events.ts';
import {
  CARRIER_POLICY,
  fakeKind,
  RECEIPTS_POLICY,
  SOURCE_POLICY,
  success,
  VEHICLE_POLICY,
} from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';

const down = (): Promise<never> =>
  Promise.reject(new UpstreamError('connection refused by https://api.example', { problem: 'connection' }));

/** Attempts of a scripted kind: what each call of sync does, the last for ever. */
function script(...steps: ((run: Run) => Promise<SyncResult>)[]): (run: Run) => Promise<SyncResult> {
  let call = 0;
  return (run) => (steps[Math.min(call++, steps.length - 1)] ?? down)(run);
}

const ok = async (): Promise<SyncResult> => success();

describe('the retry ladder', () => {
  it('tries a failed source again after 1, 2 and 4 minutes, then switches it off with reason, letter, event and notice', async () => {
    const world = await World.create({ kinds: { source: fakeKind('source', SOURCE_POLICY, down) } });
    await world.add({ id: 's', kind: 'source' });
    await world.pass(59);
    expect(await world.get('s')).toMatchObject({ status: 'error', retryCount: 1, notice: 'retry 1 of 3' });
    await world.pass(600);
    const history = await world.history('s');
    expect(history.map(({ status, trigger }) => `${status} ${trigger}`)).toEqual([
      'FAILED schedule',
      'FAILED retry',
      'FAILED retry',
      'FAILED retry',
    ]);
    const gaps = history.slice(1).map((entry, i) => (entry.startedAt - (history[i]?.completedAt ?? 0)) / 1000);
    expect(gaps).toEqual([60, 120, 240]);
    expect(new Set(history.map(({ scheduledFor }) => scheduledFor)).size).toBe(1);
    const after = await world.get('s');
    expect(after).toMatchObject({ syncEnabled: false, status: 'disabled', nextSyncAt: null, retryCount: 4 });
    expect(after.disabledReason).toContain('connection refused');
    const [letter] = await world.deadLetters();
    expect(letter).toMatchObject({ kind: 'source', integrationId: 's', attempts: 4 });
    expect(letter?.lastError).toContain('connection refused');
    expect(world.notices.map(({ type }) => type)).toEqual(['disabled']);
    expect(world.backlog('source')).toBe(0);
  });

  it('keeps a carrier on its schedule after the last retry, and says when it works again', async () => {
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, script(down, down, down, down, ok)) },
    });
    await world.add({ id: 'c' });
    await world.pass(2 * 3600);
    const statuses = (await world.history('c')).map(({ status }) => status);
    expect(statuses.slice(0, 5)).toEqual(['FAILED', 'FAILED', 'FAILED', 'FAILED', 'SUCCESS']);
    expect(await world.get('c')).toMatchObject({ syncEnabled: true, status: 'success', retryCount: 0 });
    expect(world.notices.map(({ type }) => type)).toEqual(['dead_lettered', 'recovered']);
  });

  it('counts on over deferrals: the fourth failure in a row switches a source off, with one letter and one notice', async () => {
    const later = async (run: Run): Promise<never> => {
      throw new RetryLater(run.clock.now() + 60_000, 'breaker open', 'breaker_open');
    };
    const world = await World.create({
      kinds: { source: fakeKind('source', SOURCE_POLICY, script(down, later, down, later, down, later, down, ok)) },
    });
    await world.add({ id: 's', kind: 'source', syncInterval: 86_400 });
    await world.pass(3600);
    const ran = (await world.history('s')).filter(({ status }) => status !== 'SKIPPED');
    expect(ran.map(({ status }) => status.charAt(0)).join('')).toBe('FDFDFDF');
    expect(await world.get('s')).toMatchObject({ syncEnabled: false, status: 'disabled', retryCount: 4 });
    expect((await world.get('s')).disabledReason).toBe(
      'it failed 4 times in a row: connection refused by https://api.example',
    );
    expect(await world.deadLetters()).toMatchObject([{ attempts: 4, integrationId: 's', reason: 'failed 4 times' }]);
    expect(world.notices.map(({ type }) => type)).toEqual(['disabled']);
    expect(world.backlog('source')).toBe(0);
  });

  it('switches no source off whose deliveries were used up by workers that died', async () => {
    let calls = 0;
    const world: World = await World.create({
      kinds: {
        source: fakeKind('source', SOURCE_POLICY, async ({ clock }) => {
          calls += 1;
          if (calls <= 3) world.process.die();
          await clock.sleep(1000);
          return down();
        }),
      },
    });
    await world.add({ id: 's', kind: 'source', syncInterval: 86_400 });
    await world.pass(900);
    expect((await world.history('s')).map(({ errorMessage }) => errorMessage?.slice(0, 14))).toEqual([
      'worker stopped',
      'worker stopped',
      'worker stopped',
      'connection ref',
    ]);
    expect(await world.get('s')).toMatchObject({ syncEnabled: true, status: 'error', retryCount: 1, retryAt: null });
    expect(await world.deadLetters()).toMatchObject([{ attempts: 4, integrationId: 's' }]);
    expect(world.notices.map(({ type }) => type)).toEqual(['dead_lettered']);
  });

  it('begins anew after a run by hand that went well', async () => {
    const steps = script(down, down, ok, down, down, down, down, ok);
    const world = await World.create({ kinds: { source: fakeKind('source', SOURCE_POLICY, steps) } });
    await world.add({ id: 's', kind: 'source', syncInterval: 3600 });
    await world.pass(100);
    await world.syncNow('s');
    await world.pass(500);
    expect((await world.history('s')).map(({ status }) => status.charAt(0)).join('')).toBe('FFSFF');
    expect(await world.get('s')).toMatchObject({ syncEnabled: true, status: 'error', retryCount: 2 });
    await world.pass(3600);
    expect(await world.get('s')).toMatchObject({ syncEnabled: false, status: 'disabled', retryCount: 4 });
  });

  it('forgets the failures after one success', async () => {
    const world = await World.create({
      kinds: { source: fakeKind('source', SOURCE_POLICY, script(down, down, ok, down, ok)) },
    });
    await world.add({ id: 's', kind: 'source' });
    await world.pass(2 * 3600);
    expect(await world.get('s')).toMatchObject({ syncEnabled: true, retryCount: 0, status: 'success' });
    expect(await world.deadLetters()).toEqual([]);
  });

  it('skips newer slots while a failed one waits for its retry', async () => {
    const world = await World.create({ kinds: { source: fakeKind('source', SOURCE_POLICY, script(down, ok)) } });
    await world.add({ id: 's', kind: 'source', syncInterval: 20 });
    await world.pass(59);
    const history = await world.history('s');
    expect(history[0]?.status).toBe('FAILED');
    expect(history.slice(1).map(({ status }) => status)).toEqual(
      ['SKIPPED', 'SKIPPED', 'SKIPPED'].slice(0, history.length - 1),
    );
    expect(history[1]?.errorMessage).toContain('tried again at');
    await world.pass(60);
    expect((await world.get('s')).status).toBe('success');
  });

  it('makes the next slot the retry of a vehicle', async () => {
    const world = await World.create({ kinds: { vehicle: fakeKind('vehicle', VEHICLE_POLICY, down) } });
    await world.add({ id: 'v', kind: 'vehicle', syncInterval: 30 });
    await world.pass(600);
    const history = await world.history('v');
    expect(history.every(({ status, trigger }) => status === 'FAILED' && trigger === 'schedule')).toBe(true);
    expect(history.length).toBeGreaterThanOrEqual(20);
    expect(await world.deadLetters()).toEqual([]);
    expect((await world.get('v')).syncEnabled).toBe(true);
  });

  it('tells people at once about a refused credential and does not retry it', async () => {
    const refused = async (): Promise<never> => {
      throw new PermanentError('The carrier refused the API key. Set a new one.', 'auth');
    };
    const world = await World.create({ kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, refused) } });
    await world.add({ id: 'c' });
    await world.pass(1000);
    expect(await world.history('c')).toHaveLength(1);
    expect(world.notices.map(({ type }) => type)).toEqual(['failing']);
    expect(world.metric('AuthenticationFailures')).toBe(1);
    await world.pass(7200);
    expect(world.notices).toHaveLength(1);
  });
});

describe('a manual run', () => {
  it('is recorded under the id that was answered, starts no retries and counts no failure', async () => {
    const world = await World.create({ kinds: { source: fakeKind('source', SOURCE_POLICY, script(ok, down)) } });
    await world.add({ id: 's', kind: 'source' });
    await world.pass(10);
    const before = await world.get('s');
    const runId = await world.syncNow('s');
    await world.pass(400);
    const [, manual, ...rest] = await world.history('s');
    expect(manual).toMatchObject({ id: runId, status: 'FAILED', trigger: 'manual' });
    expect(rest).toEqual([]);
    const after = await world.get('s');
    expect(after.retryCount).toBe(0);
    expect(upcomingSlot(after)).toBe(upcomingSlot(before));
  });

  it('that was put off comes again, also when its worker died before it could ask for that', async () => {
    let armed = false;
    const later = async ({ clock }: Run): Promise<never> => {
      armed = true;
      throw new RetryLater(clock.now() + 60_000, 'rate limited');
    };
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, script(ok, later, ok)) },
      chooseFault: ({ name }) => {
        if (!armed || name !== 'SendMessageBatchCommand') return undefined;
        armed = false;
        return 'die-before';
      },
    });
    await world.add({ id: 'c', syncInterval: 86_400 });
    await world.pass(10);
    const runId = await world.syncNow('c');
    await world.pass(300);
    const history = await world.history('c');
    expect(history.map(({ status, trigger }) => `${status} ${trigger}`)).toEqual([
      'SUCCESS schedule',
      'DEFERRED manual',
      'SUCCESS manual',
    ]);
    expect(history.slice(1).map(({ id }) => id)).toEqual([runId, `${runId}.00001`]);
    expect(world.backlog('carrier')).toBe(0);
    expect(armed).toBe(false);
  });

  it('that goes well ends what the schedule was put off for, however long that was', async () => {
    const dayLater = async ({ clock }: Run): Promise<never> => {
      throw new RetryLater(clock.now() + 86_400_000, 'rate limited');
    };
    const world = await World.create({
      kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, script(dayLater, down, ok)) },
    });
    await world.add({ id: 'c', syncInterval: 600 });
    await world.pass(10);
    const until = (await world.get('c')).notBefore;
    await world.syncNow('c');
    await world.pass(10);
    expect(await world.get('c')).toMatchObject({ notBefore: until, nextSyncAt: until });
    await world.syncNow('c');
    await world.pass(3600);
    const history = await world.history('c');
    expect(history.map(({ status }) => status.charAt(0)).join('')).toBe('DFSSSSSSS');
    const slots = history.slice(3).map(({ scheduledFor }) => scheduledFor);
    expect(slots.slice(1).map((slot, i) => slot - (slots[i] ?? 0))).toEqual(slots.slice(1).map(() => 600_000));
    expect(await world.get('c')).toMatchObject({ notBefore: null, status: 'success' });
  });

  it('works on a paused integration and leaves it paused', async () => {
    const world = await World.create({ kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, ok) } });
    await world.add({ id: 'c', syncEnabled: false });
    await world.syncNow('c');
    await world.pass(3 * 3600);
    expect((await world.history('c')).map(({ trigger }) => trigger)).toEqual(['manual']);
    expect(await world.get('c')).toMatchObject({ syncEnabled: false, nextSyncAt: null });
  });
});

describe('a deferral', () => {
  it('is no failure, uses up no retry and runs at the time it was put off to', async () => {
    let until = 0;
    const world = await World.create({
      kinds: {
        carrier: fakeKind(
          'carrier',
          CARRIER_POLICY,
          script(async (run) => {
            until = run.clock.now() + 40_000;
            throw new RetryLater(until, 'rate limited: https://api.example asked to wait');
          }, ok),
        ),
      },
    });
    await world.add({ id: 'c' });
    await world.pass(5);
    expect(await world.get('c')).toMatchObject({
      ...{ retryCount: 0, noticeUntil: until, status: 'pending' },
      notice: `rate limited: https://api.example asked to wait (until ${new Date(until).toISOString()})`,
    });
    await world.pass(120);
    const [deferred, ran, ...rest] = await world.history('c');
    expect(deferred).toMatchObject({ status: 'DEFERRED' });
    expect(deferred?.errorMessage).toContain(new Date(until).toISOString());
    expect(ran).toMatchObject({ status: 'SUCCESS', scheduledFor: until });
    expect((ran?.startedAt ?? 0) - until).toBeLessThanOrEqual(1000);
    expect(rest).toEqual([]);
    const after = await world.get('c');
    expect(after.notice).toBeNull();
    await world.pass(3600);
    expect((await world.history('c')).at(-1)?.status).toBe('SUCCESS');
  });

  it('gives every slot before that time an entry, and never reaches the DLQ however often it happens', async () => {
    const world = await World.create({
      kinds: {
        vehicle: fakeKind('vehicle', VEHICLE_POLICY, async (run) => {
          throw new RetryLater(run.clock.now() + 45_000, 'rate limited');
        }),
      },
    });
    await world.add({ id: 'v', kind: 'vehicle', syncInterval: 10 });
    await world.pass(3600);
    const history = await world.history('v');
    expect(new Set(history.map(({ status }) => status))).toEqual(new Set(['DEFERRED']));
    expect(history.every(({ errorMessage }) => /^put off.*\d{4}-\d\d-\d\dT.*Z/.test(errorMessage ?? ''))).toBe(true);
    expect(await world.deadLetters()).toEqual([]);
    expect((await world.get('v')).retryCount).toBe(0);
  });

  it('says how things stand, in the history and to the alarms, where the kind tells', async () => {
    const world = await World.create({
      kinds: {
        receipts: fakeKind('receipts', RECEIPTS_POLICY, async (run) => {
          const later = new RetryLater(run.clock.now() + 30_000, 'the operator asks to wait');
          later.details = { pending: 3, unknown: 0, oldest_pending_seconds: 1200 };
          throw later;
        }),
      },
    });
    await world.add({ id: 'r', kind: 'receipts' });
    await world.syncNow('r');
    await world.pass(5);
    expect(await world.history('r')).toMatchObject([
      { status: 'DEFERRED', details: { pending: 3, oldest_pending_seconds: 1200 } },
    ]);
    expect(world.metrics).toContainEqual({ name: 'ReceiptsOldestPendingSeconds', value: 1200 });
    expect(world.metrics.map(({ name }) => name)).not.toContain('StaleIntervals');
  });

  it('far ahead waits in the index', async () => {
    let calls = 0;
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async (run) => {
          calls += 1;
          if (calls === 1) throw new RetryLater(run.clock.now() + 2 * 3600_000, 'rate limited');
          return success();
        }),
      },
    });
    await world.add({ id: 'c', syncInterval: 600 });
    await world.pass(7190);
    expect(calls).toBe(1);
    await world.pass(20);
    expect(calls).toBe(2);
  });
});

describe('credentials that cannot be opened', () => {
  /** Half an hour in which no data key can be had; no worker has it in memory. */
  async function withoutKey(error: object) {
    let answers = false;
    const world = await World.create({
      kinds: {
        source: fakeKind('source', SOURCE_POLICY, ok),
        carrier: fakeKind('carrier', CARRIER_POLICY, ok),
      },
      wrap: (runtime) => ({
        ...runtime,
        keys: {
          ...runtime.keys,
          decryptDataKey: async (...args) => {
            if (!answers) throw Object.assign(new Error('no answer'), error);
            return runtime.keys.decryptDataKey(...args);
          },
        },
      }),
    });
    await world.add({ id: 's', kind: 'source', apiKey: 'key-1' });
    await world.add({ id: 'c', apiKey: 'key-2' });
    await world.pass(1800);
    const during = await world.get('s');
    answers = true;
    await world.pass(120);
    return { world, during };
  }

  it.each([
    { name: 'KMSInternalException', $metadata: { httpStatusCode: 500 } },
    { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } },
    { name: 'TimeoutError', $metadata: { attempts: 5 } },
  ])(
    'because their key cannot be had ($name) put the run off: nothing is switched off, no letter, no mail',
    async (error) => {
      const { world, during } = await withoutKey(error);
      expect(during.notice).toContain(`the credentials cannot be opened right now (${error.name})`);
      for (const id of ['s', 'c']) {
        expect(await world.get(id)).toMatchObject({ syncEnabled: true, status: 'success', notice: null });
      }
      expect(await world.deadLetters()).toEqual([]);
      expect(world.notices).toEqual([]);
    },
  );

  it('because KMS refuses them are a failure, of which people are told', async () => {
    const { world } = await withoutKey({ name: 'DisabledException', $metadata: { httpStatusCode: 400 } });
    expect(await world.get('s')).toMatchObject({ syncEnabled: false });
    expect(world.notices.map(({ type }) => type)).toContain('disabled');
  });
});

describe('a breaker that stays open', () => {
  const calling = async (run: Run): Promise<SyncResult> => {
    await run.upstream.json({ url: 'https://carrier.example/usage', timeoutMs: 10_000 });
    return success();
  };
  async function aFleet(kind: 'carrier' | 'vehicle', count: number, syncInterval: number) {
    let isDown = true;
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', { ...CARRIER_POLICY, breaker: true }, calling),
        vehicle: fakeKind('vehicle', { ...VEHICLE_POLICY, breaker: true }, calling),
      },
      internet: () => ({
        send: async ({ url }) => ({ status: isDown ? 500 : 200, headers: {}, url, text: '{}', latencyMs: 100 }),
      }),
    });
    const mend = (): void => {
      isDown = false;
    };
    const ids = Array.from({ length: count }, (_, n) => `c${n}`);
    for (const id of ids) await world.add({ id, kind, syncInterval });
    return { world, ids, mend };
  }

  it('puts hourly integrations off for longer and longer, never beyond their next slot', async () => {
    const { world, ids, mend } = await aFleet('carrier', 5, 3600);
    await world.pass(6 * 3600);
    for (const id of ids) {
      const deferred = (await world.history(id)).filter(({ status }) => status === 'DEFERRED');
      // Once a minute would be 360 times.
      expect(deferred.length).toBeLessThan(60);
    }
    mend();
    await world.pass(3600);
    for (const id of ids) expect(await world.get(id)).toMatchObject({ status: 'success', notice: null });
  });

  it('puts those with short intervals off for a minute, as before', async () => {
    const { world, ids, mend } = await aFleet('vehicle', 5, 30);
    await world.pass(600);
    mend();
    await world.pass(100);
    for (const id of ids) expect(await world.get(id)).toMatchObject({ status: 'success' });
  });

  it('writes to people once, whatever is given up on while it lasts', async () => {
    const { world } = await aFleet('carrier', 1, 600);
    await world.pass(6 * 3600);
    const letters = await world.deadLetters();
    expect(letters.length).toBeGreaterThan(5);
    const told = world.notices.filter(({ type, integrationId }) => type === 'dead_lettered' && integrationId === 'c0');
    expect(told.length).toBeLessThanOrEqual(1);
  });
});

describe('a buffer whose run failed by an error of ours', () => {
  it('is looked at again within a minute, however long its interval', async () => {
    const world = await World.create({
      kinds: {
        receipts: fakeKind(
          'receipts',
          RECEIPTS_POLICY,
          script(
            async () => {
              throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
            },
            async () => ({ ...success(), nextSyncAt: null }),
          ),
        ),
      },
    });
    await world.add({ id: 'r', kind: 'receipts', syncInterval: 86_400 });
    await world.wake('r');
    await world.pass(70);
    expect(await world.get('r')).toMatchObject({ status: 'success', nextSyncAt: null });
  });
});

describe('an error of ours that quotes a secret', () => {
  it('is logged without it: in its words, its stack, its cause and whatever else it carries', async () => {
    const logged: unknown[] = [];
    const note = (message: string, fields?: object): void => void logged.push(message, ...Object.values(fields ?? {}));
    const world = await World.create({
      log: { debug: note, info: note, warn: note, error: note },
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async ({ credentials: { apiKey } }) => {
          const cause = Object.assign(new Error(`cause ${apiKey}`), { input: `https://api.example/?k=${apiKey}` });
          throw Object.assign(new TypeError(`Invalid URL ${apiKey}`, { cause }), { input: apiKey });
        }),
      },
    });
    await world.add({ id: 'c', apiKey: 'canary-42-key' });
    await world.pass(5);
    // With all that errors carry, as the logger on AWS writes them.
    const text = inspect(logged, { depth: 10 });
    expect(text).toContain('Invalid URL [redacted]');
    expect(text).not.toContain('canary-42-key');
  });
});

describe('a batch that is rejected as a whole', () => {
  it('is a letter and an event for each, and one mail', async () => {
    const receipts = fakeKind('receipts', RECEIPTS_POLICY, async ({ tenantId, integrationId, clock, deadLetters }) => {
      const [firstFailureAt, lastFailureAt, createdAt] = [clock.now(), clock.now(), clock.now()];
      for (const receiptId of ['r1', 'r2', 'r3']) {
        await deadLetters?.add({
          tenantId,
          integrationId,
          id: deadLetterId(createdAt, receiptId),
          kind: 'receipts',
          reason: 'the tax number is wrong',
          attempts: 1,
          lastError: null,
          firstFailureAt,
          lastFailureAt,
          createdAt,
          subject: { type: 'receipt', receiptId },
        });
      }
      return { ...success(0), nextSyncAt: null };
    });
    const world = await World.create({ kinds: { receipts } });
    await world.add({ id: 'r', kind: 'receipts', syncInterval: 10 });
    await world.wake('r');
    await world.pass(10);
    const { events } = await listEvents(TENANT, { limit: 100, before: null }, world.db);
    expect(events.map(({ type }) => type)).toEqual(['dead_lettered', 'dead_lettered', 'dead_lettered']);
    expect(await world.deadLetters()).toHaveLength(3);
    expect(world.notices.map(({ type }) => type)).toEqual(['dead_lettered']);
  });
});

describe('a kind that does not come back', () => {
  it('is stopped when its run is given up on', async () => {
    const seen: { readonly at: number; readonly aborted: boolean; readonly held: boolean }[] = [];
    const deaf = async (run: Run): Promise<SyncResult> => {
      for (;;) {
        await run.clock.sleep(10_000);
        let held = true;
        try {
          run.assertHeld();
        } catch {
          held = false;
        }
        seen.push({ at: run.clock.now(), aborted: run.signal.aborted, held });
        if (!held) return success();
      }
    };
    const world = await World.create({ kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, deaf) } });
    await world.add({ id: 'c' });
    await world.pass(100);
    const [first] = await world.history('c');
    expect(first).toMatchObject({ status: 'FAILED', errorMessage: expect.stringMatching(/^timeout/) });
    const after = seen.filter(({ at }) => at > (first?.completedAt ?? 0)).slice(0, 1);
    expect(after).toMatchObject([{ aborted: true, held: false }]);
  });
});

describe('people', () => {
  it('are told in the end, whatever the worker died over after it had switched an integration off', async () => {
    const paused = async (): Promise<SyncResult> => ({
      outcome: 'error',
      message: 'error 20: the contract has ended',
      details: {},
      pause: 'config',
    });
    let calls = 0;
    for (let dieAt = 1; dieAt <= Math.max(1, calls); dieAt++) {
      calls = 0;
      const world = await World.create({
        kinds: { receipts: fakeKind('receipts', RECEIPTS_POLICY, paused) },
        chooseFault: () => (++calls === dieAt ? 'die-after' : undefined),
      });
      await world.add({ id: 'r', kind: 'receipts', syncInterval: 10 });
      await world.wake('r');
      await world.pass(900);
      expect(await world.get('r'), `after call ${dieAt}`).toMatchObject({ status: 'disabled', syncEnabled: false });
      expect(
        world.notices.map(({ type }) => type),
        `after call ${dieAt}`,
      ).toContain('disabled');
    }
    expect(calls).toBeGreaterThan(4);
  });
});

describe('people who cannot be written to for half an hour', () => {
  async function withoutMail(kinds: Kinds, id: KindName) {
    let isDown = true;
    const sent: string[] = [];
    const world = await World.create({
      kinds,
      wrap: (runtime) => ({
        ...runtime,
        publish: async ({ type }) => {
          if (isDown) throw new Error('SNS does not answer');
          sent.push(type);
        },
      }),
    });
    await world.add({ id, kind: id, syncInterval: 86_400 });
    await world.pass(1800);
    const during = (await listEvents(TENANT, { limit: 100, before: null }, world.db)).events.map(({ type }) => type);
    expect(sent).toEqual([]);
    isDown = false;
    await world.pass(300);
    const { events } = await listEvents(TENANT, { limit: 100, before: null }, world.db);
    expect(events.map(({ type }) => type)).toEqual(during);
    return { world, during, sent };
  }

  it('are told after it, once, that a source was switched off; until then it is listed', async () => {
    const { world, during, sent } = await withoutMail({ source: fakeKind('source', SOURCE_POLICY, down) }, 'source');
    expect(during).toEqual(['disabled']);
    expect(sent).toEqual(['disabled']);
    expect(await world.deadLetters()).toHaveLength(1);
    expect(world.backlog('source')).toBe(0);
  });

  it('are told after it, once, what a run has switched off at once', async () => {
    const pause = async (): Promise<SyncResult> => ({
      outcome: 'error',
      message: 'error 20: the contract has ended',
      details: {},
      pause: 'config',
    });
    const { world, during, sent } = await withoutMail(
      { carrier: fakeKind('carrier', CARRIER_POLICY, pause) },
      'carrier',
    );
    expect(during).toEqual(['disabled']);
    expect(sent).toEqual(['disabled']);
    expect(await world.deadLetters()).toEqual([]);
    expect(await world.history('carrier')).toHaveLength(1);
  });

  it('are told after it, once, of what was given up on', async () => {
    const { world, during, sent } = await withoutMail(
      { carrier: fakeKind('carrier', CARRIER_POLICY, down) },
      'carrier',
    );
    expect(during).toEqual(['dead_lettered']);
    expect(sent).toEqual(['dead_lettered']);
    expect(await world.deadLetters()).toHaveLength(1);
    expect(world.backlog('carrier')).toBe(0);
  });
});

describe('a run that switches its integration off', () => {
  it('has the last word on the version, also when somebody changed a name meanwhile', async () => {
    const paused = async (run: Run): Promise<SyncResult> => {
      await run.clock.sleep(5_000, run.signal);
      return { outcome: 'error', message: 'error 20: the contract has ended', details: {}, pause: 'config' };
    };
    const world = await World.create({ kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, paused) } });
    await world.add({ id: 'c' });
    await world.pass(3);
    const { version } = await world.change('c', { name: 'Another name' });
    await world.pass(10);
    const after = await world.get('c');
    expect(after).toMatchObject({ syncEnabled: false, name: 'Another name', version: version + 1 });
  });
});

describe('a buffer that is woken while its run goes on', () => {
  let runs = 0;
  const looksAtOnce = async (run: Run): Promise<SyncResult> => {
    runs += 1;
    await run.clock.sleep(5_000, run.signal);
    return { outcome: 'success', recordsCount: 1, details: {}, stored: true, nextSyncAt: null };
  };
  beforeEach(() => {
    runs = 0;
  });

  it.each([-120, 0, 120])('runs again, with %i s between the clocks', async (skewSeconds) => {
    const world = await World.create({
      kinds: { receipts: fakeKind('receipts', RECEIPTS_POLICY, looksAtOnce) },
      skewMs: () => skewSeconds * 1000,
    });
    await world.add({ id: 'r', kind: 'receipts', syncInterval: 10 });
    await world.wake('r');
    await world.pass(3);
    await world.wake('r');
    await world.pass(600);
    expect(runs).toBe(2);
    expect(await world.get('r')).toMatchObject({ nextSyncAt: null, lease: null });
  });

  it('by hand runs again too, and also when the one who ran it by hand died', async () => {
    for (const dies of [false, true]) {
      runs = 0;
      const world = await World.create({ kinds: { receipts: fakeKind('receipts', RECEIPTS_POLICY, looksAtOnce) } });
      await world.add({ id: 'r', kind: 'receipts', syncInterval: 10 });
      await world.syncNow('r');
      await world.pass(3);
      await world.wake('r');
      if (dies) world.process.die();
      await world.pass(600);
      expect(runs).toBe(2);
      expect(await world.get('r')).toMatchObject({ nextSyncAt: null, lease: null });
    }
  });
});
