import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import { integrationKey } from '../model/ids.ts';
import type { EndStatus, Integration, LastRun, Trigger } from '../model/integration.ts';
import { conditionFailed, type Database } from './database.ts';

/** One ended run, skip or deferral. Keyed by its number, so that any page is found by number and no count is kept. */
export interface HistoryEntry {
  /** The id a manual run was answered with; otherwise made of integration and number. */
  readonly id: string;
  readonly run: number;
  readonly status: EndStatus;
  readonly trigger: Trigger;
  /** Epoch ms. */
  readonly scheduledFor: number;
  readonly startedAt: number;
  readonly completedAt: number;
  readonly recordsCount: number;
  readonly errorMessage: string | null;
  readonly details: Readonly<Record<string, number | string | null>>;
}

/** Entries are swept this long after the run, ms. */
export interface HistoryRetention {
  readonly historyDays: number;
}

export type HistoryDatabase = Database & HistoryRetention;

export interface PutOptions {
  /** For entries made up afterwards, which must not replace what the run itself wrote. */
  readonly unlessThere?: boolean;
  /**
   * The run that ended before this one, as the integration remembers it. A worker may die between ending a run and writing
   * its entry; then the next entry tells how it ended, at no cost.
   */
  readonly previous?: LastRun | null;
}

/** Writes one entry. True when it was written. */
export async function putHistory(
  tenantId: TenantId,
  id: IntegrationId,
  entry: HistoryEntry,
  db: HistoryDatabase,
  { unlessThere = false, previous }: PutOptions = {},
): Promise<boolean> {
  const { errorMessage, details, ...rest } = entry;
  try {
    await db.client.send(
      new PutCommand({
        TableName: db.tables.history,
        Item: {
          pk: integrationKey(tenantId, id),
          ...rest,
          ...(errorMessage !== null && { errorMessage }),
          ...(Object.keys(details).length > 0 && { details }),
          ...(previous != null && { previous }),
          expiresAt: Math.floor(entry.completedAt / 1000) + db.historyDays * 86_400,
        },
        ...(unlessThere && { ConditionExpression: 'attribute_not_exists(pk)' }),
      }),
    );
    return true;
  } catch (error) {
    if (conditionFailed(error)) return false;
    throw error;
  }
}

/**
 * Entries with numbers in [from, to], newest first. Costs the same wherever the page is. Every number below the newest one
 * found has an entry: where a worker died before it could write one, it is told from the entry after it.
 */
export async function historyBetween(
  tenantId: TenantId,
  id: IntegrationId,
  range: { readonly from: number; readonly to: number },
  db: Database,
  /** Runs of which the caller knows more than that they have no entry. */
  known: readonly number[] = [],
): Promise<readonly HistoryEntry[]> {
  if (range.to < range.from) return [];
  const items: StoredEntry[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const { Items, LastEvaluatedKey } = await db.client.send(
      new QueryCommand({
        TableName: db.tables.history,
        KeyConditionExpression: 'pk = :pk AND run BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': integrationKey(tenantId, id), ':from': range.from, ':to': range.to + 1 },
        ScanIndexForward: false,
        ConsistentRead: true,
        ExclusiveStartKey: start,
      }),
    );
    items.push(...((Items ?? []) as StoredEntry[]));
    start = LastEvaluatedKey;
  } while (start !== undefined);
  const lowest = Math.max(1, range.from);
  const entries = withoutGaps(id, items, lowest, { known: new Set(known), now: db.clock.now() });
  return entries.filter(({ run }) => run <= range.to);
}

type StoredEntry = Record<string, unknown> & {
  readonly run: number;
  readonly previous?: LastRun;
  /** Epoch ms. */
  readonly completedAt: number;
  /** Epoch seconds. */
  readonly expiresAt?: number;
};

/** Old entries are swept in any order: a gap among those in the last thirtieth of their time is no run without an end. */
function isAboutToGo({ completedAt, expiresAt }: StoredEntry, now: number): boolean {
  const end = (expiresAt ?? Number.POSITIVE_INFINITY) * 1000;
  return end - now < (end - completedAt) / 30;
}

function withoutGaps(
  id: IntegrationId,
  items: readonly StoredEntry[],
  from: number,
  { known, now }: { readonly known: ReadonlySet<number>; readonly now: number },
): readonly HistoryEntry[] {
  const told = new Map(items.flatMap(({ previous }) => (previous === undefined ? [] : [[previous.run, previous]])));
  const entries: HistoryEntry[] = [];
  for (const [index, item] of items.entries()) {
    const entry = toEntry(item);
    entries.push(entry);
    if (isAboutToGo(item, now)) continue;
    const below = items[index + 1]?.run ?? from - 1;
    for (let run = item.run - 1; run > below; run--) {
      if (!known.has(run)) entries.push(untold(id, run, told.get(run), entry));
    }
  }
  return entries;
}

/** The entry of a run that could not write one itself. */
function untold(id: IntegrationId, run: number, last: LastRun | undefined, after: HistoryEntry): HistoryEntry {
  if (last !== undefined) return entryOf(id, last, null);
  return {
    id: historyId(id, run),
    run,
    status: 'FAILED',
    trigger: 'schedule',
    scheduledFor: after.scheduledFor,
    startedAt: after.startedAt,
    completedAt: after.startedAt,
    recordsCount: 0,
    errorMessage: WORKER_STOPPED,
    details: {},
  };
}

/** The oldest number still kept; undefined when there is none. */
export async function oldestRun(tenantId: TenantId, id: IntegrationId, db: Database): Promise<number | undefined> {
  const { Items } = await db.client.send(
    new QueryCommand({
      TableName: db.tables.history,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': integrationKey(tenantId, id) },
      ProjectionExpression: 'run',
      Limit: 1,
    }),
  );
  const run = Items?.[0]?.run;
  return typeof run === 'number' ? run : undefined;
}

function toEntry(item: Record<string, unknown>): HistoryEntry {
  const { pk: _, expiresAt: __, previous: ___, errorMessage, details, ...rest } = item;
  return {
    ...(rest as Omit<HistoryEntry, 'errorMessage' | 'details'>),
    errorMessage: (errorMessage as string | undefined) ?? null,
    details: (details as HistoryEntry['details'] | undefined) ?? {},
  };
}

/** The entry of the run that ended last, as far as the integration itself remembers it. */
export function entryOfLastRun(integration: Integration): HistoryEntry | undefined {
  const last = integration.lastRun;
  if (last === null) return undefined;
  const failed = last.status === 'FAILED' || last.status === 'PARTIAL';
  return entryOf(integration.id, last, failed ? integration.lastSyncError : null);
}

function entryOf(id: IntegrationId, last: LastRun, errorMessage: string | null): HistoryEntry {
  return {
    id: historyId(id, last.run),
    run: last.run,
    status: last.status,
    trigger: last.trigger,
    scheduledFor: last.slot,
    startedAt: last.startedAt,
    completedAt: last.completedAt,
    recordsCount: last.recordsCount,
    errorMessage,
    details: {},
  };
}

export const historyId = (id: IntegrationId, run: number): string => `${id}-${run}`;

/** What is said of a run whose worker was told to stop: its slot has not come to its end. */
export const GIVEN_BACK = 'the worker was shut down; the run is made again at once';

/** What is said of a run whose worker died. */
export const WORKER_STOPPED = 'worker stopped';
