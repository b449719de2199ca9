import { describe, expect, it } from 'vitest';
import { receipts } from '../../../functions/kinds/receipts/index.ts';
import { LeaseLost, UpstreamError } from '../../../functions/model/failure.ts';
import { anOfdRegister } from './support/a-register.ts';
import { aSale } from './support/documents.ts';

describe('buffer/sync', () => {
  it('sends one batch and says what became of it', async () => {
    const { register } = anOfdRegister({
      refuse: ({ items }) => (JSON.stringify(items).includes('bad') ? 'no' : undefined),
    });
    await register.take('a', aSale());
    await register.take('b', aSale('bad'));
    expect(await register.call('POST', '/v1/kkt/buffer/sync')).toEqual({
      ...{ status: 'completed', synced: 1, failed: 1, skipped: 0, duration_seconds: 0 },
    });
  });

  it('is skipped while a run is going on', async () => {
    const answers: unknown[] = [];
    const { register, operator } = anOfdRegister(
      {},
      {
        outside: async (what, call) => {
          if (what.startsWith('POST')) answers.push(await register.call('POST', '/v1/kkt/buffer/sync'));
          return call();
        },
      },
    );
    await register.take('a', aSale());
    await register.run();
    expect(answers).toEqual([{ status: 'skipped', synced: 0, failed: 0, skipped: 0, duration_seconds: 0 }]);
    expect(operator.ledger.entries.length).toBe(1);
  });

  it('starts no backoff when it fails', async () => {
    const { register } = anOfdRegister({ faults: () => ({ kind: 'refuse' }) });
    await register.take('a', aSale());
    expect(await register.call('POST', '/v1/kkt/buffer/sync')).toMatchObject({
      status: 'completed',
      synced: 0,
      failed: 1,
    });
    expect(register.integration.retryCount).toBe(0);
  });

  it('is skipped when another run takes over in the middle of it', async () => {
    const { register } = anOfdRegister();
    const runNow = (): Promise<never> => Promise.reject(new LeaseLost('taken over'));
    expect(await register.call('POST', '/v1/kkt/buffer/sync', {}, { runNow })).toMatchObject({
      status: 'skipped',
      synced: 0,
    });
  });

  it('shows what went wrong with the run itself', async () => {
    const { register } = anOfdRegister();
    const runNow = (): Promise<never> => Promise.reject(new UpstreamError('no', { problem: 'dns' }));
    await expect(register.call('POST', '/v1/kkt/buffer/sync', {}, { runNow })).rejects.toThrow('no');
  });
});

describe('worker/status', () => {
  it('tells when it ran, when it runs next and how often it has failed', async () => {
    let broken = true;
    const { register, clock } = anOfdRegister({ faults: () => (broken ? { kind: 'refuse' } : undefined) });
    const idle = { running: false, consecutive_failures: 0, next_run_at: null, last_run_at: null };
    expect(await register.call('GET', '/v1/kkt/worker/status')).toEqual(idle);
    await register.take('a', aSale());
    const startedAt = new Date(clock.now()).toISOString();
    await register.run();
    expect(await register.call('GET', '/v1/kkt/worker/status')).toEqual({
      ...{ running: false, consecutive_failures: 1, last_run_at: startedAt },
      next_run_at: new Date(clock.now() + 1000).toISOString(),
    });
    broken = false;
    await register.drain();
    expect(await register.call('GET', '/v1/kkt/worker/status')).toMatchObject({
      consecutive_failures: 0,
      next_run_at: null,
    });
  });

  it('tells that it runs', async () => {
    const answers: Record<string, unknown>[] = [];
    const { register } = anOfdRegister(
      {},
      {
        outside: async (what, call) => {
          if (what.startsWith('POST')) answers.push(await register.call('GET', '/v1/kkt/worker/status'));
          return call();
        },
      },
    );
    await register.take('a', aSale());
    await register.run();
    expect(answers).toMatchObject([{ running: true }]);
  });
});

describe('the list of receipts', () => {
  it('pages through all of them and through each state', async () => {
    const { register, clock } = anOfdRegister({
      refuse: ({ items }) => (JSON.stringify(items).includes('bad') ? 'no' : undefined),
    });
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      ids.push(await register.take(`k${n}`, aSale(n % 4 === 0 ? `bad ${n}` : `Item ${n}`)));
      clock.advance(1000);
      if (n === 11) await register.drain();
    }
    const waiting = ids.slice(12);
    const dead = ids.slice(0, 12).filter((_, n) => n % 4 === 0);
    const synced = ids.slice(0, 12).filter((_, n) => n % 4 !== 0);
    const listed = async (status?: string): Promise<unknown[]> =>
      (await register.list(status)).map((one) => one.receipt_id);
    expect(await listed('pending')).toEqual(waiting);
    expect(await listed('synced')).toEqual(synced.toReversed());
    expect(await listed('dead_lettered')).toEqual(dead.toReversed());
    expect(await listed('unknown')).toEqual([]);
    expect(await listed()).toEqual([...waiting, ...dead.toReversed(), ...synced.toReversed()]);
    expect(await register.status()).toMatchObject({
      ...{ pending: 8, syncing: 0, unknown: 0, synced: 9, dead_lettered: 3 },
      oldest_pending_at: '2026-11-22T10:00:12.000Z',
    });
  });

  it('finds the few of a state among many, without reading everything at once', async () => {
    const { register } = anOfdRegister({
      faults: ({ number }) => (number === 40 ? { kind: 'lose-answer' } : undefined),
    });
    for (let n = 0; n < 60; n += 1) await register.take(`k${n}`, aSale(`Item ${n}`));
    await register.run();
    for (let n = 60; n < 120; n += 1) await register.take(`k${n}`, aSale(`Item ${n}`));
    expect((await register.list('unknown')).length).toBe(1);
  });

  it('takes no cursor of anybody’s own making', () => {
    const query = receipts.routes.find((route) => route.path === '/v1/kkt/receipts')?.query;
    expect(query?.safeParse({ cursor: 'nonsense' }).success).toBe(false);
    for (const position of ['{"part":9}', '{"part":0,"after":"receipt#x"}', '{"part":2,"after":"x"}']) {
      expect(query?.safeParse({ cursor: Buffer.from(position).toString('base64url') }).success).toBe(false);
    }
  });
});

describe('a connection test', () => {
  it.each([
    ['answers', undefined, { ok: true, detail: 'answers' }],
    ['has no health page', 404, { ok: true, detail: 'answers, without a health page' }],
    ['refuses the credentials', 401, { ok: false, detail: expect.stringContaining('401') }],
  ])('of an operator that %s sends no document', async (_what, status, expected) => {
    const { register, operator } = anOfdRegister({
      faults: () => (status === undefined ? undefined : { kind: 'answer', status }),
    });
    expect(await register.test()).toEqual(expected);
    expect(operator.ledger.entries).toEqual([]);
  });
});
