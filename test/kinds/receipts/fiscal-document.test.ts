import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  documentHash,
  type ReceiptBody,
  receiptBodySchema,
} from '../../../functions/kinds/receipts/fiscal-document.ts';
import { aSale } from './support/documents.ts';

const problemsOf = (body: unknown): Record<string, string> => {
  const parsed = receiptBodySchema.safeParse(body);
  return Object.fromEntries((parsed.error?.issues ?? []).map(({ path, message }) => [path.join('.'), message]));
};
const anItem = (item: object): unknown => ({ ...aSale(), items: [{ ...aSale().items[0], ...item }] });

describe('a fiscal document', () => {
  it('is taken as it is', () => {
    const sale = aSale('Lens', 99.99, { client: { email: 'a@example.org' }, idempotency_key: 'k' });
    expect(receiptBodySchema.parse(sale)).toEqual(sale);
    expect(problemsOf({ ...sale, type: 'refund' })).toEqual({});
  });

  it('adds up in decimal arithmetic', () => {
    const item = { name: 'Screw', price: 0.1, quantity: 3, total: 0.3, vat_rate: null };
    const payments = [
      { type: 'cash', amount: 0.1 },
      { type: 'card', amount: 0.2 },
    ];
    expect(problemsOf({ type: 'sale', items: [item], payments })).toEqual({});
  });

  it('may be a kopeck off by rounding, and not two', () => {
    expect(problemsOf(anItem({ price: 33.33, quantity: 3, total: 100 }))).toEqual({});
    expect(problemsOf(anItem({ price: 33.33, quantity: 3, total: 100.01 }))).toEqual({
      'items.0.total': 'must be price × quantity = 99.99',
    });
    expect(problemsOf({ ...aSale(), payments: [{ type: 'card', amount: 99.99 }] })).toEqual({});
    expect(problemsOf({ ...aSale(), payments: [{ type: 'card', amount: 99.98 }] })).toEqual({
      payments: 'add up to 99.98, the items to 100.00',
    });
  });

  it.each([
    ['price', 0],
    ['price', -1],
    ['price', 10.001],
    ['price', Number.NaN],
    ['price', Number.POSITIVE_INFINITY],
    ['price', '100'],
    ['quantity', 0],
    ['quantity', 0.0001],
    ['quantity', 100_000],
    ['vat_rate', 20.5],
    ['vat_rate', -1],
    ['vat_rate', undefined],
    ['name', ''],
    ['name', '  '],
    ['name', 'x'.repeat(256)],
  ])('names the path of a bad %s', (field, value) => {
    expect(Object.keys(problemsOf(anItem({ [field]: value })))).toContain(`items.0.${field}`);
  });

  it('does not complain of sums where an amount is wrong in itself', () => {
    expect(Object.keys(problemsOf(anItem({ price: -1 })))).toEqual(['items.0.price']);
    expect(Object.keys(problemsOf(anItem({ quantity: 0 })))).toEqual(['items.0.quantity']);
    expect(Object.keys(problemsOf({ ...aSale(), items: [] }))).toEqual(['items']);
    expect(Object.keys(problemsOf({ ...aSale(), payments: [{ type: 'card', amount: 0 }] }))).toEqual([
      'payments.0.amount',
    ]);
    expect(Object.keys(problemsOf(anItem({ name: '', total: 101 })))).toEqual([
      'items.0.name',
      'items.0.total',
      'payments',
    ]);
  });

  it('takes nothing it does not know', () => {
    expect(problemsOf({ ...aSale(), note: 'x' })).toHaveProperty('');
    expect(problemsOf(anItem({ discount: 1 }))).toHaveProperty('items.0');
    expect(problemsOf({ ...aSale(), type: 'gift' })).toHaveProperty('type');
    expect(problemsOf({ ...aSale(), items: [] })).toHaveProperty('items');
    expect(problemsOf({ ...aSale(), payments: [] })).toHaveProperty('payments');
    const correction = { type: 'self', base_date: '2026-11-01', base_number: '1', base_name: 'Act' };
    expect(problemsOf({ ...aSale(), correction })).toHaveProperty('correction');
    expect(problemsOf({ ...aSale(), type: 'correction', correction })).toEqual({});
  });

  const kopecks = fc.integer({ min: 1, max: 4_000_000 });
  const items = fc.array(fc.record({ price: kopecks, quantity: fc.integer({ min: 1, max: 99 }) }), {
    minLength: 1,
    maxLength: 100,
  });

  it('holds for every basket whose sums are exact, and for none that is two kopecks off', () => {
    fc.assert(
      fc.property(items, fc.constantFrom(0, 2, -2), (basket, off) => {
        const body: ReceiptBody = {
          type: 'sale',
          items: basket.map(({ price, quantity }) => ({
            name: 'x',
            price: price / 100,
            quantity,
            total: (price * quantity) / 100,
            vat_rate: 20,
          })),
          payments: [
            {
              type: 'card',
              amount: (basket.reduce((all, { price, quantity }) => all + price * quantity, 0) + off) / 100,
            },
          ],
        };
        const [payment] = body.payments;
        fc.pre(payment !== undefined && payment.amount > 0 && payment.amount <= 42_949_672.95);
        expect(Object.keys(problemsOf(body))).toEqual(off === 0 ? [] : ['payments']);
      }),
      { numRuns: 100 },
    );
  });

  it('has the same hash however its keys are ordered, and another for another amount', () => {
    const sale = aSale('Lens', 100);
    const shuffled = JSON.parse(
      '{"payments":[{"amount":100.0,"type":"card"}],"items":[{"vat_rate":20,"total":1e2,"quantity":1.0,"price":100,"name":"Lens"}],"type":"sale"}',
    );
    expect(documentHash(receiptBodySchema.parse(shuffled))).toBe(documentHash(sale));
    expect(documentHash(aSale('Lens', 101))).not.toBe(documentHash(sale));
    expect(documentHash({ ...sale, client: undefined })).toBe(documentHash(sale));
  });
});
