import { describe, expect, it } from 'vitest';
import { receiptBodySchema } from '../../../functions/kinds/receipts/fiscal-document.ts';
import { atolBody } from '../../../functions/kinds/receipts/providers/atol-document.ts';
import type { AtolFailure } from '../../../functions/kinds/receipts/simulator/atol-operator.ts';
import type { Fault } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { anAtolRegister } from './support/a-register.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import { ATOL_CONFIG, TestRegister } from './support/test-register.ts';

describe('ATOL Online', () => {
  it('takes a receipt, works on it, and reports it five seconds later', async () => {
    const { register, operator, clock } = anAtolRegister();
    const startedAt = clock.now();
    const receiptId = await register.take('k', aSale());
    expect(await register.run()).toMatchObject({
      outcome: 'success',
      recordsCount: 0,
      stored: false,
      nextSyncAt: startedAt + 5000,
    });
    expect(await register.status()).toMatchObject({ pending: 0, syncing: 1, synced: 0 });
    await register.drain();
    expect(operator.reportedAt.map((at) => at - startedAt)).toEqual([5000]);
    expect(await register.list('synced')).toMatchObject([
      { receipt_id: receiptId, fiscal_doc: { fiscal_document_number: 1, fn_number: '1110000100238211', total: 100 } },
    ]);
  });

  it('asks again every five seconds while the register is at work', async () => {
    const { register, operator, clock } = anAtolRegister({ workMs: 18_000 });
    const startedAt = clock.now();
    await register.take('k', aSale());
    await register.drain();
    expect(operator.reportedAt.map((at) => at - startedAt)).toEqual([5000, 10_000, 15_000, 20_000]);
    expect(await register.list('synced')).toMatchObject([{ retry_count: 0 }]);
  });

  it('is asked for one report a second at most, over all runs of a register', async () => {
    const { register, operator } = anAtolRegister();
    for (let n = 0; n < 60; n += 1) await register.take(`k${n}`, aSale(`Item ${n}`));
    await register.drain();
    expect(operator.reportedAt.length).toBeGreaterThanOrEqual(60);
    for (const [index, at] of operator.reportedAt.entries()) {
      expect(at - (operator.reportedAt[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
    }
    expect(await register.status()).toMatchObject({ synced: 60 });
  });

  it('gives one token for 22 hours, and a new one when it takes the old one no more', async () => {
    const { register, operator, clock } = anAtolRegister({ tokenMs: 23 * 3_600_000 });
    const send = async (key: string): Promise<void> => {
      await register.take(key, aSale());
      await register.drain();
    };
    await send('a');
    clock.advance(21 * 3_600_000);
    await send('b');
    expect(operator.tokensGiven).toBe(1);
    clock.advance(1.5 * 3_600_000);
    await send('c');
    expect(operator.tokensGiven).toBe(2);
    // A worker that does not know how old its token is.
    register.memo.set('atol-token', { token: { value: 'token-0', expiresAt: null } });
    await send('d');
    expect(operator.tokensGiven).toBe(3);
    expect(await register.list('synced')).toMatchObject(Array.from({ length: 4 }, () => ({ retry_count: 0 })));
  });

  it('knows a receipt by its external_id: what was sent twice is one document', async () => {
    const { register, operator } = anAtolRegister({
      faults: ({ operation, number }) => (operation === 'send' && number === 2 ? { kind: 'lose-answer' } : undefined),
    });
    const receiptId = await register.take('k', aSale());
    await register.run();
    expect(await register.status()).toMatchObject({ unknown: 1 });
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual([receiptId]);
    expect(await register.list('synced')).toMatchObject([{ retry_count: 1 }]);
  });

  const rejections: [string, AtolFailure][] = [
    ['the service', { code: 32, text: 'price is wrong', type: 'system' }],
    ['the cash register', { code: -3803, text: 'price is wrong', type: 'driver' }],
  ];
  it.each(rejections)('puts a receipt that %s rejects on a person’s desk', async (who, failure) => {
    const { register, operator } = anAtolRegister(
      who === 'the service' ? { refuse: () => failure } : { fail: () => failure },
    );
    const receiptId = await register.take('k', aSale());
    await register.drain();
    expect([...register.letters.values()]).toMatchObject([
      { reason: `Rejected by the operator: price is wrong (ATOL ${failure.type} error ${failure.code})`, attempts: 1 },
    ]);
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it('shows none of its secrets when they are echoed', async () => {
    const echo = 'login secret-login pass secret-pass token token-1';
    const { register } = anAtolRegister(
      { login: 'secret-login', pass: 'secret-pass', refuse: () => ({ code: 32, text: echo, type: 'system' }) },
      { credentials: { apiKey: 'secret-login', apiSecret: 'secret-pass' } },
    );
    await register.take('k', aSale());
    await register.drain();
    const [letter] = register.letters.values();
    expect(letter?.lastError).toBe('login [redacted] pass [redacted] token [redacted] (ATOL system error 32)');
  });

  it('keeps none of its secrets either, when they come with a report', async () => {
    const { register } = anAtolRegister({
      faults: ({ operation }) =>
        operation === 'report'
          ? { kind: 'answer', status: 200, body: '{"status":"done","payload":{"total":100,"echo":"used token-1"}}' }
          : undefined,
    });
    await register.take('k', aSale());
    await register.drain();
    expect(await register.list('synced')).toMatchObject([{ fiscal_doc: { total: 100, echo: 'used [redacted]' } }]);
  });

  it.each([
    ['uuid', '{"uuid":"of-another","error":null,"status":"done","payload":{"total":1}}'],
    ['external_id', '{"external_id":"of-another","error":null,"status":"done","payload":{"total":1}}'],
    ['failed uuid', '{"uuid":"of-another","status":"fail","error":{"code":-3804,"text":"no","type":"driver"}}'],
  ])('does not believe a report on another receipt (%s)', async (_what, body) => {
    let mixedUp = true;
    const { register, operator } = anAtolRegister({
      faults: ({ operation }) =>
        operation === 'report' && mixedUp ? { kind: 'answer', status: 200, body } : undefined,
    });
    const receiptId = await register.take('k', aSale());
    await register.run();
    register.clock.advance(5000);
    expect(await register.run()).toMatchObject({ message: expect.stringContaining('reported on another receipt') });
    expect(await register.status()).toMatchObject({ syncing: 1, synced: 0, dead_lettered: 0 });
    mixedUp = false;
    await register.drain();
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it('is asked for one token by all registers of a login that need one at once', async () => {
    const { register, operator, clock, dynamo } = anAtolRegister();
    const data = { client: dynamo.client, tableName: dynamo.tables.data };
    const other = new TestRegister({ data, operator, clock, provider: 'atol', id: 'register-2', memo: register.memo });
    await register.take('k', aSale());
    await other.take('k', aSale());
    await Promise.all([register.run(), other.run()]);
    expect(operator.tokensGiven).toBe(1);
  });

  const again: [string, AtolFailure][] = [
    ['waited too long for a register', { code: 1, text: 'timeout', type: 'timeout' }],
    ['failed on the register', { code: -3825, text: 'no paper', type: 'driver' }],
    ['failed in a way nobody knows', { code: -9999, text: '?', type: 'unknown' as 'driver' }],
  ];
  it.each(again)('sends a receipt that %s again as a new document', async (_what, failure) => {
    const { register, operator } = anAtolRegister({ fail: (id) => (id.endsWith('-r2') ? undefined : failure) });
    const receiptId = await register.take('k', aSale());
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual([`${receiptId}-r2`]);
    expect(await register.list('synced')).toMatchObject([{ receipt_id: receiptId, retry_count: 1 }]);
  });

  const administrator: AtolFailure[] = [
    { code: -3822, text: 'the shift is over 24 hours', type: 'driver' },
    { code: -3915, text: 'the fiscal drive is full', type: 'driver' },
    { code: 2, text: 'no connection to the register', type: 'agent' },
  ];
  it.each(administrator)('pauses the register when its administrator is needed ($code)', async (failure) => {
    let broken = true;
    const { register, operator } = anAtolRegister({ fail: () => (broken ? failure : undefined) });
    const ids = [await register.take('a', aSale()), await register.take('b', aSale())];
    await register.drain();
    expect(register.results.at(-1)).toMatchObject({
      outcome: 'error',
      pause: 'config',
      message: expect.stringContaining(failure.text),
    });
    expect(register.integration.syncEnabled).toBe(false);
    const kept = await register.list();
    expect(kept.map((receipt) => [receipt.receipt_id, receipt.retry_count])).toEqual(ids.map((id) => [id, 0]));
    broken = false;
    register.switchOn();
    await register.drain();
    await expectAllAtRest(register, new Set(ids), operator.ledger);
  });

  it.each([
    ['a wrong login', { login: 'other' }, 'auth'],
    ['another group', { group: 'shop_2' }, 'config'],
  ])('pauses the register for %s', async (_what, options, pause) => {
    const { register } = anAtolRegister(options);
    await register.take('k', aSale());
    expect(await register.run()).toMatchObject({ outcome: 'error', pause });
    expect(await register.list('pending')).toMatchObject([{ retry_count: 0 }]);
    expect(JSON.stringify(register.results)).not.toContain('"pass"');
  });

  it('pauses the register when something else answers at its address', async () => {
    const { register } = anAtolRegister({
      faults: () => ({ kind: 'answer', status: 404, body: '<html>not here</html>' }),
    });
    await register.take('k', aSale());
    expect(await register.run()).toMatchObject({
      outcome: 'error',
      pause: 'config',
      message: expect.stringContaining('404'),
    });
    expect(await register.list('pending')).toMatchObject([{ retry_count: 0 }]);
  });

  it('counts no failure of the receipt while only its report cannot be had', async () => {
    let quiet = true;
    const { register, operator } = anAtolRegister({
      faults: ({ operation }) => (operation === 'report' && quiet ? { kind: 'answer', status: 500 } : undefined),
    });
    const receiptId = await register.take('k', aSale());
    for (let n = 0; n < 30; n += 1) {
      register.clock.set(register.integration.nextSyncAt ?? 0);
      await register.run();
    }
    expect(await register.list()).toMatchObject([{ status: 'syncing', retry_count: 0 }]);
    quiet = false;
    await register.drain();
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it('gives a receipt up that was taken and not reported on for a day, and asks about it when it is put back', async () => {
    let workMs = 1e12;
    const { register, operator, clock } = anAtolRegister({
      get workMs() {
        return workMs;
      },
    });
    await register.take('k', aSale());
    await register.run();
    clock.advance(25 * 3_600_000);
    await register.drain();
    const [letter] = register.letters.values();
    expect(letter?.reason).toBe('The operator took the receipt and reported nothing for 24 hours');
    await expect(register.redrive(letter?.id ?? '', aSale('Other'))).rejects.toMatchObject({ status: 409 });
    workMs = 0;
    await register.redrive(letter?.id ?? '');
    clock.advance(1e12);
    await register.drain();
    expect(operator.ledger.entries.length).toBe(1);
    expect(await register.status()).toMatchObject({ synced: 1, dead_lettered: 0 });
  });

  it('asks about a receipt whose uuid the operator has forgotten by sending it again', async () => {
    let forgotten = true;
    const { register, operator } = anAtolRegister({
      faults: ({ operation }) =>
        operation === 'report' && forgotten
          ? { kind: 'answer', status: 400, body: '{"error":{"code":30,"text":"bad uuid","type":"system"}}' }
          : undefined,
    });
    await register.take('k', aSale());
    await register.run();
    register.clock.advance(5000);
    await register.run();
    expect(await register.status()).toMatchObject({ unknown: 1 });
    forgotten = false;
    await register.drain();
    expect(operator.ledger.entries.length).toBe(1);
  });

  it.each([
    [400, 0],
    [400, 1],
    [400, 13],
    [400, 30],
    [400, 32],
    [400, 40],
    [401, 12],
    [401, 21],
    [415, 41],
    [200, 12],
    [200, 32],
    [200, 50],
  ])(
    'takes an error about the question for none of the document, and sends no second one (%i, code %i)',
    async (status, code) => {
      let asked = 0;
      const error = { error_id: 'e', code, text: 'about the question', type: 'system' };
      const body = JSON.stringify({ timestamp: '', status: 'fail', error });
      const { register, operator } = anAtolRegister({
        faults: ({ operation }) =>
          operation === 'report' && ++asked === 1 ? { kind: 'answer', status, body } : undefined,
      });
      const receiptId = await register.take('k', aSale());
      await register.drain();
      if (!register.integration.syncEnabled) register.switchOn();
      await register.drain();
      expect(asked).toBe(2);
      expect(operator.ledger.entries.map(({ key }) => key)).toEqual([receiptId]);
      await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
      expect(await register.status()).toMatchObject({ synced: 1 });
    },
  );

  it('takes a failure of the cash register for the outcome of the document, also where the answer does not name it', async () => {
    let asked = 0;
    const failure: AtolFailure = { code: -3825, text: 'no paper', type: 'driver' };
    const { register, operator } = anAtolRegister({
      fail: (id) => (id.endsWith('-r2') ? undefined : failure),
      faults: ({ operation }) =>
        operation === 'report' && ++asked === 1
          ? { kind: 'answer', status: 200, body: JSON.stringify({ status: 'fail', error: failure, payload: null }) }
          : undefined,
    });
    const receiptId = await register.take('k', aSale());
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual([`${receiptId}-r2`]);
  });

  it('pauses the register again when its login is still wrong, and goes on with the same document', async () => {
    let isWrong = false;
    let refused = 0;
    const error = { error_id: 'e', code: 12, text: 'wrong login', type: 'system' };
    const { register, operator, clock } = anAtolRegister({
      workMs: 12_000,
      faults: ({ operation }) => {
        if (operation !== 'token' || !isWrong) return undefined;
        refused += 1;
        return { kind: 'answer', status: 401, body: JSON.stringify({ status: 'fail', error }) };
      },
    });
    const receiptId = await register.take('k', aSale());
    await register.run();
    isWrong = true;
    register.memo.clear();
    clock.advance(5000);
    expect(await register.run()).toMatchObject({ pause: 'auth' });
    clock.advance(1000);
    register.switchOn();
    expect(await register.run()).toMatchObject({ outcome: 'error', pause: 'auth', nextSyncAt: null });
    expect(refused).toBe(2);
    isWrong = false;
    register.switchOn();
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual([receiptId]);
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it.each<[string, Fault]>([
    ['has a fault', { kind: 'answer', status: 500, body: '{"error":{"code":50,"text":"busy","type":"system"}}' }],
    ['does not answer', { kind: 'hang', carriedOut: true }],
    ['breaks off', { kind: 'lose-answer' }],
    ['answers with a web page', { kind: 'answer', status: 200, body: '<html></html>' }],
  ])('is in no doubt about a receipt while the sign-in %s: nothing was sent', async (_what, fault) => {
    let failing = true;
    const { register, operator } = anAtolRegister({
      faults: ({ operation }) => (operation === 'token' && failing ? fault : undefined),
    });
    const receiptId = await register.take('k', aSale());
    expect(await register.run()).toMatchObject({ outcome: 'error' });
    expect(await register.list()).toMatchObject([{ status: 'pending', retry_count: 1 }]);
    await register.drain();
    const [letter] = register.letters.values();
    expect(letter?.reason).toBe('Max retry attempts exceeded');
    failing = false;
    // Nobody can have it, so it may be corrected.
    await register.redrive(letter?.id ?? '', aSale('Other'));
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual([`${receiptId}-r2`]);
  });

  it('stays in doubt about a receipt whose answer was lost, however surely the sends after it did not arrive', async () => {
    let down = false;
    const { register, operator } = anAtolRegister({
      faults: ({ operation, number }) => {
        if (operation === 'send' && number === 2) return { kind: 'lose-answer' };
        return down ? { kind: 'refuse' } : undefined;
      },
    });
    const receiptId = await register.take('k', aSale());
    await register.run();
    down = true;
    register.clock.set(register.integration.nextSyncAt ?? 0);
    await register.run();
    expect(await register.list()).toMatchObject([{ status: 'unknown', retry_count: 2 }]);
    await register.drain();
    const [letter] = register.letters.values();
    await expect(register.redrive(letter?.id ?? '', aSale('Other'))).rejects.toMatchObject({ status: 409 });
    down = false;
    await register.redrive(letter?.id ?? '');
    await register.drain();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual([receiptId]);
  });
});

describe('a document for ATOL Online', () => {
  const parcel = { key: 'id-1', createdAt: Date.parse('2026-11-22T21:56:18.500Z'), ref: null };
  const bodyOf = (document: unknown, config: object = ATOL_CONFIG) =>
    atolBody({ ...parcel, document: receiptBodySchema.parse(document) }, config as typeof ATOL_CONFIG);

  it('says all that the protocol wants, in Moscow time', () => {
    const document = {
      type: 'sale',
      client: { phone: '+79990001234' },
      items: [
        { name: 'Lens', price: 33.33, quantity: 3, total: 99.99, vat_rate: 20 },
        { name: 'Case', price: 10, quantity: 1, total: 10, vat_rate: 10 },
        { name: 'Book', price: 5, quantity: 1, total: 5, vat_rate: null },
      ],
      payments: [
        { type: 'cash', amount: 14.99 },
        { type: 'card', amount: 100 },
      ],
    };
    expect(bodyOf(document, { ...ATOL_CONFIG, callbackUrl: 'https://shop.example/hook' })).toEqual({
      external_id: 'id-1',
      timestamp: '23.11.2026 00:56:18',
      service: { callback_url: 'https://shop.example/hook' },
      receipt: {
        client: { phone: '+79990001234' },
        company: { email: 'shop@example.org', sno: 'osn', inn: '5544332219', payment_address: 'https://shop.example' },
        items: [
          {
            name: 'Lens',
            price: 33.33,
            quantity: 3,
            sum: 99.99,
            payment_method: 'full_payment',
            payment_object: 'commodity',
            vat: { type: 'vat20' },
          },
          {
            name: 'Case',
            price: 10,
            quantity: 1,
            sum: 10,
            payment_method: 'full_payment',
            payment_object: 'commodity',
            vat: { type: 'vat10' },
          },
          {
            name: 'Book',
            price: 5,
            quantity: 1,
            sum: 5,
            payment_method: 'full_payment',
            payment_object: 'commodity',
            vat: { type: 'none' },
          },
        ],
        payments: [
          { type: 0, sum: 14.99 },
          { type: 1, sum: 100 },
        ],
        vats: [
          { type: 'vat20', sum: 16.67 },
          { type: 'vat10', sum: 0.91 },
        ],
        total: 114.99,
      },
    });
  });

  it.each([
    ['sale', 'sell'],
    ['refund', 'sell_refund'],
    ['correction', 'sell_correction'],
  ] as const)('goes as a %s to %s', async (type, operation) => {
    const { register, operator } = anAtolRegister();
    const correction = { type: 'self', base_date: '2026-11-01', base_number: '7', base_name: 'Act' } as const;
    await register.take('k', aSale('Lens', 100, { type, ...(type === 'correction' && { correction }) }));
    await register.drain();
    expect(operator.ledger.entries).toMatchObject([{ document: { operation } }]);
    if (type !== 'correction') return;
    expect(operator.ledger.entries).toMatchObject([
      {
        document: {
          correction: {
            correction_info: { type: 'self', base_date: '01.11.2026', base_number: '7', base_name: 'Act' },
          },
        },
      },
    ]);
  });
});
