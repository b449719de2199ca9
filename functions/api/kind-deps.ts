import type { TestRun } from '../kinds/kind.ts';
import type { RouteDeps, Wake } from '../kinds/route.ts';
import type { Integration } from '../model/integration.ts';
import { wakeIntegration } from '../store/wake-integration.ts';
import type { ApiDeps } from './api-route.ts';
import { enqueue } from './enqueue.ts';

/** API Gateway waits for 30 s; what a provider has not answered by then nobody hears. */
const CALL_MS = 24_000;
/**
 * So long a call may queue for its turn under the rate limit. One that began only shortly before the end would be cut off
 * from its answer; whoever comes too late for a turn is told when to come again, and nothing was sent.
 */
const QUEUE_MS = 8_000;
/** A run is given some seconds more than its deadline to come to its end. */
const RUN_MS = 18_000;

/** What a kind's route is given. */
export function routeDeps(integration: Integration, deps: ApiDeps): RouteDeps {
  return {
    integration,
    data: { client: deps.db.client, tableName: deps.db.tables.data },
    clock: deps.clock,
    ids: deps.ids,
    wake: wakeOf(deps),
    connect: (target) => connectTo(target, deps),
    runNow: (target) => runNow(target, deps),
    breaker: deps.breaker,
  };
}

/** A provider's client for one call from the API. */
export async function connectTo(
  integration: Integration,
  deps: Pick<ApiDeps, 'connect' | 'clock' | 'db'>,
): Promise<TestRun> {
  const signal = AbortSignal.timeout(CALL_MS);
  const { credentials, upstream, memo } = await deps.connect(integration, {
    deadline: deps.clock.now() + QUEUE_MS,
    signal,
  });
  return {
    tenantId: integration.tenantId,
    integrationId: integration.id,
    integration,
    credentials,
    upstream,
    data: { client: deps.db.client, tableName: deps.db.tables.data },
    clock: deps.clock,
    signal,
    memo,
  };
}

/** A run while the caller waits, under the same lease and with the same history as a worker's. */
async function runNow(integration: Integration, deps: ApiDeps): ReturnType<RouteDeps['runNow']> {
  const now = deps.clock.now();
  const { attempted } = await deps.runSync({
    message: {
      v: 1,
      tenantId: integration.tenantId,
      integrationId: integration.id,
      kind: integration.kind,
      slot: now,
      trigger: 'manual',
      scheduleVersion: integration.scheduleVersion,
      runId: deps.ids.next(),
    },
    receiveCount: 1,
    deadline: now + RUN_MS,
  });
  if (attempted === undefined) return { state: 'held' };
  if ('error' in attempted) throw attempted.error;
  return { state: 'done', result: attempted.result };
}

/** Gives an on-demand integration a slot now, unless it has an earlier one or is manual only. */
export function wakeOf(deps: Pick<ApiDeps, 'db' | 'queues' | 'clock' | 'log'>): Wake {
  return async ({ tenantId, id }) => {
    const woken = await wakeIntegration(tenantId, id, deps.db);
    if (woken !== null) await enqueue(woken.integration, woken.send, deps);
  };
}
