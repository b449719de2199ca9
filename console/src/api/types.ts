/** The answers of the HTTP API, as the console reads them. Times are ISO 8601 UTC with milliseconds. */

export const KINDS = ['carrier', 'vehicle', 'source', 'receipts'] as const;
export type KindName = (typeof KINDS)[number];

export const HEALTHS = ['green', 'yellow', 'red', 'grey'] as const;
export type Health = (typeof HEALTHS)[number];

export const STATUSES = ['pending', 'success', 'partial', 'error', 'disabled'] as const;
export type Status = (typeof STATUSES)[number];

export type Outcome = 'SUCCESS' | 'PARTIAL' | 'FAILED' | 'DEFERRED';

export interface Integration {
  readonly id: string;
  readonly name: string;
  readonly kind: KindName;
  readonly provider: string;
  readonly baseUrl: string | null;
  readonly accountId: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  /** Seconds; null: by hand only. */
  readonly syncInterval: number | null;
  readonly syncEnabled: boolean;
  readonly status: Status;
  readonly health: Health;
  readonly running: boolean;
  readonly nextSyncAt: string | null;
  readonly lastSyncAt: string | null;
  readonly lastSyncError: string | null;
  readonly retryCount: number;
  readonly disabledReason: string | null;
  readonly notice: string | null;
  readonly credentialsSetAt: string | null;
  readonly apiKeyLast4: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** With `include=recent`. */
export interface ListedIntegration extends Integration {
  /** Outcomes of the last 20 runs, newest last. */
  readonly recent?: readonly Outcome[] | undefined;
  readonly lastRecordsCount?: number | null | undefined;
  readonly lastDurationMs?: number | null | undefined;
}

export interface IntegrationPage {
  readonly integrations: readonly ListedIntegration[];
  readonly nextCursor: string | null;
}

export const CREDENTIAL_NAMES = ['apiKey', 'apiSecret', 'username', 'password', 'token'] as const;
export type CredentialName = (typeof CREDENTIAL_NAMES)[number];

export interface NewIntegration {
  readonly name: string;
  readonly kind: KindName;
  readonly provider: string;
  readonly baseUrl?: string | null;
  readonly accountId?: string | null;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly credentials?: Readonly<Partial<Record<CredentialName, string>>>;
  readonly syncInterval?: number | null;
  readonly syncEnabled?: boolean;
}

export interface IntegrationChange {
  readonly version?: number;
  readonly name?: string;
  readonly baseUrl?: string | null;
  readonly accountId?: string | null;
  readonly config?: Readonly<Record<string, unknown>>;
  /** The named ones are replaced, null removes one, the others stay. */
  readonly credentials?: Readonly<Partial<Record<CredentialName, string | null>>>;
}

export interface SyncSettings {
  readonly syncInterval?: number | null;
  readonly syncEnabled?: boolean;
}

export interface TestAnswer {
  readonly ok: boolean;
  readonly detail: unknown;
  readonly latencyMs: number;
}

export const RUN_STATUSES = ['PENDING', 'RUNNING', 'SUCCESS', 'PARTIAL', 'FAILED', 'DEFERRED', 'SKIPPED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type Trigger = 'schedule' | 'manual' | 'retry' | 'redrive';

export interface RunLog {
  readonly id: string;
  readonly run: number;
  readonly status: RunStatus;
  readonly trigger: Trigger;
  readonly scheduledFor: string;
  readonly startedAt: string;
  readonly completedAt: string | null;
  /** Milliseconds. */
  readonly duration: number | null;
  readonly recordsCount: number;
  readonly errorMessage: string | null;
  readonly details: Readonly<Record<string, number | string | null>>;
}

export interface HistoryPage {
  readonly logs: readonly RunLog[];
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
}

export interface Overview {
  readonly total: number;
  readonly byKind: Readonly<Record<KindName, number>>;
  readonly byHealth: Readonly<Record<Health, number>>;
  readonly running: number;
  readonly overdue: number;
  readonly deadLetters: number;
  readonly lastHour: { readonly syncs: number; readonly failures: number };
}

export interface TenantEvent {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly integrationId: string | null;
  readonly message: string;
}

export interface EventPage {
  readonly events: readonly TenantEvent[];
  readonly nextCursor: string | null;
}

export interface TenantSettings {
  readonly vehicleDefaultApiKey: {
    readonly set: boolean;
    readonly last4: string | null;
    readonly setAt: string | null;
  };
  readonly notificationEmail: string | null;
}

export interface SavedSettings extends TenantSettings {
  /** What the owner of a new address has to know. */
  readonly notice?: string;
}

export interface TenantSettingsChange {
  readonly vehicleDefaultApiKey?: string | null;
  readonly notificationEmail?: string | null;
}

export interface DeadLetter {
  readonly id: string;
  readonly kind: KindName | null;
  readonly integrationId: string | null;
  readonly reason: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly firstFailureAt: string;
  readonly lastFailureAt: string;
  readonly createdAt: string;
  readonly subject: { readonly type: 'message' | 'receipt' | 'malformed'; readonly receiptId?: string | undefined };
}

export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  readonly nextCursor: string | null;
}

export interface RedriveReport {
  readonly dryRun: boolean;
  readonly count: number;
  readonly redriven: readonly { readonly id: string; readonly runId: string | null }[];
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  readonly nextCursor: string | null;
}
