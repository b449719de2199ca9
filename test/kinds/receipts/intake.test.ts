import { describe, expect, it } from 'vitest';
import { anAtolRegister, anOfdRegister } from './support/a-register.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import { DISTURBANCES } from './support/outside.ts';
import type { TestRegister } from './support/test-register.ts';

const post = (register: TestRegister, body: unknown, key?: string): Promise<Record<string, unknown>> =>
  register.call('POST', '/v1/kkt/receipt', { body, headers: key === undefined ? {} : { 'idempotency-key': key } });

describe('intake', () => {
  it('answers once the receipt is stored, and wakes the register', async () => {
    const { register } = anOfdRegister();
    const answer = await post(register, aSale(), 'k1');
    expect(answer).toEqual({ status: 'buffered', receipt_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(register.integration.nextSyncAt).toBe(register.clock.now());
    expect(await register.status()).toMatchObject({ pending: 1, oldest_pending_at: '2026-11-22T10:00:00.000Z' });
    expect(await register.list('pending')).toMatchObject([{ receipt_id: answer.receipt_id, fiscal_doc: aSale() }]);
  });

  it('wakes nobody before the receipt is stored', async () => {
    const { register } = anOfdRegister();
    let storedWhenWoken: number | undefined;
    const wake = async (): Promise<void> => {
      storedWhenWoken = (await register.list('pending')).length;
    };
    await register.call('POST', '/v1/kkt/receipt', { body: aSale(), headers: { 'idempotency-key': 'k' } }, { wake });
    expect(storedWhenWoken).toBe(1);
  });

  it('gives the same key the same receipt, whether it comes in the header or the body', async () => {
    const { register, operator } = anOfdRegister();
    const first = await post(register, aSale(), 'k1');
    expect(await post(register, aSale('Lens', 100, { idempotency_key: 'k1' }))).toEqual(first);
    expect(await post(register, aSale('Lens', 100, { idempotency_key: 'k1' }), 'k1')).toEqual(first);
    await register.drain();
    expect(await post(register, aSale(), 'k1')).toEqual(first);
    // It has arrived: asking again wakes nobody.
    expect(register.integration.nextSyncAt).toBeNull();
    expect(operator.ledger.entries.length).toBe(1);
  });

  it('needs one key', async () => {
    const { register } = anOfdRegister();
    const refused = { status: 400, details: [{ path: 'idempotency_key' }] };
    await expect(post(register, aSale())).rejects.toMatchObject(refused);
    await expect(post(register, aSale(), '  ')).rejects.toMatchObject(refused);
    await expect(post(register, aSale('Lens', 100, { idempotency_key: 'k2' }), 'k1')).rejects.toMatchObject(refused);
    await expect(post(register, aSale(), 'x'.repeat(256))).rejects.toMatchObject(refused);
    expect(await register.list()).toEqual([]);
  });

  it('refuses another document under the same key, whatever has become of the first', async () => {
    const { register } = anOfdRegister();
    await post(register, aSale(), 'k1');
    await expect(post(register, aSale('Other'), 'k1')).rejects.toMatchObject({ status: 409 });
    await register.drain();
    await expect(post(register, aSale('Other'), 'k1')).rejects.toMatchObject({ status: 409 });
    expect(await register.status()).toMatchObject({ pending: 0, synced: 1 });
  });

  it('takes a key in once when twenty clients send it at the same time', async () => {
    const { register, operator } = anOfdRegister();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(register, aSale(), 'k1')));
    const ids = new Set(answers.map((answer) => String(answer.receipt_id)));
    expect(ids.size).toBe(1);
    await register.drain();
    await expectAllAtRest(register, ids, operator.ledger);
  });

  it('keeps the same key of two registers apart', async () => {
    const one = anOfdRegister();
    const other = anOfdRegister({}, { data: one.register.options.data, id: 'register-2' });
    const first = await post(one.register, aSale(), 'k1');
    const second = await post(other.register, aSale('Other'), 'k1');
    expect(second.receipt_id).not.toBe(first.receipt_id);
    expect(await one.register.status()).toMatchObject({ pending: 1 });
  });

  it('keeps the order in which receipts came, also when the clock is set back', async () => {
    const { register, operator, clock } = anOfdRegister();
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      ids.push(await register.take(`k${n}`, aSale(`Item ${n}`)));
      if (n === 5) clock.set(clock.now() - 3_600_000);
    }
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual(ids);
  });

  it('asks for what the operator needs before it takes the receipt', async () => {
    const { register } = anAtolRegister();
    const body = aSale('x'.repeat(129));
    await expect(post(register, { ...body, items: [{ ...body.items[0], vat_rate: 7 }] }, 'k')).rejects.toMatchObject({
      status: 400,
      details: [{ path: 'items.0.name' }, { path: 'items.0.vat_rate' }],
    });
    await expect(post(register, aSale('Lens', 100, { type: 'correction' }), 'k')).rejects.toMatchObject({
      status: 400,
      details: [{ path: 'correction' }],
    });
  });

  it('clears away a place in the queue whose intake died, after a minute', async () => {
    const dying = DISTURBANCES['dies after the call'](2);
    const { register, clock } = anOfdRegister({}, { outside: dying.outside });
    await expect(post(register, aSale(), 'k1')).rejects.toThrow('the process died');
    dying.restart();
    await register.run();
    expect(await register.status()).toMatchObject({ pending: 1 });
    expect(register.integration.nextSyncAt).toBe(clock.now() + 1000);
    await register.drain();
    expect(register.results.length).toBeLessThan(15);
    expect(await register.status()).toMatchObject({ pending: 0, synced: 0, oldest_pending_at: null });
    expect(register.integration.nextSyncAt).toBeNull();
    // The client comes back after all.
    const receiptId = await register.take('k1', aSale());
    await register.drain();
    expect(await register.list('synced')).toMatchObject([{ receipt_id: receiptId }]);
  });

  it('does not strand a receipt whose intake slept while its place was cleared away', async () => {
    let calls = 0;
    const { register, operator, clock } = anOfdRegister(
      {},
      {
        outside: async (what, call) => {
          calls += 1;
          // Between the place in the queue and the receipt.
          if (what === 'PutCommand' && calls === 3) {
            clock.advance(3_600_000);
            await register.run();
            // Another worker's clock was ahead when it cleared the place.
            clock.set(clock.now() - 7_200_000);
          }
          return call();
        },
      },
    );
    const receiptId = await register.take('k1', aSale());
    await register.drain();
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });
});
