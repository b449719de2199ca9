import type { Integration } from '../model/integration.ts';

/**
 * What the write that switches an integration off after failures says besides; `compute` needs the value `one`.
 * The version is counted on as it is stored: somebody may have changed its name or its credentials meanwhile.
 */
export function switchOff(integration: Integration, reason: string, now: number) {
  return {
    set: {
      syncEnabled: false,
      status: 'disabled',
      disabledReason: reason,
      disabledAt: now,
      scheduleVersion: integration.scheduleVersion + 1,
      updatedAt: now,
    },
    compute: { version: '#version + :one' },
    remove: ['dueShard', 'nextSyncAt', 'watchedSlot', 'enqueuedFrom'],
  };
}
