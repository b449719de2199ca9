import { Big } from 'big.js';
import { type DocumentProblem, type FiscalDocument, sum } from '../fiscal-document.ts';
import type { Parcel } from '../operator.ts';
import type { AtolConfig } from './config.ts';

/** Path of the operation, by document type. */
export const OPERATIONS = { sale: 'sell', refund: 'sell_refund', correction: 'sell_correction' } as const;

const VAT_TYPES: Readonly<Record<number, string>> = { 0: 'vat0', 10: 'vat10', 18: 'vat18', 20: 'vat20' };
const PAYMENT_TYPES = { cash: 0, card: 1, other: 4 } as const;
const MAX_NAME = 128;
/** The service reads the document's time as Moscow time, which has no summer time. */
const MOSCOW_MS = 3 * 3_600_000;

const vatType = (rate: number | null): string | undefined => (rate === null ? 'none' : VAT_TYPES[rate]);

/** What ATOL Online takes less of than a fiscal document may be. */
export function atolProblems({ type, items, correction }: FiscalDocument): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  for (const [index, item] of items.entries()) {
    if (item.name.length > MAX_NAME) {
      problems.push({ path: `items.${index}.name`, message: `has more than ${MAX_NAME} characters` });
    }
    if (vatType(item.vat_rate) === undefined) {
      const rates = Object.keys(VAT_TYPES).join(', ');
      problems.push({ path: `items.${index}.vat_rate`, message: `must be one of ${rates} or null` });
    }
  }
  if (type === 'correction' && correction === undefined) {
    problems.push({
      path: 'correction',
      message: 'is required for a correction: type, base_date, base_number, base_name',
    });
  }
  return problems;
}

/** The body of the request. The same parcel always gives the same body. */
export function atolBody({ key, document, createdAt }: Parcel, config: AtolConfig): Record<string, unknown> {
  const company = {
    email: config.company_email,
    sno: config.sno,
    inn: config.inn,
    payment_address: config.payment_address,
  };
  const payments = document.payments.map(({ type, amount }) => ({ type: PAYMENT_TYPES[type], sum: amount }));
  const vats = vatSums(document);
  const envelope = {
    external_id: key,
    timestamp: dateTime(createdAt),
    ...(config.callbackUrl !== undefined && { service: { callback_url: config.callbackUrl } }),
  };
  if (document.type === 'correction') {
    return { ...envelope, correction: { company, correction_info: correctionInfo(document), payments, vats } };
  }
  const items = document.items.map((item) => ({
    name: item.name,
    price: item.price,
    quantity: item.quantity,
    sum: item.total,
    payment_method: 'full_payment',
    payment_object: 'commodity',
    vat: { type: vatType(item.vat_rate) },
  }));
  const total = sum(document.items.map((item) => item.total)).toNumber();
  const client = document.client ?? { email: config.company_email };
  return { ...envelope, receipt: { client, company, items, payments, vats, total } };
}

function correctionInfo({ correction }: FiscalDocument): Record<string, unknown> | undefined {
  if (correction === undefined) return undefined;
  const [year, month, day] = correction.base_date.split('-');
  return { ...correction, base_date: `${day}.${month}.${year}` };
}

/** The tax inside the amounts, by rate, to the kopeck; without any taxed item one line says so. */
function vatSums({ items }: FiscalDocument): readonly { readonly type: string; readonly sum: number }[] {
  const totals = new Map<number, Big>();
  for (const { vat_rate: rate, total } of items) {
    if (rate) totals.set(rate, (totals.get(rate) ?? new Big(0)).plus(total));
  }
  if (totals.size === 0) return [{ type: vatType(items[0]?.vat_rate ?? null) ?? 'none', sum: 0 }];
  return [...totals].map(([rate, total]) => ({
    type: vatType(rate) ?? 'none',
    sum: total
      .times(rate)
      .div(100 + rate)
      .round(2)
      .toNumber(),
  }));
}

function dateTime(at: number): string {
  const [date = '', time = ''] = new Date(at + MOSCOW_MS).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}.${month}.${year} ${time.slice(0, 8)}`;
}
