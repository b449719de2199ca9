import * as z from 'zod';
import { lastHour } from '../model/activity.ts';
import type { TenantId } from '../model/ids.ts';
import { KIND_NAMES } from '../model/kind-name.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../store/database.ts';
import { countDeadLetters } from '../store/dead-letters.ts';
import { HEALTHS, healthOf, isOverdue, isRunning } from './integration-view.ts';
import { allIntegrations } from './list-page.ts';

const count = z.number().int();
const counts = <T extends string>(names: readonly T[]): z.ZodObject<Record<T, typeof count>> =>
  z.object(Object.fromEntries(names.map((name) => [name, count])) as Record<T, typeof count>);

export const overviewSchema = z.object({
  total: count,
  byKind: counts(KIND_NAMES),
  byHealth: counts(HEALTHS),
  running: count,
  overdue: count,
  deadLetters: count,
  lastHour: z.object({ syncs: count, failures: count }).meta({
    description:
      'Runs that ended in the last hour, rounded up to whole blocks of five minutes, and how many of them failed.',
  }),
});
export type Overview = z.output<typeof overviewSchema>;

/**
 * One walk over the tenant's integrations: a read unit each. What ran in the last hour is on each integration's
 * own item, so no history is read and no run writes a counter for it.
 */
export async function computeOverview(tenantId: TenantId, db: Database): Promise<Overview> {
  const zero = <T extends string>(names: readonly T[]): Record<T, number> =>
    Object.fromEntries(names.map((name) => [name, 0])) as Record<T, number>;
  const now = db.clock.now();
  const overview = {
    total: 0,
    byKind: zero(KIND_NAMES),
    byHealth: zero(HEALTHS),
    running: 0,
    overdue: 0,
    lastHour: { syncs: 0, failures: 0 },
  };
  const deadLetters = countDeadLetters(tenantId, db);
  // Awaited only after the walk; without this a failure before would count as unhandled.
  deadLetters.catch(() => undefined);
  for await (const integration of allIntegrations(tenantId, db)) {
    const activity = lastHour(integration.activity ?? '', now);
    overview.total += 1;
    overview.byKind[integration.kind] += 1;
    overview.byHealth[healthOf(integration, now)] += 1;
    overview.running += isRunning(integration, now) ? 1 : 0;
    overview.overdue += isOverdue(integration, now) ? 1 : 0;
    overview.lastHour.syncs += activity.runs;
    overview.lastHour.failures += activity.failures;
  }
  return { ...overview, deadLetters: await deadLetters };
}

export interface OverviewCache {
  get(tenantId: TenantId): Promise<Overview>;
  /** After a change made here, so that who made it sees it. */
  forget(tenantId: TenantId): void;
}

const FRESH_MS = { min: 5_000, max: 60_000 };
/** An overview is kept for this many times as long as it took, so that looking at one is never the main load. */
const KEEP_FACTOR = 20;
const MAX_TENANTS = 1000;

/** Remembers each tenant's overview for some seconds; those who ask meanwhile share one computation. */
export function createOverviewCache(compute: (tenantId: TenantId) => Promise<Overview>, clock: Clock): OverviewCache {
  const kept = new Map<TenantId, { readonly overview: Promise<Overview>; freshUntil: number }>();
  return {
    async get(tenantId) {
      const known = kept.get(tenantId);
      const startedAt = clock.now();
      if (known !== undefined && startedAt < known.freshUntil) return known.overview;
      const entry = { overview: compute(tenantId), freshUntil: Number.POSITIVE_INFINITY };
      kept.delete(tenantId);
      kept.set(tenantId, entry);
      for (const oldest of kept.keys()) if (kept.size > MAX_TENANTS) kept.delete(oldest);
      try {
        const overview = await entry.overview;
        const took = clock.now() - startedAt;
        entry.freshUntil = clock.now() + Math.min(FRESH_MS.max, Math.max(FRESH_MS.min, KEEP_FACTOR * took));
        return overview;
      } catch (error) {
        if (kept.get(tenantId) === entry) kept.delete(tenantId);
        throw error;
      }
    },
    forget(tenantId) {
      kept.delete(tenantId);
    },
  };
}
