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
  /** When failures switched it off: what tells one switch-off from another when people are told. */
  readonly disabledAt: number | null;
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

  /** Grows when interval or enabled changes; a message of an older schedule is dropped. */
  readonly scheduleVersion: number;
  /** Index entry: the next slot that nobody has enqueued, or the watchdog of `watchedSlot`. Null: nothing is scheduled. */
  readonly nextSyncAt: number | null;
  /** Set while a message for this slot was sent outside the tick: the index entry then only watches that it arrives. */
  readonly watchedSlot: number | null;
  /** First slot of the horizon that was enqueued last. */
  readonly enqueuedFrom: number | null;
  /** Last slot a run was started for. */
  readonly lastSlot: number | null;
  /** True while `lastSlot` has not come to its end (running, or waiting for a retry). */
  readonly slotOpen: boolean;
  /** When the open slot is tried again. */
  readonly retryAt: number | null;
  /** Whatever was due by then, by the clock of SQS, is done by the run that was started last. */
  readonly coveredTo: number | null;
  /** Last slot that was skipped or put off, and the number of its history entry. */
  readonly passedSlot: number | null;
  readonly passedRun: number | null;
  /** Last slot (or id of a run by hand) that got an entry because a later one had its turn first, and that entry's number. */
  readonly overtakenSlot: number | string | null;
  readonly overtakenRun: number | null;
  /** No slot before this one runs: rate limited or breaker open. */
  readonly notBefore: number | null;
  /** Last manual run asked for (its run id), and whether it has not come to its end. */
  readonly lastManual: string | null;
  readonly manualOpen: boolean;
  /** Last run by hand (its run id) that found another going on, and the number of its history entry. */
  readonly passedManual: string | null;
  readonly passedManualRun: number | null;
  /** How often something asked an on-demand integration to run while it was running: a run that saw fewer must not go idle. */
  readonly wakes: number;

  /** Numbers every history entry; a started run's number is its fencing token. */
  readonly runCounter: number;
  readonly lease: Lease | null;
  /** A run that was found unfinished when the present one started. */
  readonly abandoned: AbandonedRun | null;
  /** The run that ended last, enough to write its history entry again after a crash. */
  readonly lastRun: LastRun | null;
  /** How far the data has been stored; opaque, belongs to the kind. Survives crashes and restarts. */
  readonly cursor: string | null;
  /** Work in progress of an unfinished run; opaque, belongs to the kind. */
  readonly checkpoint: unknown;
  /** Outcomes of the last 20 history entries that ran, one letter each (see RECENT_LETTERS), newest last. */
  readonly recent: string;
  /** Runs and failures of the last hour (see activity.ts), moved by the write that ends a run. */
  readonly activity?: string;
  /** True after people were told that it keeps failing, until they are told that it recovered. */
  readonly alerted: boolean;
}

export const INTEGRATION_STATUSES = ['pending', 'success', 'partial', 'error', 'disabled'] as const;
export type IntegrationStatus = (typeof INTEGRATION_STATUSES)[number];

export interface Lease {
  readonly owner: string;
  /** Epoch ms. */
  readonly until: number;
  /** The run's number. */
  readonly token: number;
  /** 0 for the first message of a run, counting its continuations. */
  readonly slice: number;
  readonly startedAt: number;
  readonly trigger: Trigger;
  /** The slot; for a manual run, when it was asked for. */
  readonly slot: number;
  /** How far a run of several messages has come, shown in its RUNNING history entry. */
  readonly progress: Readonly<Record<string, number | string | null>>;
}

export interface AbandonedRun {
  readonly token: number;
  readonly startedAt: number;
  readonly trigger: Trigger;
  readonly slot: number;
}

export interface LastRun {
  readonly run: number;
  readonly status: EndStatus;
  readonly trigger: Trigger;
  readonly slot: number;
  readonly startedAt: number;
  readonly completedAt: number;
  readonly recordsCount: number;
  /** What people have to be told of it: a worker that dies before it could say so leaves this to the next. */
  readonly tells?: 'failing' | 'recovered';
}

/** What a history entry can say. */
export const RUN_STATUSES = ['PENDING', 'RUNNING', 'SUCCESS', 'PARTIAL', 'FAILED', 'DEFERRED', 'SKIPPED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type EndStatus = Exclude<RunStatus, 'PENDING' | 'RUNNING'>;

export const RECENT_LETTERS = { S: 'SUCCESS', P: 'PARTIAL', F: 'FAILED', D: 'DEFERRED' } as const;

export const TRIGGERS = ['schedule', 'manual', 'retry', 'redrive'] as const;
export type Trigger = (typeof TRIGGERS)[number];
/** Runs that somebody asked for. They may carry the very millisecond of a slot, and are told apart by their ids. */
export const isByHand = (trigger: Trigger): boolean => trigger === 'manual' || trigger === 'redrive';

export interface SealedCredentials {
  /** AES-256-GCM of the JSON, base64. */
  readonly sealed: string;
  /** Last four characters of the API key, to recognise it by; absent when it is shorter than 8. */
  readonly hint?: string;
}

export const SYNC_INTERVAL_MIN_SECONDS = 10;
export const SYNC_INTERVAL_MAX_SECONDS = 30 * 24 * 3600;
