import type { Integration } from '../api/types.ts';
import { withLocalTimes } from './format.ts';

/** The state of an integration in a word or two: what its colour means for this one. */
export function healthWords(integration: Integration): string {
  const { health, syncEnabled, syncInterval, status, notice, retryCount, disabledReason } = integration;
  if (health === 'green') return 'Healthy';
  if (health === 'grey') {
    if (!syncEnabled) return 'Paused';
    return syncInterval === null ? 'Manual only' : 'Not run yet';
  }
  if (health === 'red') return disabledReason === null ? 'Failing' : 'Switched off';
  if (retryCount > 0 && status === 'error') return 'Retrying';
  if (notice !== null) return 'Deferred';
  return status === 'partial' ? 'Partly synced' : 'Overdue';
}

/** Why it is not running, or failed last; null when there is nothing to say. */
export function trouble(integration: Integration): { readonly title: string; readonly reason: string } | null {
  const { notice, disabledReason, lastSyncError, health, status } = integration;
  if (disabledReason !== null) {
    return { title: 'Switched off after failures', reason: withLocalTimes(disabledReason) };
  }
  const failed = lastSyncError !== null && health !== 'green' && status !== 'success';
  if (failed) {
    const title = status === 'partial' ? 'Last sync was partial' : 'Last sync failed';
    return { title, reason: withLocalTimes(notice === null ? lastSyncError : `${lastSyncError} (${notice})`) };
  }
  return notice === null ? null : { title: 'Not running right now', reason: withLocalTimes(notice) };
}

export const HEALTH_TITLES = { green: 'Healthy', yellow: 'Warning', red: 'Failing', grey: 'Idle' } as const;

export const KIND_TITLES = {
  carrier: 'Carrier',
  vehicle: 'Vehicle',
  source: 'Source',
  receipts: 'Receipts',
} as const;

export const STATUS_TITLES = {
  pending: 'Pending',
  success: 'Success',
  partial: 'Partial',
  error: 'Error',
  disabled: 'Disabled',
} as const;
