import type { Integration } from '../api/types.ts';
import { inWords } from './format.ts';

const DUE_MS = 5_000;

/** When an integration syncs next, or why it does not. `now`: epoch ms. */
export function nextSyncWords(integration: Integration, now: number): string {
  const { running, syncEnabled, syncInterval, nextSyncAt, disabledReason, kind } = integration;
  if (running) return 'Syncing now';
  if (!syncEnabled) return disabledReason === null ? 'Paused' : 'Switched off';
  if (nextSyncAt === null) {
    if (syncInterval === null) return 'Manual only';
    return kind === 'receipts' ? 'When a receipt comes' : 'None planned';
  }
  const away = Date.parse(nextSyncAt) - now;
  if (away > 0) return `Next sync in ${inWords(Math.max(away, 1000))}`;
  return away > -DUE_MS ? 'Next sync is due' : `Next sync was due ${inWords(away)} ago`;
}
