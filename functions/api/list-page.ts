import type { TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Database } from '../store/database.ts';
import { listIntegrations } from '../store/integrations.ts';
import { type Health, healthOf } from './integration-view.ts';

export interface ListFilter {
  readonly kind?: KindName | undefined;
  readonly status?: Integration['status'] | undefined;
  readonly health?: Health | undefined;
  /** Part of the name, id, provider, account or address; upper and lower case are the same. */
  readonly q?: string | undefined;
}

const READ_AT_ONCE = 100;
/** Where a filter leaves out nearly everything, one request reads this many and hands on a cursor for the rest. */
export const MAX_READ = 10_000;

/**
 * A page of a tenant's integrations, oldest first, filled although a filter leaves some out.
 * `next`: the last id looked at, null when nothing is left.
 */
export async function listPage(
  tenantId: TenantId,
  page: { readonly limit: number; readonly after: string | null },
  filter: ListFilter,
  db: Database,
): Promise<{ readonly integrations: readonly Integration[]; readonly next: string | null }> {
  const matches = matcherOf(filter, db.clock.now());
  const filtered = Object.values(filter).some((wanted) => wanted !== undefined);
  const found: Integration[] = [];
  let after: string | null = page.after;
  for (let read = 0; read < MAX_READ; ) {
    // One more than the page holds tells whether there is another page.
    const limit = filtered ? READ_AT_ONCE : Math.min(READ_AT_ONCE, page.limit + 1 - found.length);
    const { integrations, nextAfter } = await listIntegrations(tenantId, { limit, ...(after && { after }) }, db);
    found.push(...integrations.filter(matches));
    if (found.length > page.limit) {
      const first = found.slice(0, page.limit);
      return { integrations: first, next: first.at(-1)?.id ?? null };
    }
    if (nextAfter === null) return { integrations: found, next: null };
    after = nextAfter;
    read += limit;
  }
  return { integrations: found, next: after };
}

/** All of a tenant's integrations, page by page. */
export async function* allIntegrations(tenantId: TenantId, db: Database): AsyncGenerator<Integration> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listIntegrations>> = await listIntegrations(
      tenantId,
      { limit: READ_AT_ONCE, ...(after && { after }) },
      db,
    );
    yield* page.integrations;
    after = page.nextAfter;
  } while (after !== null);
}

function matcherOf({ kind, status, health, q }: ListFilter, now: number): (integration: Integration) => boolean {
  const wanted = q?.toLowerCase();
  return (integration) =>
    (kind === undefined || integration.kind === kind) &&
    (status === undefined || integration.status === status) &&
    (health === undefined || healthOf(integration, now) === health) &&
    (wanted === undefined || searchable(integration).some((text) => text?.toLowerCase().includes(wanted)));
}

const searchable = ({ name, id, provider, accountId, baseUrl }: Integration): readonly (string | null)[] => [
  name,
  id,
  provider,
  accountId,
  baseUrl,
];
