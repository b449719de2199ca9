import type { Item } from '../support/memory-dynamodb/expression.ts';
import type { World } from '../support/world.ts';

/** Watches every write of an integration's item and notes what may never happen. */
export function observeIntegrations(world: World): { readonly violations: string[] } {
  const violations: string[] = [];
  const last = new Map<string, Item>();
  const table = world.dynamo.table('integrations');
  const set = table.set.bind(table);
  table.set = (item: Item): void => {
    const before = last.get(String(item.pk));
    if (before !== undefined) violations.push(...check(before, item).map((what) => `${item.pk}: ${what}`));
    last.set(String(item.pk), structuredClone(item));
    set(item);
  };
  return { violations };
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
  const stored = JSON.stringify(after).length;
  if (stored > 3000) found.push(`the item has grown to ${stored} characters`);
  return found;
}
