import * as z from 'zod';
import { inOrder } from '../model/in-order.ts';
import { INTEGRATION_STATUSES, type Integration, RECENT_LETTERS } from '../model/integration.ts';
import { KIND_NAMES } from '../model/kind-name.ts';
import { upcomingSlot } from '../model/slot.ts';

export const HEALTHS = ['green', 'yellow', 'red', 'grey'] as const;
export type Health = (typeof HEALTHS)[number];

/** A slot this late, with nothing running, is overdue. Longer than any delay that mends itself. */
const OVERDUE_AFTER_MS = 60_000;

export const isoTime = z.iso.datetime();

export const integrationSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(KIND_NAMES),
  provider: z.string(),
  baseUrl: z.string().nullable().meta({ description: 'Null: the provider’s documented address.' }),
  accountId: z.string().nullable(),
  config: z.record(z.string(), z.unknown()),
  syncInterval: z.number().int().nullable().meta({ description: 'Seconds; null: by hand only.' }),
  syncEnabled: z.boolean(),
  status: z.enum(INTEGRATION_STATUSES),
  health: z.enum(HEALTHS).meta({
    description:
      'green: the last run succeeded and none is overdue; yellow: partial, retrying, deferred or overdue; red: error, or disabled by failures; grey: never ran, by hand only, or switched off by a person.',
  }),
  running: z.boolean(),
  nextSyncAt: isoTime.nullable().meta({ description: 'The slot that will run next; null when none will.' }),
  lastSyncAt: isoTime.nullable(),
  lastSyncError: z.string().max(500).nullable(),
  retryCount: z.number().int(),
  disabledReason: z.string().nullable(),
  notice: z.string().nullable().meta({ description: 'Why it is not running right now, and until when.' }),
  credentialsSetAt: isoTime.nullable(),
  apiKeyLast4: z.string().nullable().meta({ description: 'Of a key long enough that it gives nothing away.' }),
  createdAt: isoTime,
  updatedAt: isoTime,
  version: z.number().int(),
});

/** What the list adds with `include=recent`. */
export const recentSchema = z.object({
  recent: z
    .array(z.enum(['SUCCESS', 'PARTIAL', 'FAILED', 'DEFERRED']))
    .optional()
    .meta({ description: 'With include=recent: outcomes of the last 20 runs, newest last.' }),
  lastRecordsCount: z.number().int().nullable().optional().meta({ description: 'With include=recent.' }),
  lastDurationMs: z.number().int().nullable().optional().meta({ description: 'With include=recent.' }),
});

export type IntegrationView = z.output<typeof integrationSchema>;

/** The API form of an integration. Credentials never leave: only when they were set, and what a key ends with. */
export function viewIntegration(integration: Integration, now: number): IntegrationView {
  const hint = integration.credentials?.hint;
  return {
    id: integration.id,
    name: integration.name,
    kind: integration.kind,
    provider: integration.provider,
    baseUrl: integration.baseUrl,
    accountId: integration.accountId,
    // In one order, or the same list would have another ETag at every look.
    config: inOrder(integration.config),
    syncInterval: integration.syncInterval,
    syncEnabled: integration.syncEnabled,
    status: integration.status,
    health: healthOf(integration, now),
    running: isRunning(integration, now),
    nextSyncAt: toIso(upcomingSlot(integration)),
    lastSyncAt: toIso(integration.lastSyncAt),
    lastSyncError: integration.lastSyncError?.slice(0, 500) ?? null,
    retryCount: integration.retryCount,
    disabledReason: integration.disabledReason,
    notice: isPutOff(integration, now) ? integration.notice : null,
    credentialsSetAt: toIso(integration.credentialsSetAt),
    apiKeyLast4: hint ?? null,
    createdAt: new Date(integration.createdAt).toISOString(),
    updatedAt: new Date(integration.updatedAt).toISOString(),
    version: integration.version,
  };
}

export function viewRecent({ recent, lastRun }: Integration): z.output<typeof recentSchema> {
  return {
    recent: [...recent].flatMap((letter) =>
      Object.hasOwn(RECENT_LETTERS, letter) ? [RECENT_LETTERS[letter as keyof typeof RECENT_LETTERS]] : [],
    ),
    lastRecordsCount: lastRun?.recordsCount ?? null,
    lastDurationMs: lastRun === null ? null : lastRun.completedAt - lastRun.startedAt,
  };
}

export function healthOf(integration: Integration, now: number): Health {
  const { status, syncEnabled, disabledReason, syncInterval } = integration;
  if (!syncEnabled) return disabledReason === null ? 'grey' : 'red';
  if (syncInterval === null) return 'grey';
  if (isRetrying(integration, now)) return 'yellow';
  if (status === 'error' || status === 'disabled') return 'red';
  if (status === 'partial' || isPutOff(integration, now) || isOverdue(integration, now)) return 'yellow';
  return status === 'pending' ? 'grey' : 'green';
}

/** A lease that has run out belongs to a worker that died. */
export function isRunning({ lease }: Integration, now: number): boolean {
  return lease !== null && lease.until > now;
}

export function isOverdue(integration: Integration, now: number): boolean {
  const slot = upcomingSlot(integration);
  return slot !== null && slot < now - OVERDUE_AFTER_MS && !isRunning(integration, now);
}

/** An attempt failed and another one follows, or is going on. */
function isRetrying(integration: Integration, now: number): boolean {
  const { slotOpen, retryAt, retryCount, lease } = integration;
  const waiting = slotOpen && retryAt !== null;
  const again = retryCount > 0 && isRunning(integration, now) && lease?.trigger === 'retry';
  return waiting || again;
}

function isPutOff({ notice, noticeUntil }: Integration, now: number): boolean {
  return notice !== null && (noticeUntil === null || noticeUntil > now);
}

export const toIso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
