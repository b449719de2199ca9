/** One fiscal document, as it stands in the operator's books for ever. */
export interface LedgerEntry {
  /** Fiscal document number, from 1. */
  readonly number: number;
  /** The idempotency key it came with. */
  readonly key: string;
  readonly document: unknown;
  /** Epoch ms. */
  readonly at: number;
}

/** The operator's books. Nothing is ever taken out: a receipt that is in them twice is what must never happen. */
export class FiscalLedger {
  readonly #entries: LedgerEntry[] = [];

  add(key: string, document: unknown, at: number): LedgerEntry {
    const entry = { number: this.#entries.length + 1, key, document, at };
    this.#entries.push(entry);
    return entry;
  }

  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** Documents by receipt: keys of the same receipt differ only in a `-r2` at the end. */
  byReceipt(): ReadonlyMap<string, readonly LedgerEntry[]> {
    return Map.groupBy(this.#entries, (entry) => receiptOfKey(entry.key));
  }
}

const receiptOfKey = (key: string): string => key.replace(/-r\d+$/, '');
