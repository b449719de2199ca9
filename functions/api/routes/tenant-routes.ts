import * as z from 'zod';
import { TENANT_SECRETS } from '../../model/credentials.ts';
import { nextCursor, pageQuery, writePageCursor } from '../../model/page-cursor.ts';
import { listEvents } from '../../store/events.ts';
import { readSettings, type TenantSettings } from '../../store/settings.ts';
import { apiRoute } from '../api-route.ts';
import { changeWithEmail } from '../change-notification-email.ts';
import { secret } from '../integration-body.ts';
import { isoTime, toIso } from '../integration-view.ts';
import { overviewSchema } from '../overview.ts';

const overview = apiRoute({
  method: 'GET',
  path: '/api/overview',
  summary: 'How the tenant’s integrations are. May be some seconds old.',
  role: 'viewer',
  etag: true,
  response: overviewSchema,
  handle: ({ tenantId }, { overviews }) => overviews.get(tenantId),
});

const events = apiRoute({
  method: 'GET',
  path: '/api/events',
  summary: 'What people must know, newest first: disabled, recovered, dead-lettered, breaker opened or closed.',
  role: 'viewer',
  query: pageQuery,
  response: z.object({
    events: z.array(
      z.object({
        id: z.string(),
        at: isoTime,
        type: z.string(),
        integrationId: z.string().nullable(),
        message: z.string(),
      }),
    ),
    nextCursor,
  }),
  async handle({ tenantId, query: { limit, cursor } }, { db }) {
    const page = await listEvents(tenantId, { limit, before: cursor ?? null }, db);
    return {
      events: page.events.map((event) => ({ ...event, at: toIso(event.at) })),
      nextCursor: writePageCursor(page.next),
    };
  },
});

const settingsSchema = z.object({
  vehicleDefaultApiKey: z.object({
    set: z.boolean(),
    last4: z.string().nullable().meta({ description: 'Of a key long enough that it gives nothing away.' }),
    setAt: isoTime.nullable(),
  }),
  notificationEmail: z.string().nullable(),
});

const getSettings = apiRoute({
  method: 'GET',
  path: '/api/settings',
  summary: 'The tenant’s own settings.',
  role: 'viewer',
  response: settingsSchema,
  handle: async ({ tenantId }, { db }) => viewSettings(await readSettings(tenantId, db)),
});

const putSettings = apiRoute({
  method: 'PUT',
  path: '/api/settings',
  summary: 'Set the named settings; null removes one, the others stay.',
  role: 'operator',
  body: z.strictObject({
    vehicleDefaultApiKey: secret.nullable().optional(),
    notificationEmail: z.email().max(254).nullable().optional(),
  }),
  response: settingsSchema.extend({
    notice: z.string().optional().meta({ description: 'With a new address: it has to confirm a mail first.' }),
  }),
  async handle({ tenantId, body: { vehicleDefaultApiKey: apiKey, notificationEmail } }, deps) {
    const sealed = typeof apiKey === 'string' ? await deps.vault.seal(tenantId, TENANT_SECRETS, { apiKey }) : apiKey;
    const changes = { vehicleDefaultApiKey: sealed, notificationEmail };
    const { settings, notice } = await changeWithEmail(tenantId, changes, deps);
    return { ...viewSettings(settings), ...(notice !== undefined && { notice }) };
  },
});

function viewSettings({
  vehicleDefaultApiKey: key,
  vehicleDefaultApiKeySetAt,
  notificationEmail,
}: TenantSettings): z.output<typeof settingsSchema> {
  return {
    vehicleDefaultApiKey: { set: key !== null, last4: key?.hint ?? null, setAt: toIso(vehicleDefaultApiKeySetAt) },
    notificationEmail,
  };
}

export const tenantRoutes = [overview, events, getSettings, putSettings];
