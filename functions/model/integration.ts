import type { IntegrationId, TenantId } from './ids.ts';
import type { KindName } from './kind-name.ts';

/** As stored. Times are epoch milliseconds, durations whole seconds; `api/integration-view.ts` makes the API form of it. */
export interface Integration {
  readonly tenantId: TenantId;
  readonly id: IntegrationId;
  readonly name: string;
  readonly kind: KindName;
  readonly provider: string;
  readonly baseUrl: string | null;
  readonly accountId: string | null;
  /** Parsed by the provider's own schema before it was stored. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Seconds; null = manual only. */
  readonly syncInterval: number | null;
  readonly syncEnabled: boolean;
  readonly status: IntegrationStatus;
  /** Set when failures switched it off, so that health can tell a person's pause from ours. */
  readonly disabledReason: string | null;
  /** Consecutive failed attempts. */
  readonly retryCount: number;
  readonly lastSyncAt: number | null;
  readonly lastSyncError: string | null;
  /** Why it is not running right now, and until when. */
  readonly notice: string | null;
  readonly noticeUntil: number | null;
  /** Encrypted; see platform/credentials. */
  readonly credentials: SealedCredentials | null;
  readonly credentialsSetAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Grows with every change a person makes; optimistic concurrency. */
  readonly version: number;

  /** Slots (see docs in store/integrations.ts). */
  readonly scheduleVersion: number;
  /** Index entry: the next slot that nobody has enqueued. Absent: nothing is scheduled. */
  readonly nextSyncAt: number | null;
  /** Set while the index entry is a watchdog behind a message already sent for this slot. */
  readonly watchedSlot: number | null;
  /** First slot of the horizon that was enqueued last. */
  readonly enqueuedFrom: number | null;
  /** Last slot a run was started for. */
  readonly lastSlot: number | null;
  /** True while `lastSlot` has not come to its end (running, or waiting for a retry). */
  readonly slotOpen: boolean;
  /** Slots up to here were skipped or put off. */
  readonly passedSlot: number | null;

  /** Numbers every history entry; a started run's number is its fencing token. */
  readonly runCounter: number;
  readonly lease: Lease | null;
  /** How far the data has been stored; opaque, belongs to the kind. Survives crashes and restarts. */
  readonly cursor: string | null;
  /** Work in progress of an unfinished run; opaque, belongs to the kind. */
  readonly checkpoint: unknown;
  /** Outcomes of the last runs, one letter each, newest last. */
  readonly recent: string;
  readonly lastRecordsCount: number | null;
  readonly lastDurationMs: number | null;
}

export const INTEGRATION_STATUSES = ['pending', 'success', 'partial', 'error', 'disabled'] as const;
export type IntegrationStatus = (typeof INTEGRATION_STATUSES)[number];

export interface Lease {
  readonly owner: string;
  /** Epoch ms. */
  readonly until: number;
  /** The run's number. */
  readonly token: number;
  readonly startedAt: number;
  readonly trigger: Trigger;
  readonly slot: number;
}

export const TRIGGERS = ['schedule', 'manual', 'retry', 'redrive'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface SealedCredentials {
  /** AES-256-GCM of the JSON, base64. */
  readonly sealed: string;
  /** Last four characters of the API key, to recognise it by; absent when it is shorter than 12. */
  readonly hint?: string;
}

export const SYNC_INTERVAL_MIN_SECONDS = 10;
export const SYNC_INTERVAL_MAX_SECONDS = 30 * 24 * 3600;
