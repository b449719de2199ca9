import { runSync } from '../execute/run-sync.ts';
import type { Kinds } from '../kinds/registry.ts';
import { createAddressGuard } from '../platform/http/address-guard.ts';
import { createUpstreamFactory } from '../platform/upstream/upstream-client.ts';
import { executeDepsOf } from '../runtime/execute-services.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { vaultOf } from '../runtime/services.ts';
import { type Api, createApi } from './api.ts';
import { createOnlyIntegration } from './only-integration.ts';
import { computeOverview, createOverviewCache } from './overview.ts';

export function createApiHandler(runtime: Runtime, kinds?: Kinds): Api {
  const execute = executeDepsOf(runtime, kinds);
  const { db, clock, ids, log, queues, connect } = execute;
  // To look at breakers only: calls go through the one that runs have.
  const limits = { client: db.client, tableName: db.tables.limits };
  const upstreams = createUpstreamFactory({ http: runtime.http, limits, clock });
  const flush = (): void => runtime.meter.flush();
  return createApi({
    db,
    clock,
    ids,
    log,
    kinds: execute.kinds,
    queues,
    connect,
    breaker: ({ tenantId }, url) => upstreams.breaker(tenantId, url),
    vault: vaultOf(runtime),
    subscriptions: runtime.subscriptions,
    addresses: createAddressGuard({ allowedPrivateCidrs: runtime.settings.ALLOWED_PRIVATE_CIDRS }),
    only: createOnlyIntegration(db),
    overviews: createOverviewCache((tenantId) => computeOverview(tenantId, db), clock),
    runSync: (delivery) => runSync(delivery, execute),
  }).use({ after: flush, onError: flush });
}
