import { describe, expect, it } from 'vitest';
import type { Fault, Faults } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { RetryLater } from '../../../functions/model/failure.ts';
import { anOfdRegister } from './support/a-register.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import type { TestRegister } from './support/test-register.ts';

const BUSY: Fault = { kind: 'answer', status: 503, body: '{"error":"OFD service unavailable"}' };
const sends =
  (fault: (number: number, key: string | null) => Fault | undefined): Faults =>
  ({ operation, number, key }) =>
    operation === 'send' ? fault(number, key) : undefined;

async function fill(register: TestRegister, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 1; n <= count; n += 1) ids.push(await register.take(`key-${n}`, aSale(`Item ${n}`)));
  return ids;
}

describe('a batch', () => {
  it('sends the 50 oldest, one after another, and goes on at once with the rest', async () => {
    const { register, operator, clock } = anOfdRegister();
    const ids = await fill(register, 51);
    expect(await register.run()).toMatchObject({ outcome: 'success', recordsCount: 50, nextSyncAt: clock.now() });
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual(ids.slice(0, 50));
    expect(await register.run()).toMatchObject({ recordsCount: 1, nextSyncAt: null });
    await expectAllAtRest(register, new Set(ids), operator.ledger);
  });

  it('sends the document with the receipt id as its key', async () => {
    const { register, operator } = anOfdRegister();
    const receiptId = await register.take('my own key', aSale('Lens', 12.5));
    await register.drain();
    const { idempotency_key: _, ...document } = aSale('Lens', 12.5);
    expect(operator.ledger.entries).toMatchObject([
      { key: receiptId, document: { ...document, idempotency_key: receiptId } },
    ]);
    expect(await register.list('synced')).toMatchObject([
      {
        receipt_id: receiptId,
        retry_count: 0,
        last_error: null,
        synced_at: '2026-11-22T10:00:00.000Z',
        fiscal_doc: { ...document, idempotency_key: 'my own key', ofd_id: 'OFD-000001' },
      },
    ]);
  });

  it('finds an empty buffer and goes to sleep', async () => {
    const { register, operator } = anOfdRegister();
    expect(await register.run()).toMatchObject({
      outcome: 'success',
      recordsCount: 0,
      stored: false,
      nextSyncAt: null,
    });
    expect(operator.calls).toBe(0);
  });

  it('does not go to sleep over a receipt that came while it was looking', async () => {
    const { register } = anOfdRegister({
      faults: sends((number) => {
        if (number === 1) void register.take('late', aSale('Late'));
        return undefined;
      }),
    });
    await register.take('early', aSale());
    await register.drain();
    expect(await register.status()).toMatchObject({ pending: 0, synced: 2 });
  });

  it('sends what comes while it is at work, up to 50, in the same run', async () => {
    let coming = 60;
    const { register, operator, clock } = anOfdRegister(
      {},
      {
        outside: async (what, call) => {
          if (what.startsWith('POST') && coming > 0) {
            coming -= 1;
            await register.take(`late-${coming}`, aSale());
          }
          return call();
        },
      },
    );
    await register.take('early', aSale());
    expect(await register.run()).toMatchObject({ recordsCount: 50, nextSyncAt: clock.now() });
    await register.drain();
    expect(operator.calls).toBe(61);
    expect(await register.status()).toMatchObject({ pending: 0, synced: 61 });
  });

  it('comes to the same when the first answer to every write is lost and the SDK tries again', async () => {
    const { register } = anOfdRegister(
      { refuse: ({ items }) => (JSON.stringify(items).includes('bad') ? 'no' : undefined) },
      {
        outside: async (what, call) => {
          if (/^(Put|Update|Delete|TransactWrite)Command$/.test(what)) await call().catch(() => undefined);
          return call();
        },
      },
    );
    const receiptId = await register.take('a', aSale());
    await register.take('b', aSale('bad'));
    expect(await register.run()).toMatchObject({ details: { synced: 1, failed: 1 }, nextSyncAt: null });
    expect(await register.list('synced')).toMatchObject([{ receipt_id: receiptId, retry_count: 0 }]);
    expect(register.letters.size).toBe(1);
  });

  it('stops in time and goes on in the next run', async () => {
    const { register, clock } = anOfdRegister({
      faults: sends(() => {
        clock.advance(9000);
        return undefined;
      }),
    });
    await fill(register, 6);
    expect(await register.run()).toMatchObject({ outcome: 'success', recordsCount: 4, nextSyncAt: clock.now() });
    await register.drain();
    expect(await register.status()).toMatchObject({ synced: 6 });
  });
});

