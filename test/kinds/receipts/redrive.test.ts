import { describe, expect, it } from 'vitest';
import type { ApiError, BadField } from '../../../functions/kinds/route.ts';
import { anOfdRegister } from './support/a-register.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import { Crash } from './support/outside.ts';

/** A register with one receipt that the operator rejects until it is called "good". */
async function withARejectedReceipt() {
  const around = anOfdRegister({
    refuse: ({ items }) => (JSON.stringify(items).includes('good') ? undefined : 'bad name'),
  });
  const receiptId = await around.register.take('k', aSale('bad'));
  await around.register.drain();
  const [letterId = ''] = around.register.letters.keys();
  return { ...around, receiptId, letterId };
}

describe('redrive', () => {
  it('sends a corrected receipt as a new document, and its letter goes', async () => {
    const { register, operator, receiptId, letterId } = await withARejectedReceipt();
    await register.redrive(letterId, aSale('good', 100, { idempotency_key: 'ignored' }));
    expect(register.letters.size).toBe(0);
    expect(await register.list()).toMatchObject([
      { receipt_id: receiptId, status: 'pending', retry_count: 0, fiscal_doc: aSale('good') },
    ]);
    await register.drain();
    expect(operator.ledger.entries).toMatchObject([{ key: `${receiptId}-r2` }]);
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
    // The client's own key still stands for what the client sent.
    expect(await register.take('k', aSale('bad'))).toBe(receiptId);
    await expect(register.take('k', aSale('good'))).rejects.toMatchObject({ status: 409 });
  });

  it('sends it as it was, and it comes back as a new letter when it is rejected again', async () => {
    const { register, receiptId, letterId, clock } = await withARejectedReceipt();
    clock.advance(1000);
    await register.redrive(letterId);
    await register.drain();
    const [again] = register.letters.values();
    expect(again).toMatchObject({ subject: { receiptId }, attempts: 1 });
    expect(again?.id).not.toBe(letterId);
  });

  it('does nothing twice', async () => {
    const { register, operator, receiptId, letterId } = await withARejectedReceipt();
    const letter = register.letters.get(letterId);
    await register.redrive(letterId, aSale('good'));
    await register.drain();
    // The letter's removal was lost: it is pressed again.
    if (letter !== undefined) register.letters.set(letterId, letter);
    await register.redrive(letterId, aSale('good'));
    await register.drain();
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it.each([
    ['before the next run', false],
    ['while the next run is looking', true],
  ])('loses nothing when the worker died over the letter and a person redrives it %s', async (_when, duringTheRun) => {
    let dead = false;
    let meanwhile: (() => Promise<void>) | undefined;
    const { register, operator } = anOfdRegister(
      { refuse: ({ items }) => (JSON.stringify(items).includes('good') ? undefined : 'bad name') },
      {
        outside: async (what, call) => {
          if (what === 'DeleteCommand' && !dead) {
            dead = true;
            throw new Crash('the process died');
          }
          const answer = await call();
          if (what === 'BatchGetCommand') await meanwhile?.();
          return answer;
        },
      },
    );
    const receiptId = await register.take('k', aSale('bad'));
    await expect(register.run()).rejects.toThrow(Crash);
    const [letterId = ''] = register.letters.keys();
    const redrive = (): Promise<void> => {
      meanwhile = undefined;
      return register.redrive(letterId, aSale('good'));
    };
    if (duringTheRun) meanwhile = redrive;
    else await redrive();
    await register.drain();
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
    expect(await register.status()).toMatchObject({ synced: 1, dead_lettered: 0 });
  });

  it('lets one of two people through who press at the same time', async () => {
    const { register, operator, receiptId, letterId } = await withARejectedReceipt();
    await Promise.allSettled([register.redrive(letterId, aSale('good')), register.redrive(letterId, aSale('good'))]);
    await register.drain();
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it('refuses a correction that is none, and keeps the letter', async () => {
    const { register, letterId } = await withARejectedReceipt();
    const paths = async (correction: unknown): Promise<readonly string[]> => {
      const { status, details } = await register.redrive(letterId, correction).then(
        () => expect.fail('it was taken'),
        (error: ApiError) => error,
      );
      expect(status).toBe(400);
      return (details as readonly BadField[]).map(({ path }) => path);
    };
    expect(await paths({ ...aSale('good'), items: [] })).toContain('correction.items');
    expect(await paths({ type: 'sale', sum: 5 })).toEqual([
      'correction.items',
      'correction.payments',
      'correction.sum',
    ]);
    expect(await paths(null)).toEqual(['correction']);
    expect(register.letters.has(letterId)).toBe(true);
    expect(await register.status()).toMatchObject({ dead_lettered: 1, pending: 0 });
  });

  it('asks first about a receipt that may have been sent, and takes no correction for it', async () => {
    let lost = true;
    const { register, operator } = anOfdRegister(
      {
        duplicates: 'none',
        faults: ({ operation }) => {
          if (!lost) return undefined;
          return operation === 'send' ? { kind: 'hang', carriedOut: true } : { kind: 'answer', status: 500 };
        },
      },
      { config: { statusPath: '/ofd/v1/receipt' } },
    );
    const receiptId = await register.take('k', aSale());
    await register.drain();
    const [letterId = ''] = register.letters.keys();
    await expect(register.redrive(letterId, aSale('Other'))).rejects.toMatchObject({
      status: 409,
      code: 'outcome_unknown',
    });
    lost = false;
    await register.redrive(letterId);
    expect(await register.status()).toMatchObject({ unknown: 1, dead_lettered: 0 });
    await register.drain();
    await expectAllAtRest(register, new Set([receiptId]), operator.ledger);
  });

  it('says so when the receipt is gone', async () => {
    const { register, letterId, dynamo } = await withARejectedReceipt();
    const table = dynamo.table('data');
    for (const item of table.all()) table.remove(item);
    await expect(register.redrive(letterId)).rejects.toMatchObject({ status: 409 });
  });
});
