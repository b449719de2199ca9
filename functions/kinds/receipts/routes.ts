import { LeaseLost, RetryLater } from '../../model/failure.ts';
import { integrationKey } from '../../model/ids.ts';
import type { Integration } from '../../model/integration.ts';
import { writePageCursor } from '../../model/page-cursor.ts';
import { upcomingSlot } from '../../model/slot.ts';
import type { SyncResult } from '../kind.ts';
import { ApiError, type BreakerView, type Route, type RouteDeps, route } from '../route.ts';
import { BATCH_SIZE } from './deliver-batch.ts';
import { type FiscalDocument, receiptBodySchema } from './fiscal-document.ts';
import { idempotencyKey, takeIn } from './intake.ts';
import { lastEntry } from './journal.ts';
import { type ListedReceipt, listReceipts } from './list-receipts.ts';
import type { Provider } from './providers/provider.ts';
import { countQueue, readQueue } from './queue.ts';
import { notValid } from './redrive.ts';
import { batchReport, buffered, bufferStatus, listQuery, receiptList, workerStatus } from './schema.ts';
import { countSetAside } from './set-aside.ts';
import { openPartition, type Partition } from './store.ts';

const OWN = { from: 'query', kind: 'receipts' } as const;

/** The receipts' part of the HTTP API. */
export function receiptRoutes(providerOf: (integration: Integration) => Provider): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/kkt/receipt',
      summary:
        'Take a receipt in; idempotent by the header Idempotency-Key or idempotency_key in the body, of which one is required',
      role: 'operator',
      integration: OWN,
      header: {
        name: 'Idempotency-Key',
        description: 'A repeat with the same key is the same receipt; with another body: 409.',
      },
      body: receiptBodySchema,
      response: buffered,
      status: 202,
      async handle({ headers, body }, deps) {
        const { idempotency_key: _, ...document } = body;
        const choice = idempotencyKey(headers['idempotency-key'], body);
        const problems = [
          ...('problems' in choice ? choice.problems : []),
          ...providerOf(deps.integration).problems(document),
        ];
        if (problems.length > 0 || 'problems' in choice) throw notValid(problems);
        return takeReceipt(choice.key, document, deps);
      },
    }),
    route({
      method: 'POST',
      path: '/v1/kkt/buffer/sync',
      summary: 'Send one batch now, under the same lease as the worker',
      role: 'operator',
      integration: OWN,
      response: batchReport,
      handle: (_request, deps) => syncNow(deps),
    }),
    route({
      method: 'GET',
      path: '/v1/kkt/buffer/status',
      summary: 'How many receipts there are of each state, and whether the operator is called',
      role: 'viewer',
      integration: OWN,
      response: bufferStatus,
      handle: (_request, deps) => statusOf(deps, providerOf(deps.integration)),
    }),
    route({
      method: 'GET',
      path: '/v1/kkt/worker/status',
      summary: 'Whether the register is being worked on, and when next',
      role: 'viewer',
      integration: OWN,
      response: workerStatus,
      handle: async (_request, { integration, clock }) => workerView(integration, clock.now()),
    }),
    route({
      method: 'GET',
      path: '/v1/kkt/receipts',
      summary: 'Receipts by state: those that wait oldest first, the others newest first',
      role: 'viewer',
      integration: OWN,
      query: listQuery,
      response: receiptList,
      async handle({ query }, deps) {
        const { limit, status, cursor: from } = query;
        const { receipts, next } = await listReceipts({ limit, status, from }, partitionOf(deps));
        return { receipts: receipts.map(receiptView), nextCursor: writePageCursor(next) };
      },
    }),
  ];
}

const partitionOf = ({ data, integration }: RouteDeps): Partition =>
  openPartition(data, integrationKey(integration.tenantId, integration.id));

async function takeReceipt(key: string, document: FiscalDocument, deps: RouteDeps) {
  const intake = await takeIn(key, document, { partition: partitionOf(deps), ids: deps.ids, clock: deps.clock });
  if (intake.state === 'conflict') {
    throw new ApiError(409, 'idempotency_conflict', 'This idempotency key was used for another document.', {
      receipt_id: intake.receiptId,
    });
  }
  // After it is stored: a run that is about to go idle looks again. Also for a repeated request, whose first may have died here.
  if (intake.waits) await deps.wake(deps.integration);
  return { status: 'buffered', receipt_id: intake.receiptId };
}

async function syncNow(deps: RouteDeps) {
  const startedAt = deps.clock.now();
  const report = (status: 'completed' | 'skipped', synced: number, failed: number, skipped: number) => ({
    status,
    synced,
    failed,
    skipped,
    duration_seconds: (deps.clock.now() - startedAt) / 1000,
  });
  try {
    const run = await deps.runNow(deps.integration);
    if (run.state === 'held') return report('skipped', 0, 0, 0);
    const { synced, failed, skipped } = countsOf(run.result);
    return report('completed', synced, failed, skipped);
  } catch (error) {
    // Another run has taken over in the middle of this one.
    if (error instanceof LeaseLost) return report('skipped', 0, 0, 0);
    if (!(error instanceof RetryLater)) throw error;
    const { entries } = await readQueue({ limit: BATCH_SIZE }, partitionOf(deps));
    return report('completed', 0, 0, entries.length);
  }
}

const countsOf = ({ details }: SyncResult) => ({
  synced: Number(details.synced ?? 0),
  failed: Number(details.failed ?? 0),
  skipped: Number(details.skipped ?? 0),
});

async function statusOf(deps: RouteDeps, provider: Provider) {
  const partition = partitionOf(deps);
  const closed: BreakerView = { state: 'closed', until: null };
  const [{ oldestAt, ...waiting }, { count }, deadLettered, breaker] = await Promise.all([
    countQueue(partition),
    lastEntry(partition),
    countSetAside(partition),
    deps.breaker?.(deps.integration, provider.baseUrl(deps.integration)) ?? closed,
  ]);
  return {
    ...waiting,
    synced: count,
    dead_lettered: deadLettered,
    oldest_pending_at: isoTime(oldestAt),
    breaker: { state: breaker.state, until: isoTime(breaker.until) },
  };
}

function workerView(integration: Integration, now: number) {
  const { lease, retryCount, lastRun } = integration;
  const running = lease !== null && lease.until > now;
  return {
    running,
    consecutive_failures: retryCount,
    next_run_at: isoTime(upcomingSlot(integration)),
    last_run_at: isoTime(running ? lease.startedAt : (lastRun?.startedAt ?? null)),
  };
}

function receiptView({
  receiptId,
  status,
  retryCount,
  lastError,
  createdAt,
  syncedAt,
  key,
  document,
  fiscal,
}: ListedReceipt) {
  return {
    receipt_id: receiptId,
    status,
    retry_count: retryCount,
    last_error: lastError,
    created_at: isoTime(createdAt),
    synced_at: isoTime(syncedAt),
    // The shop's own words win over what an operator calls the same.
    fiscal_doc: { ...fiscal, ...document, idempotency_key: key },
  };
}

const isoTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
