import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod';
import type { IntegrationKey } from '../../model/ids.ts';
import type { FiscalDocument } from './fiscal-document.ts';
import type { Item, Partition } from './store.ts';

export const RECEIPT_STATES = ['pending', 'syncing', 'unknown', 'synced', 'dead_lettered'] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

/** A document as it was taken in. Written once; where it stands is told by the queue, the journal and the set-aside. */
export interface Receipt {
  readonly receiptId: string;
  /** The place in the queue that is the receipt's own; a queue entry with another one is a leftover. */
  readonly order: string;
  /** The client's idempotency key, and what its body said. */
  readonly key: string;
  readonly bodyHash: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: FiscalDocument;
}

/** Stands where a receipt would, so that an intake that was given up on cannot go on unseen. */
export interface VoidedIntake {
  readonly voided: string;
}

/** The same key at the same register is the same receipt, on whichever Lambda it arrives. Shaped as a UUID. */
export function receiptIdOf(register: IntegrationKey, key: string): string {
  const hex = createHash('sha256').update(`${register}\n${key}`).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const receiptKey = (receiptId: string): string => `receipt#${receiptId}`;

/** Bigger documents are kept compressed: a write unit is a kilobyte. */
const PLAIN_BYTES = 400;

export function receiptItem({ receiptId, document, ...rest }: Receipt): Item {
  return { sk: receiptKey(receiptId), ...rest, document: packed(document) };
}

export function packed(document: FiscalDocument): string | Uint8Array {
  const text = JSON.stringify(document);
  return text.length > PLAIN_BYTES ? deflateRawSync(text) : text;
}

const storedReceipt = z.object({
  sk: z.string(),
  order: z.string(),
  key: z.string(),
  bodyHash: z.string(),
  createdAt: z.number(),
  document: z.union([z.string(), z.instanceof(Uint8Array)]),
});

function toReceipt(item: Item): Receipt | VoidedIntake {
  if (typeof item.voided === 'string') return { voided: item.voided };
  const { sk, document, ...rest } = storedReceipt.parse(item);
  const text = typeof document === 'string' ? document : inflateRawSync(document).toString('utf8');
  return { ...rest, receiptId: sk.slice(receiptKey('').length), document: JSON.parse(text) as FiscalDocument };
}

export const isVoided = (receipt: Receipt | VoidedIntake): receipt is VoidedIntake => 'voided' in receipt;

export async function findReceipt(
  receiptId: string,
  partition: Partition,
): Promise<Receipt | VoidedIntake | undefined> {
  const item = await partition.get(receiptKey(receiptId));
  return item && toReceipt(item);
}

/** By receipt id; receipts that do not exist and voided intakes are left out. */
export async function findReceipts(
  receiptIds: readonly string[],
  partition: Partition,
): Promise<ReadonlyMap<string, Receipt>> {
  const items = await partition.getMany([...new Set(receiptIds)].map(receiptKey));
  const receipts = items.map(toReceipt).filter((receipt): receipt is Receipt => !isVoided(receipt));
  return new Map(receipts.map((receipt) => [receipt.receiptId, receipt]));
}
