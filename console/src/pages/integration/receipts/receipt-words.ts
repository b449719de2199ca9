import type { ReceiptState } from '../../../api/kind-types.ts';

export const RECEIPT_STATE_TITLES: Readonly<Record<ReceiptState, string>> = {
  pending: 'Pending',
  syncing: 'Being sent',
  unknown: 'Answer lost',
  synced: 'Synced',
  dead_lettered: 'Dead-lettered',
};

export const RECEIPT_INDICATORS = {
  pending: 'pending',
  syncing: 'in-progress',
  unknown: 'warning',
  synced: 'success',
  dead_lettered: 'error',
} as const satisfies Record<ReceiptState, string>;
