import * as z from 'zod';
import { requestPurge, requestSync } from '../../dispatch/send-sync.ts';
import { inOrder } from '../../model/in-order.ts';
import { INTEGRATION_STATUSES, RUN_STATUSES, TRIGGERS } from '../../model/integration.ts';
import { KIND_NAMES } from '../../model/kind-name.ts';
import { nextCursor, pageQuery, writePageCursor } from '../../model/page-cursor.ts';
import { deleteIntegration } from '../../store/integrations.ts';
import { apiRoute } from '../api-route.ts';
import { apply, change, checkPatch } from '../change-integration.ts';
import { checkCreate, create } from '../create-integration.ts';
import { sending } from '../enqueue.ts';
import { noSuchIntegration } from '../find-integration.ts';
import { createBody, patchBody, syncSettingsBody } from '../integration-body.ts';
import {
  HEALTHS,
  integrationSchema,
  isoTime,
  recentSchema,
  toIso,
  viewIntegration,
  viewRecent,
} from '../integration-view.ts';
import { listPage, MAX_READ } from '../list-page.ts';
import { type LogEntry, SEARCHED_ENTRIES, syncHistory } from '../sync-history.ts';
import { testConnection, testResultSchema } from '../test-connection.ts';

const one = { from: 'path' } as const;

const listIntegrations = apiRoute({
  method: 'GET',
  path: '/api/integrations',
  summary: `Integrations, oldest first. A page is filled although filters leave some out; where they leave out nearly all, a request looks at ${MAX_READ} and gives a cursor for the rest.`,
  role: 'viewer',
  etag: true,
  query: pageQuery.extend({
    kind: z.enum(KIND_NAMES).optional(),
    status: z.enum(INTEGRATION_STATUSES).optional(),
    health: z.enum(HEALTHS).optional(),
    q: z.string().max(200).optional().meta({ description: 'Part of name, id, provider, account or address.' }),
    include: z.enum(['recent']).optional(),
  }),
  response: z.object({ integrations: z.array(integrationSchema.extend(recentSchema.shape)), nextCursor }),
  async handle({ tenantId, query }, { db, clock }) {
    const { limit, cursor, kind, status, health, q, include } = query;
    const page = await listPage(tenantId, { limit, after: cursor ?? null }, { kind, status, health, q }, db);
    const now = clock.now();
    return {
      integrations: page.integrations.map((integration) => ({
        ...viewIntegration(integration, now),
        ...(include === 'recent' && viewRecent(integration)),
      })),
      nextCursor: writePageCursor(page.next),
    };
  },
});

const createIntegration = apiRoute({
  method: 'POST',
  path: '/api/integrations',
  summary: 'Create an integration; it runs at once.',
  role: 'operator',
  header: {
    name: 'Idempotency-Key',
    description: 'A repeat with the same key is answered as the first was, for a day; with another body: 409.',
  },
  body: createBody,
  response: integrationSchema,
  status: 201,
  check: (body, _request, deps) => checkCreate(body, deps),
  handle: ({ tenantId, body, headers }, deps) => create(tenantId, body, headers['idempotency-key'], deps),
});

const getIntegration = apiRoute({
  method: 'GET',
  path: '/api/integrations/{id}',
  summary: 'One integration.',
  role: 'viewer',
  integration: one,
  response: integrationSchema,
  handle: async ({ integration }, { clock }) => viewIntegration(integration, clock.now()),
});

const changeIntegration = apiRoute({
  method: 'PATCH',
  path: '/api/integrations/{id}',
  summary: 'Change the named fields. With a version: only if it is still that one.',
  role: 'operator',
  integration: one,
  body: patchBody,
  response: integrationSchema,
  check: (body, { integration }, deps) => checkPatch(body, integration, deps),
  handle: ({ integration, body }, deps) => change(integration, body, deps),
});

