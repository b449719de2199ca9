import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import type { Credentials } from '../model/credentials.ts';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { Integration, Trigger } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Clock } from '../platform/clock.ts';
import type { RateLimit, Upstream } from '../platform/upstream/upstream.ts';
import type { DeadLetter } from '../store/dead-letters.ts';
import type { Route, Wake } from './route.ts';

/**
 * What a kind of integration brings. Everything else (queue, DLQ, worker, alarms, dashboard row, contract tests) follows
 * from its line in registry.ts.
 */
export interface Kind {
  readonly name: KindName;
  /** For people: "Carriers". */
  readonly title: string;
  readonly defaultSyncInterval: number;
  readonly providers: Readonly<Record<string, ProviderDescription>>;
  readonly policy: KindPolicy;
  /** One slice of a run. See `Run` for what it may use and `SyncResult` for what it answers. */
  sync(run: Run): Promise<SyncResult>;
  /** Calls the provider without storing anything. Throws the same errors as `sync`. */
  test(run: TestRun): Promise<TestResult>;
  /** The kind's own part of the HTTP API. */
  readonly routes: readonly Route[];
  /**
   * Puts back what a dead letter of subject `receipt` is about. The caller removes the letter after; doing it again when it
   * was done before changes nothing. Throws ApiError: 400 for a bad correction, 409 when it cannot be put back (now).
   */
  redrive?(letter: DeadLetter, deps: RedriveDeps): Promise<void>;
}

/** What a redrive may use. */
export interface RedriveDeps {
  readonly integration: Integration;
  readonly data: DataTable;
  readonly clock: Clock;
  readonly ids: { next(): string };
  readonly wake: Wake;
  /** What is to be sent instead of what was rejected, as a person gave it; absent: the same again. */
  readonly correction?: unknown;
}

export interface KindPolicy {
  /** Retries of a failed scheduled run after 60, 120, 240 s; 0 = the next slot is the retry. */
  readonly retries: 3 | 0;
  /** After the last retry. */
  readonly onExhausted: 'disable' | 'stay';
  /** On-demand kinds have a slot only while `SyncResult.nextSyncAt` asks for one. */
  readonly scheduled: 'interval' | 'on-demand';
  /** Whether 5 failures in a row at one origin open a breaker (an offline vehicle is normal: no). */
  readonly breaker: boolean;
  /** Seconds. */
  readonly leaseSeconds: number;
}

export interface ProviderDescription {
  /** For people: "Hologram". */
  readonly title: string;
  /** The documented base URL; null when each customer has their own (then `baseUrl` is required). */
  readonly defaultBaseUrl: string | null;
  /** Credential names it needs; all are required unless optional. */
  readonly credentials: readonly {
    readonly name: keyof Credentials;
    readonly title: string;
    readonly optional?: boolean;
  }[];
  /** What accountId means; absent when it has none. */
  readonly accountId?: { readonly title: string; readonly required: boolean };
  /** Checked at save; strict, so that a misspelt name is a clear error. Fills no defaults into what is stored. */
  readonly configSchema: z.ZodType<Record<string, unknown>>;
  /** The provider's documented limit; null for none. `config.requestsPerMinute` overrides it. */
  readonly rateLimit: RateLimit | null;
  /** Every address is a machine of its own: a limit and a 429 hold there, not wherever the same credential is used. */
  readonly limitedByAddress?: true;
  /** Whether this integration can be saved as it is; one message per bad field, by path. */
  validate?(draft: IntegrationDraft): readonly { readonly path: string; readonly message: string }[];
  /** All addresses it will call, for the address guard at save. Default: baseUrl or defaultBaseUrl, and config.authBaseUrl. */
  urls?(draft: IntegrationDraft): readonly string[];
}

export interface IntegrationDraft {
  readonly provider: string;
  readonly baseUrl: string | null;
  readonly accountId: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names only; the values are not looked at here. */
  readonly credentialNames: readonly string[];
}

/** What one slice of a run is given. */
export interface Run extends TestRun {
  /** Epoch ms of the slot (of the request, for a manual run). */
  readonly slot: number;
  readonly trigger: Trigger;
  /** Run number = fencing token. Every write that could go backwards carries it. */
  readonly token: number;
  /** Epoch ms by which the slice must return; a longer run answers `continue`. */
  readonly deadline: number;
  /** The integration's cursor as of the start. */
  readonly cursor: string | null;
  /** What an earlier slice of this run, or a run that died, left behind; null at a fresh start. */
  readonly checkpoint: unknown;
  /** True when this slice continues a run (then counts so far are in the checkpoint, kept by the kind). */
  readonly continued: boolean;
  /**
   * One fenced write: moves cursor and checkpoint while the run goes on, after what they cover is stored.
   * Throws LeaseLost when another run has taken over.
   */
  save(progress: { readonly cursor?: string | null; readonly checkpoint?: unknown }): Promise<void>;
  /** Throws LeaseLost when the lease has run out. Call before a group of writes. */
  assertHeld(): void;
  /** Puts something that was given up on before a person. Adding the same letter (id) again changes nothing. */
  readonly deadLetters?: { add(letter: DeadLetter): Promise<void> };
}

/** What a connection test is given, and a run besides. */
export interface TestRun {
  readonly tenantId: TenantId;
  readonly integrationId: IntegrationId;
  readonly integration: Integration;
  readonly credentials: Credentials;
  readonly upstream: Upstream;
  readonly data: DataTable;
  readonly clock: Clock;
  /** Aborted when the lease is lost or the Lambda is about to end. */
  readonly signal: AbortSignal;
  /** Things a provider may keep across runs of a warm Lambda (OAuth tokens), private to this credential. */
  readonly memo: Map<string, unknown>;
}

/** The kinds' own table. Every key of one integration is in the partition `integrationKey(tenantId, id)`. */
export interface DataTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

export type SyncResult =
  | {
      readonly outcome: 'success' | 'partial';
      readonly recordsCount: number;
      /** Counts and times, shown to people. */
      readonly details: Readonly<Record<string, number | string | null>>;
      /** Whether anything was stored: moves lastSyncAt. */
      readonly stored: boolean;
      /** For `partial`: what went wrong, in words. */
      readonly message?: string;
      readonly cursor?: string | null;
      /** On-demand kinds only: when it wants to run again; null when nothing is left to do. */
      readonly nextSyncAt?: number | null;
      readonly pause?: Pause;
    }
  | {
      /** A failure that has something to tell besides its message; the kind's policy decides what follows. */
      readonly outcome: 'error';
      readonly message: string;
      readonly recordsCount?: number;
      readonly details: Readonly<Record<string, number | string | null>>;
      /** On-demand kinds only: their own backoff. */
      readonly nextSyncAt?: number | null;
      readonly pause?: Pause;
    }
  | {
      /** Not done by the deadline: go on in another message, same run. */
      readonly outcome: 'continue';
      readonly checkpoint: unknown;
      /** Default: at once. */
      readonly resumeAt?: number;
      readonly details: Readonly<Record<string, number | string | null>>;
    };

/**
 * Switches the integration off until a person has mended something and switches it on again (what was done in the run
 * counts). Shown with the result's `message` as the reason; `auth` is a rejected credential.
 */
export type Pause = 'auth' | 'config';

export interface TestResult {
  readonly ok: boolean;
  /** Words or an object for a person; no secrets. */
  readonly detail: unknown;
}
