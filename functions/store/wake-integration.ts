import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import { dueShardOf, freeSlot, planSlots, type SlotPlan, WATCH_GRACE_MS } from '../model/slot.ts';
import type { Database } from './database.ts';
import { updateIntegrationItem } from './integration-update.ts';
import { getIntegration, type Scheduled } from './integrations.ts';
import type { UpdateParts } from './update-expression.ts';

/**
 * Gives an on-demand integration a slot now. The caller enqueues `send`: empty when it has a slot, or is running and looks
 * again before it goes idle. Null when it is switched off, run by hand only, or gone.
 */
export async function wakeIntegration(tenantId: TenantId, id: IntegrationId, db: Database): Promise<Scheduled | null> {
  for (let attempt = 0; attempt < MAX_WAKE_ATTEMPTS; attempt++) {
    const current = await getIntegration(tenantId, id, db);
    if (current === undefined || !current.syncEnabled || current.syncInterval === null) return null;
    // The run of that slot is yet to come and will look.
    if (current.nextSyncAt !== null && current.lease === null) return { integration: current, send: [] };
    const { update, send } = wakeParts(current, db);
    const result = await updateIntegrationItem(tenantId, id, update, db);
    if (result.ok) return { integration: result.integration, send };
    // A run has started or ended meanwhile.
  }
  throw new Error(`could not wake ${id}: its runs start and end too fast; try again`);
}

const MAX_WAKE_ATTEMPTS = 5;

/** Whether a lease is over is not asked here: clocks differ, and its run may still be about to end. */
function wakeParts(
  current: Integration,
  db: Database,
): { readonly update: UpdateParts; readonly send: SlotPlan['send'] } {
  const { lease, id } = current;
  const now = db.clock.now();
  const compute = { wakes: 'if_not_exists(#wakes, :zero) + :one' };
  const running = '#leaseToken = :token AND #leaseOwner = :owner';
  if (lease !== null && current.nextSyncAt !== null) {
    const values = { zero: 0, one: 1, token: lease.token, owner: lease.owner };
    return { update: { compute, condition: running, values }, send: [] };
  }
  const first = freeSlot(current, Math.max(now, current.notBefore ?? 0));
  const plan = planSlots({ id, syncInterval: null }, first, now, db.horizonMs);
  const set = {
    dueShard: dueShardOf(id, db.dueShards),
    nextSyncAt: plan.nextSyncAt,
    watchedSlot: plan.watchedSlot ?? undefined,
  };
  const idle = 'attribute_not_exists(#nextSyncAt) AND #syncEnabled = :yes AND attribute_exists(#syncInterval)';
  const values = { zero: 0, one: 1, yes: true };
  if (lease === null) {
    const condition = `${idle} AND attribute_not_exists(#leaseToken)`;
    return { update: { set, compute, condition, values }, send: plan.send };
  }
  // A run by hand looks again at its end and plans anew; the entry is for the case that its worker dies.
  const watch = { ...set, nextSyncAt: Math.max(now, lease.until) + WATCH_GRACE_MS, watchedSlot: first };
  const condition = `${idle} AND ${running}`;
  return {
    update: { set: watch, compute, condition, values: { ...values, token: lease.token, owner: lease.owner } },
    send: [],
  };
}
