import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Database } from '../store/database.ts';
import { getIntegration } from '../store/integrations.ts';
import { invalid } from './invalid.ts';
import { allIntegrations } from './list-page.ts';

/** For requests that leave out which integration they are about, where the tenant has exactly one of the kind. */
export interface OnlyIntegration {
  /** Undefined when there is none. Throws 400 when there are several. */
  find(tenantId: TenantId, kind: KindName | undefined): Promise<Integration | undefined>;
  /** After a change made here. */
  forget(tenantId: TenantId): void;
}

/** A till sends receipt after receipt: the walk over all integrations is made once in this time. */
const KNOWN_MS = 10_000;
const MAX_TENANTS = 1000;

export function createOnlyIntegration(db: Database): OnlyIntegration {
  const known = new Map<TenantId, { readonly kind: KindName | undefined; readonly id: IntegrationId; until: number }>();
  return {
    async find(tenantId, kind) {
      const now = db.clock.now();
      const last = known.get(tenantId);
      if (last !== undefined && last.kind === kind && now < last.until) {
        const integration = await getIntegration(tenantId, last.id, db);
        if (integration !== undefined) return integration;
      }
      const only = await search(tenantId, kind, db);
      known.delete(tenantId);
      if (known.size >= MAX_TENANTS) known.clear();
      if (only !== undefined) known.set(tenantId, { kind, id: only.id, until: now + KNOWN_MS });
      return only;
    },
    forget(tenantId) {
      known.delete(tenantId);
    },
  };
}

/** Stops at the second: with two, the request has to say which. */
async function search(tenantId: TenantId, kind: KindName | undefined, db: Database): Promise<Integration | undefined> {
  let only: Integration | undefined;
  for await (const integration of allIntegrations(tenantId, db)) {
    if (kind !== undefined && integration.kind !== kind) continue;
    if (only !== undefined) {
      throw invalid([
        { path: 'integrationId', message: `is needed: there is more than one ${kind ?? ''} integration` },
      ]);
    }
    only = integration;
  }
  return only;
}