const removeIntegration = apiRoute({
  method: 'DELETE',
  path: '/api/integrations/{id}',
  summary: 'Delete an integration: no new run starts, and its data are removed.',
  role: 'operator',
  integration: one,
  response: z.undefined(),
  status: 204,
  async handle({ integration }, deps) {
    // Asked for first: after the delete nobody would know that there are data to remove. It waits until the integration is gone.
    await sending(requestPurge(integration, deps), deps);
    if ((await deleteIntegration(integration.tenantId, integration.id, deps.db)) === undefined)
      throw noSuchIntegration();
  },
});

const test = apiRoute({
  method: 'POST',
  path: '/api/integrations/{id}/test',
  summary: 'Call the provider without storing anything.',
  role: 'operator',
  integration: one,
  response: testResultSchema,
  handle: ({ integration }, deps) => testConnection(integration, deps),
});

const sync = apiRoute({
  method: 'POST',
  path: '/api/integrations/{id}/sync',
  summary:
    'Sync now, also where the schedule is switched off. Does not move the next slot; a failure starts no retries.',
  role: 'operator',
  integration: one,
  response: z.object({
    runId: z.string().meta({ description: 'The id its history entry will have.' }),
    queued: z.literal(true),
  }),
  status: 202,
  async handle({ integration }, deps) {
    const { runId } = await sending(requestSync(integration, 'manual', deps), deps);
    return { runId, queued: true };
  },
});

const changeSyncSettings = apiRoute({
  method: 'PATCH',
  path: '/api/integrations/{id}/sync-settings',
  summary: 'Change the schedule. Switching on again resets the retry count and runs at once.',
  role: 'operator',
  integration: one,
  body: syncSettingsBody,
  response: integrationSchema,
  handle: ({ integration, body }, deps) => apply(integration, body, undefined, deps),
});

const logSchema = z.object({
  id: z.string(),
  run: z.number().int(),
  status: z.enum(RUN_STATUSES),
  trigger: z.enum(TRIGGERS),
  scheduledFor: isoTime.meta({ description: 'Of a manual run: when it was asked for.' }),
  startedAt: isoTime,
  completedAt: isoTime.nullable(),
  duration: z.number().int().nullable().meta({ description: 'Milliseconds; of a run going on, so far.' }),
  recordsCount: z.number().int(),
  errorMessage: z.string().nullable(),
  details: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
});

const readHistory = apiRoute({
  method: 'GET',
  path: '/api/integrations/{id}/sync-history',
  summary: `Runs, newest first. With a status, the newest ${SEARCHED_ENTRIES} entries are looked at, and total counts those of them that have it.`,
  role: 'viewer',
  integration: one,
  query: z.object({
    page: z.coerce.number().int().min(1).max(1_000_000_000).default(1),
    pageSize: z.coerce.number().int().min(1).max(100).default(20),
    status: z.enum(RUN_STATUSES).optional(),
  }),
  response: z.object({
    logs: z.array(logSchema),
    total: z.number().int(),
    page: z.number().int(),
    pageSize: z.number().int(),
  }),
  async handle({ integration, query }, { db, clock }) {
    const now = clock.now();
    const { logs, total } = await syncHistory(integration, query, now, db);
    return {
      logs: logs.map((entry) => viewLog(entry, now)),
      total,
      page: query.page,
      pageSize: query.pageSize,
    };
  },
});

function viewLog(entry: LogEntry, now: number) {
  const { id, run, status, trigger, scheduledFor, startedAt, completedAt, recordsCount, errorMessage, details } = entry;
  return {
    ...{ id, run, status, trigger },
    scheduledFor: toIso(scheduledFor),
    startedAt: toIso(startedAt),
    completedAt: toIso(completedAt),
    duration: durationOf(status === 'RUNNING' ? now : completedAt, startedAt),
    ...{ recordsCount, errorMessage, details: inOrder(details) },
  };
}

/** Clocks of two workers may differ; a run never took less than nothing. */
const durationOf = (end: number | null, start: number): number | null =>
  end === null ? null : Math.max(0, end - start);

export const integrationRoutes = [
  listIntegrations,
  createIntegration,
  getIntegration,
  changeIntegration,
  removeIntegration,
  test,
  sync,
  changeSyncSettings,
  readHistory,
];
