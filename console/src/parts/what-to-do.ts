import type { Integration } from '../api/types.ts';

/** Whether somebody has to do something about what is wrong, and what; null where nothing is. */
export function whatToDo({ health, disabledReason, retryCount, status, notice }: Integration): string | null {
  if (disabledReason !== null) return 'Mend the cause, then switch it on again.';
  if (health === 'red') return 'Tried again by itself: mend the cause if it stays.';
  if (health !== 'yellow') return null;
  if (status === 'error' && retryCount > 0) return 'Tried again by itself.';
  if (status === 'partial') return 'Look at what could not be synced.';
  return notice === null ? 'Caught up by itself.' : 'Goes on by itself.';
}