describe('an answer that is not about the receipt', () => {
  it.each([200, 409])('is not believed (HTTP %i): the operator is asked', async (status) => {
    const body = '{"status":"accepted","ofd_id":"OFD-9","idempotency_key":"of-another-receipt"}';
    const { register, operator } = anOfdRegister(
      {
        faults: ({ number }) =>
          number <= 2 ? { kind: 'answer', status: number === 1 ? status : 200, body } : undefined,
      },
      { config: { statusPath: '/ofd/v1/receipt/{key}' } },
    );
    const receiptId = await register.take('k', aSale());
    await register.run();
    expect(await register.list()).toMatchObject([
      { status: 'unknown', last_error: 'The operator answered about another receipt' },
    ]);
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual([receiptId]);
    expect(await register.list('synced')).toMatchObject([{ fiscal_doc: { ofd_id: 'OFD-000001' } }]);
  });
});

describe('a receipt that fails', () => {
  it('is tried again after the interval, with 1 more on its count, while the others go through', async () => {
    let bad = true;
    const { register, clock } = anOfdRegister({ faults: sends((number) => (bad && number === 2 ? BUSY : undefined)) });
    const ids = await fill(register, 3);
    expect(await register.run()).toMatchObject({
      outcome: 'partial',
      details: { synced: 2, failed: 1 },
      message: expect.stringContaining('OFD service unavailable'),
      nextSyncAt: clock.now() + 10_000,
    });
    expect(await register.list('pending')).toMatchObject([{ receipt_id: ids[1], retry_count: 1 }]);
    bad = false;
    await register.drain();
    expect(await register.list('synced')).toMatchObject([{ receipt_id: ids[1], retry_count: 1 }, {}, {}]);
  });

  it('waits 1, 2, 4, … 60 seconds while all fail, and begins anew after any success', async () => {
    let broken = true;
    const { register, clock } = anOfdRegister({ faults: sends(() => (broken ? BUSY : undefined)) });
    await fill(register, 2);
    const waits: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const result = await register.run();
      if (result instanceof Error || result.outcome !== 'error') throw new Error('expected a failed batch');
      waits.push(((result.nextSyncAt ?? 0) - clock.now()) / 1000);
      clock.set(result.nextSyncAt ?? 0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    broken = false;
    await register.run();
    broken = true;
    await register.take('another', aSale());
    expect(await register.run()).toMatchObject({ nextSyncAt: clock.now() + 1000 });
  });

  it('is on a person’s desk after the 20th failure, with its whole story', async () => {
    const { register, clock, operator } = anOfdRegister({ faults: sends(() => BUSY) });
    const startedAt = clock.now();
    const receiptId = await register.take('k', aSale());
    await register.drain();
    expect(register.results.length).toBe(20);
    const [letter] = register.letters.values();
    expect(letter).toMatchObject({
      kind: 'receipts',
      integrationId: 'register-1',
      reason: 'Max retry attempts exceeded',
      attempts: 20,
      lastError: expect.stringContaining('503'),
      firstFailureAt: startedAt,
      lastFailureAt: clock.now(),
      subject: { type: 'receipt', receiptId },
    });
    expect(await register.list('dead_lettered')).toMatchObject([{ receipt_id: receiptId, retry_count: 20 }]);
    expect(operator.ledger.entries).toEqual([]);
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it('is on a person’s desk at once when the operator rejects it, with the operator’s words, and costs no other one', async () => {
    const { register, operator } = anOfdRegister({
      refuse: ({ items }) => (JSON.stringify(items).includes('Item 2') ? 'name is forbidden' : undefined),
    });
    const ids = await fill(register, 3);
    expect(await register.run()).toMatchObject({
      outcome: 'partial',
      details: { synced: 2, failed: 1, dead_lettered: 1 },
    });
    expect([...register.letters.values()]).toMatchObject([
      { reason: 'Rejected by the operator: name is forbidden', lastError: 'name is forbidden', attempts: 1 },
    ]);
    await expectAllAtRest(register, new Set(ids), operator.ledger);
  });

  it('shows an operator’s words on one line, shortened, without the token it echoed', async () => {
    const secret = 'canary-secret-token';
    const words = `bad\u0000 token ${secret}\n${'x'.repeat(1000)}`;
    const { register } = anOfdRegister(
      { faults: sends(() => ({ kind: 'answer', status: 422, body: JSON.stringify({ detail: [{ msg: words }] }) })) },
      { credentials: { token: secret } },
    );
    await register.take('k', aSale());
    await register.drain();
    const [letter] = register.letters.values();
    expect(letter?.lastError).toMatch(/^bad token \[redacted] x+…$/);
    expect(letter?.lastError?.length).toBe(300);
  });
});

describe('a send whose answer was lost', () => {
  it('is asked about before it is sent again, and counts as one failure', async () => {
    const { register, operator } = anOfdRegister(
      { duplicates: 'none', faults: sends((number) => (number === 1 ? { kind: 'lose-answer' } : undefined)) },
      { config: { statusPath: '/ofd/v1/receipt' } },
    );
    const receiptId = await register.take('k', aSale());
    await register.run();
    expect(await register.status()).toMatchObject({ unknown: 1, pending: 0 });
    await register.drain();
    expect(operator.calls).toBe(2);
    expect(operator.ledger.entries.length).toBe(1);
    expect(await register.list('synced')).toMatchObject([
      { receipt_id: receiptId, retry_count: 1, fiscal_doc: { ofd_id: 'OFD-000001' } },
    ]);
  });

  it.each<[string, Fault]>([
    ['is busy', BUSY],
    ['cannot be reached', { kind: 'refuse' }],
    ['has a fault', { kind: 'answer', status: 500 }],
    ['does not say', { kind: 'answer', status: 200, body: '{"status":"processing"}' }],
    ['refuses the question', { kind: 'answer', status: 418 }],
    ['answers with a web page', { kind: 'answer', status: 200, body: '<html></html>' }],
    ['asks to wait', { kind: 'answer', status: 429, headers: { 'retry-after': '5' } }],
    ['refuses the credentials', { kind: 'answer', status: 401 }],
  ])('stays unknown while the operator that is asked %s', async (_what, fault) => {
    let clear = false;
    const { register, operator } = anOfdRegister(
      {
        duplicates: 'none',
        faults: ({ operation, number }) =>
          number === 1 ? { kind: 'lose-answer' } : operation === 'status' && !clear ? fault : undefined,
      },
      { config: { statusPath: '/ofd/v1/receipt' } },
    );
    await register.take('k', aSale());
    for (let n = 0; n < 3; n += 1) {
      await register.run();
      expect(await register.status()).toMatchObject({ unknown: 1, pending: 0, syncing: 0 });
    }
    clear = true;
    register.switchOn();
    await register.drain();
    expect(operator.ledger.entries.length).toBe(1);
    expect(await register.status()).toMatchObject({ synced: 1 });
  });

  it('is sent again when the operator does not have it', async () => {
    const { register, operator } = anOfdRegister(
      { faults: sends((number) => (number === 1 ? { kind: 'hang', carriedOut: false } : undefined)) },
      { config: { statusPath: '/ofd/v1/receipt/{key}' } },
    );
    await register.take('k', aSale());
    await register.drain();
    expect(operator.calls).toBe(3);
    expect(operator.ledger.entries.length).toBe(1);
  });

  it.each(['409', '200'] as const)(
    'is sent again with the same key where the operator cannot be asked (duplicate: %s)',
    async (duplicates) => {
      const { register, operator } = anOfdRegister({
        duplicates,
        faults: sends((number) => (number === 1 ? { kind: 'hang', carriedOut: true } : undefined)),
      });
      await register.take('k', aSale());
      await register.drain();
      expect(operator.ledger.entries.length).toBe(1);
      expect(await register.list('synced')).toMatchObject([{ fiscal_doc: { ofd_id: 'OFD-000001' } }]);
    },
  );

  it.each<[string, Fault]>([
    ['a 500', { kind: 'answer', status: 500, carriedOut: true }],
    ['a 502', { kind: 'answer', status: 502, carriedOut: true }],
    ['a web page with status 200', { kind: 'answer', status: 200, body: '<html>hello</html>', carriedOut: true }],
    ['half an answer', { kind: 'answer', status: 200, body: '{"status":"acc', carriedOut: true }],
    ['another answer', { kind: 'answer', status: 200, body: '{"status":"queued"}', carriedOut: true }],
  ])('may hide behind %s', async (_what, fault) => {
    const { register, operator } = anOfdRegister(
      { duplicates: 'none', faults: sends((number) => (number === 1 ? fault : undefined)) },
      { config: { statusPath: '/ofd/v1/receipt' } },
    );
    await register.take('k', aSale());
    await register.run();
    expect(await register.status()).toMatchObject({ unknown: 1 });
    await register.drain();
    expect(operator.ledger.entries.length).toBe(1);
    expect(await register.status()).toMatchObject({ synced: 1 });
  });

  it('is not in doubt when no connection came about or the operator was busy', async () => {
    const { register } = anOfdRegister({
      faults: sends((number) => (number === 1 ? { kind: 'refuse' } : number === 2 ? BUSY : undefined)),
    });
    await fill(register, 2);
    await register.run();
    expect(await register.status()).toMatchObject({ unknown: 0, pending: 2 });
  });
});

describe('an operator that is not to be called', () => {
  it.each([429, 503])('puts a receipt off after %s with Retry-After, without counting it', async (status) => {
    const { register, clock } = anOfdRegister({
      faults: sends((number) =>
        number === 2 ? { kind: 'answer', status, headers: { 'retry-after': '30' } } : undefined,
      ),
    });
    const ids = await fill(register, 4);
    expect(await register.run()).toMatchObject({
      outcome: 'partial',
      details: { synced: 1, failed: 0, skipped: 3 },
      nextSyncAt: clock.now() + 30_000,
    });
    expect(await register.list('pending')).toMatchObject(
      ids.slice(1).map((receipt_id) => ({ receipt_id, retry_count: 0 })),
    );
    await register.drain();
    expect(await register.status()).toMatchObject({ synced: 4 });
  });

  it('is a deferral when nothing at all could be tried', async () => {
    const { register, clock } = anOfdRegister({
      faults: sends((number) =>
        number === 1 ? { kind: 'answer', status: 429, headers: { 'retry-after': '30' } } : undefined,
      ),
    });
    await register.take('k', aSale());
    clock.advance(1_200_000);
    const result = await register.run();
    expect(result).toBeInstanceOf(RetryLater);
    expect(result).toMatchObject({ until: clock.now() + 30_000 });
    // An operator that only ever says "later" does not silence the alarm on what waits.
    expect(result).toMatchObject({ details: { pending: 1, unknown: 0, oldest_pending_seconds: 1200 } });
    expect(await register.list()).toMatchObject([{ status: 'pending', retry_count: 0 }]);
  });

  it.each([
    [401, 'auth'],
    [403, 'auth'],
    [404, 'config'],
    [405, 'config'],
  ])('pauses the register after %s and keeps its receipts', async (status, pause) => {
    let broken = true;
    const { register, operator } = anOfdRegister({
      faults: sends(() => (broken ? { kind: 'answer', status } : undefined)),
    });
    const ids = await fill(register, 3);
    expect(await register.run()).toMatchObject({
      outcome: 'error',
      pause,
      message: expect.stringContaining(`${status}`),
    });
    expect(register.integration.syncEnabled).toBe(false);
    expect(operator.calls).toBe(1);
    // Receipts are taken in all the same.
    ids.push(await register.take('later', aSale('Later')));
    expect(await register.list('pending')).toMatchObject(ids.map((receipt_id) => ({ receipt_id, retry_count: 0 })));
    broken = false;
    register.switchOn();
    await register.drain();
    await expectAllAtRest(register, new Set(ids), operator.ledger);
  });

  it('pauses a register that has no address', async () => {
    const { register } = anOfdRegister();
    register.integration = { ...register.integration, baseUrl: null };
    await register.take('k', aSale());
    expect(await register.run()).toMatchObject({ outcome: 'error', pause: 'config' });
  });
});
