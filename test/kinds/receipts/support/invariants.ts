import { expect } from 'vitest';
import type { FiscalLedger } from '../../../../functions/kinds/receipts/simulator/ledger.ts';
import type { TestRegister } from './test-register.ts';

/**
 * At rest: every accepted receipt is synced or dead-lettered, never both; a synced one has exactly one fiscal document, and no
 * receipt has two; counts, lists and letters say the same.
 */
export async function expectAllAtRest(
  register: TestRegister,
  accepted: ReadonlySet<string>,
  ledger: FiscalLedger,
): Promise<{ readonly synced: readonly string[]; readonly dead: readonly string[] }> {
  const books = ledger.byReceipt();
  for (const [receiptId, entries] of books) expect(entries.length, `fiscal documents of ${receiptId}`).toBe(1);

  const all = await register.list();
  const idsOf = (status: string): string[] =>
    all.filter((receipt) => receipt.status === status).map((receipt) => String(receipt.receipt_id));
  const synced = idsOf('synced');
  const dead = idsOf('dead_lettered');
  expect([...synced, ...dead].sort()).toEqual([...accepted].sort());
  for (const receiptId of synced) expect(books.get(receiptId)?.length, `books for ${receiptId}`).toBe(1);

  const letters = [...register.letters.values()];
  expect(letters.map(({ subject }) => (subject.type === 'receipt' ? subject.receiptId : subject.type)).sort()).toEqual(
    [...dead].sort(),
  );
  for (const { reason } of letters) expect(reason).not.toBe('');
  expect(await register.status()).toEqual({
    ...{ pending: 0, syncing: 0, unknown: 0, synced: synced.length, dead_lettered: dead.length },
    oldest_pending_at: null,
    breaker: { state: 'closed', until: null },
  });
  return { synced, dead };
}
