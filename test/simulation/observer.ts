import type { Item } from '../support/memory-dynamodb/expression.ts';
import type { World } from '../support/world.ts';

/** Watches every write of an integration's item and notes what may never happen. */
export function observeIntegrations(
  world: World,
  {
    steadyClocks = false,
    outUntil = () => 0,
  }: { readonly steadyClocks?: boolean; readonly outUntil?: () => number } = {},
): Observed {
  const violations: string[] = [];
  const enqueued: Enqueued[] = [];
  const switchedOff = new Map<string, number>();
  const mustBeTold: string[] = [];
  const last = new Map<string, Item>();
  const table = world.dynamo.table('integrations');
  const set = table.set.bind(table);
  table.set = (item: Item): void => {
    const before = last.get(String(item.pk));
    if (before !== undefined) {
      violations.push(...check(before, item).map((what) => `${item.pk}: ${what}`));
      if (steadyClocks && takenAlive(before, item, world.clock.now()))
        violations.push(`${item.pk}: a live lease was taken`);
      if (before.disabledReason !== item.disabledReason) {
        const since = switchedOff.get(String(item.id));
        if (since !== undefined && world.clock.now() - Math.max(since, outUntil()) > TELLING_MS)
          mustBeTold.push(String(item.id));
        if (item.disabledReason === undefined) switchedOff.delete(String(item.id));
        else switchedOff.set(String(item.id), world.clock.now());
      }
      if (item.enqueuedFrom !== undefined && item.enqueuedFrom !== before.enqueuedFrom) {
        enqueued.push({
          pk: String(item.pk),
          slot: Number(item.enqueuedFrom),
          scheduleVersion: Number(item.scheduleVersion),
        });
      }
    }
    last.set(String(item.pk), item);
    set(item);
  };
  return { violations, enqueued, mustBeTold };
}

export interface Observed {
  readonly violations: string[];
  /** Slots that were enqueued by a tick or a change of schedule: each has to end in a history entry. */
  readonly enqueued: readonly Enqueued[];
  /** Integrations that were switched off by failures and stayed so for a while with workers and without an outage, once for each time. */
  readonly mustBeTold: readonly string[];
}

/** A worker that dies over it, and its message's next delivery; twice. */
const TELLING_MS = 400_000;

export interface Enqueued {
  readonly pk: string;
  readonly slot: number;
  readonly scheduleVersion: number;
}

/** Only where all clocks agree: with a skewed one a lease can look over to another worker. */
function takenAlive(before: Item, after: Item, now: number): boolean {
  const changedHands = after.leaseToken !== undefined && Number(after.leaseToken) > Number(before.leaseToken);
  return changedHands && Number(before.leaseUntil) > now;
}

function check(before: Item, after: Item): string[] {
  const found: string[] = [];
  const shrinks = (name: string): boolean => Number(after[name] ?? 0) < Number(before[name] ?? 0);
  if (shrinks('runCounter')) found.push('the run counter went back');
  if (after.leaseToken !== undefined && before.leaseToken !== undefined && shrinks('leaseToken')) {
    found.push('the fencing token went back');
  }
  if (shrinks('lastSlot')) found.push('a slot was run after a later one');
  if (shrinks('passedSlot')) found.push('a slot passed after a later one');
  if (after.cursor !== undefined && shrinks('cursor')) found.push('the cursor went back');
  const scheduled = after.syncEnabled === true && after.syncInterval !== undefined && after.kind !== 'receipts';
  if (scheduled && (after.nextSyncAt === undefined || after.dueShard === undefined)) {
    found.push('enabled and scheduled, but not in the index');
  }
  if (after.syncEnabled === false && after.nextSyncAt !== undefined) found.push('switched off, but in the index');
  // Looked at now and then: it takes longer than all of the above.
  const stored = Number(after.runCounter) % 16 === 0 ? JSON.stringify(after).length : 0;
  if (stored > 3000) found.push(`the item has grown to ${stored} characters`);
  return found;
}
