import { createHash } from 'node:crypto';
import { Big } from 'big.js';
import * as z from 'zod';
import { inOrder } from '../../model/in-order.ts';

/** Money is compared in decimal arithmetic: 0.1 + 0.2 is 0.3 here. */
const KOPECK = new Big('0.01');
/** What fits the fields of a fiscal document (tags 1079, 1043, 1023). */
const MAX_MONEY = 42_949_672.95;
const MAX_QUANTITY = 99_999.999;

const decimals = (places: number) => (value: number) => new Big(value).round(places).eq(value);
const money = z.number().max(MAX_MONEY).refine(decimals(2), 'must be whole kopecks (two decimals at most)');

const AMOUNTS: readonly unknown[] = ['items', 'price', 'quantity', 'total', 'payments', 'amount'];
/** That amounts do not add up either is no news where one of them is wrong in itself. */
const amountsHold = (
  issues: readonly { readonly code: string; readonly path?: readonly PropertyKey[] | undefined }[],
) => !issues.some(({ code, path }) => code !== 'custom' && AMOUNTS.includes(path?.at(-1)));

const itemSchema = z
  .strictObject({
    name: z.string().max(255).regex(/\S/, 'must not be empty'),
    price: money.positive(),
    quantity: z.number().positive().max(MAX_QUANTITY).refine(decimals(3), 'must have three decimals at most'),
    total: money.nonnegative(),
    vat_rate: z.number().min(0).max(20).nullable().describe('Percent; null: without VAT'),
  })
  .superRefine((item, context) => {
    if (!amountsHold(context.issues)) return;
    const due = new Big(item.price).times(item.quantity);
    if (differs(due, item.total)) {
      context.addIssue({
        code: 'custom',
        path: ['total'],
        message: `must be price × quantity = ${due.round(2).toFixed(2)}`,
      });
    }
  });

const paymentSchema = z.strictObject({ type: z.enum(['cash', 'card', 'other']), amount: money.positive() });

const clientSchema = z
  .strictObject({ email: z.email().max(64).optional(), phone: z.string().min(5).max(64).optional() })
  .refine((client) => client.email !== undefined || client.phone !== undefined, 'needs an email or a phone');

const correctionSchema = z.strictObject({
  type: z.enum(['self', 'instruction']),
  base_date: z.iso.date().describe('When the operation that is corrected took place'),
  base_number: z.string().min(1).max(32),
  base_name: z.string().min(1).max(256),
});

/** The body of an intake request: the document, and the idempotency key where it does not come in the header. */
export const receiptBodySchema = z
  .strictObject({
    type: z.enum(['sale', 'refund', 'correction']),
    items: z.array(itemSchema).min(1).max(100),
    payments: z.array(paymentSchema).min(1).max(10),
    client: clientSchema.optional().describe('Where the operator sends the receipt'),
    correction: correctionSchema
      .optional()
      .describe('For documents of type correction, where the operator asks for it'),
    idempotency_key: z.string().optional(),
  })
  .superRefine((document, context) => {
    const due = sum(document.items.map((item) => item.total));
    const paid = sum(document.payments.map((payment) => payment.amount));
    if (amountsHold(context.issues) && differs(due, paid)) {
      context.addIssue({
        code: 'custom',
        path: ['payments'],
        message: `add up to ${paid.toFixed(2)}, the items to ${due.toFixed(2)}`,
      });
    }
    if (document.correction !== undefined && document.type !== 'correction') {
      context.addIssue({
        code: 'custom',
        path: ['correction'],
        message: 'belongs to documents of type correction only',
      });
    }
  });

export type ReceiptBody = z.output<typeof receiptBodySchema>;
/** A fiscal document that was checked; amounts in roubles. */
export type FiscalDocument = Omit<ReceiptBody, 'idempotency_key'>;

export interface DocumentProblem {
  /** `items.0.vat_rate`. */
  readonly path: string;
  readonly message: string;
}

/** One kopeck of rounding is allowed. */
const differs = (a: Big, b: Big | number): boolean => a.minus(b).abs().gt(KOPECK);

/** Exact, in roubles. */
export const sum = (amounts: readonly number[]): Big =>
  amounts.reduce((total, amount) => total.plus(amount), new Big(0));

/** The same for two documents that say the same, however their keys are ordered and their numbers written. */
export function documentHash(document: FiscalDocument): string {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(document)))
    .digest('base64url');
}
