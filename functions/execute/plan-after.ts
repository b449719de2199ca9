import { isOnDemand } from '../model/kind-name.ts';
import { freeSlot, nextSlotAfter, planSlots, type SlotPlan } from '../model/slot.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import type { StartedRun } from './run-sync.ts';

/** After a run has ended: an on-demand kind says when it wants to go on; others go on by phase, which needs a word only after a watched slot. */
export function planAfter(
  run: StartedRun,
  wanted: number | null | undefined,
  now: number,
  deps: ExecuteDeps,
): SlotPlan | 'idle' | null {
  const { integration } = run;
  if (isOnDemand(integration.kind)) {
    if (integration.syncInterval === null) return 'idle';
    // It came to no end of its own: nobody knows what waits in it.
    if (wanted === undefined) return planAt(run, now + Math.min(integration.syncInterval, 60) * 1000, deps);
    return wanted === null ? 'idle' : planAt(run, Math.max(wanted, now), deps);
  }
  const watched = !run.manual && integration.watchedSlot === run.message.slot;
  if (!watched || integration.syncInterval === null) return null;
  return planAt(run, nextSlotAfter(integration.id, integration.syncInterval, Math.max(now, run.message.slot)), deps);
}

/** A slot at `first`, or as soon after it as one is free; null where no run schedules anything. */
export function planAt(run: StartedRun, first: number, deps: ExecuteDeps): SlotPlan | null {
  const { integration } = run;
  // Switched off, or by hand only.
  if (!integration.syncEnabled || integration.syncInterval === null) return null;
  const interval = isOnDemand(integration.kind) ? null : integration.syncInterval;
  const free = freeSlot({ ...integration, lastSlot: Math.max(integration.lastSlot ?? 0, run.message.slot) }, first);
  return planSlots({ id: integration.id, syncInterval: interval }, free, deps.clock.now(), deps.db.horizonMs);
}
