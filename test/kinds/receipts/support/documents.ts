import type { ReceiptBody } from '../../../../functions/kinds/receipts/fiscal-document.ts';

/** A valid document: one item, paid by card. */
export function aSale(name = 'Lens', price = 100, rest: Partial<ReceiptBody> = {}): ReceiptBody {
  return {
    type: 'sale',
    items: [{ name, price, quantity: 1, total: price, vat_rate: 20 }],
    payments: [{ type: 'card', amount: price }],
    ...rest,
  };
}
