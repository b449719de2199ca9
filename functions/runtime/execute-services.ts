import type { ExecuteDeps } from '../execute/execute-deps.ts';
import { type Kinds, kindsWith } from '../kinds/registry.ts';
import { createUpstreamFactory } from '../platform/upstream/upstream-client.ts';
import { recordDeadLetter } from '../store/dead-letters.ts';
import { createConnect } from './connect.ts';
import type { Runtime } from './runtime.ts';
import { databaseOf, notifierOf, queuesOf, vaultOf } from './services.ts';

/** What runs need, made from a runtime; it carries every kind. */
export function executeDepsOf(
  runtime: Runtime,
  kinds: Kinds = kindsWith({ measurementRetentionDays: runtime.settings.MEASUREMENT_RETENTION_DAYS }),
): ExecuteDeps {
  const { clock, ids, log, meter, stopSignal, http } = runtime;
  const db = databaseOf(runtime);
  const notifier = notifierOf(runtime);
  const upstreams = createUpstreamFactory({
    http,
    limits: { client: db.client, tableName: db.tables.limits },
    clock,
    log,
    ...(runtime.storeClock !== undefined && { storeClock: runtime.storeClock }),
    onCall: ({ kind, provider, latencyMs }) => meter.add('UpstreamLatencyMs', latencyMs, { kind, provider }),
    onBreaker: async ({ tenantId, integrationId, kind, provider, origin, state }) => {
      if (state === 'opened') meter.add('BreakerOpened', 1, { kind, provider });
      await notifier.notify({
        tenantId,
        integrationId,
        kind,
        type: state === 'opened' ? 'breaker_opened' : 'breaker_closed',
        severity: state === 'opened' ? 'warning' : 'info',
        message: state === 'opened' ? `${origin} keeps failing: no calls for 60 s` : `${origin} answers again`,
      });
    },
  });
  return {
    db,
    kinds,
    breaker: (tenantId, url) => upstreams.breaker(tenantId, url),
    connect: createConnect({ kinds, vault: vaultOf(runtime), upstreams, db }),
    queues: queuesOf(runtime),
    notifier,
    clock,
    ids,
    log,
    meter,
    recordDeadLetter: (letter) => recordDeadLetter(letter, db),
    stopSignal,
  };
}
