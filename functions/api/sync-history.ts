import type { IntegrationId } from '../model/ids.ts';
import type { AbandonedRun, Integration, RunStatus } from '../model/integration.ts';
import type { Database } from '../store/database.ts';
import {
  entryOfLastRun,
  type HistoryEntry,
  historyBetween,
  historyId,
  oldestRun,
  WORKER_STOPPED,
} from '../store/history.ts';
import { isRunning } from './integration-view.ts';

/** A history entry, or a run that has none yet: the one going on has no end. */
export type LogEntry = Omit<HistoryEntry, 'status' | 'completedAt'> & {
  readonly status: RunStatus;
  readonly completedAt: number | null;
};

export interface HistoryPage {
  readonly logs: readonly LogEntry[];
  readonly total: number;
}

/** With a status, this many of the newest entries are looked at. */
export const SEARCHED_ENTRIES = 1000;

/**
 * A page of an integration's history, newest first. Entries are keyed by their number, which only grows by one: so any page
 * is one query between two numbers, and the total is a subtraction.
 */
export async function syncHistory(
  integration: Integration,
  page: { readonly page: number; readonly pageSize: number; readonly status?: RunStatus | undefined },
  now: number,
  db: Database,
): Promise<HistoryPage> {
  const newest = integration.runCounter;
  const stored = await oldestRun(integration.tenantId, integration.id, db);
  // Where nothing is kept any more what is missing was swept, not lost.
  const isKept = stored !== undefined;
  const unwritten = [...unwrittenRuns(integration, now), ...(isKept ? skips(integration) : [])];
  const oldest = Math.min(stored ?? newest + 1, ...unwritten.map(({ run }) => run));
  const skip = (page.page - 1) * page.pageSize;
  if (page.status === undefined) {
    const to = newest - skip;
    const from = Math.max(oldest, to - page.pageSize + 1);
    return { logs: await entriesBetween(integration, { from, to, isKept }, unwritten, db), total: newest - oldest + 1 };
  }
  const range = { from: Math.max(oldest, newest - SEARCHED_ENTRIES + 1), to: newest, isKept };
  const entries = await entriesBetween(integration, range, unwritten, db);
  const matching = entries.filter(({ status }) => status === page.status);
  return { logs: matching.slice(skip, skip + page.pageSize), total: matching.length };
}

async function entriesBetween(
  { tenantId, id }: Integration,
  range: { readonly from: number; readonly to: number; readonly isKept: boolean },
  unwritten: readonly LogEntry[],
  db: Database,
): Promise<readonly LogEntry[]> {
  const known = unwritten.map(({ run }) => run);
  const stored = await historyBetween(tenantId, id, range, db, known);
  const written = new Set(stored.map(({ run }) => run));
  const added = unwritten.filter(({ run }) => run >= range.from && !written.has(run));
  const newestFirst = [...stored, ...added].sort((a, b) => b.run - a.run);
  const told = range.isKept ? withoutLost(newestFirst, stored[0]?.run ?? range.from - 1, id) : newestFirst;
  return told.filter(({ run }) => run <= range.to);
}

/** Above the newest entry that is stored every number is somebody's who could not write: those nobody knows of are told, too. */
function withoutLost(entries: readonly LogEntry[], newestStored: number, id: IntegrationId): LogEntry[] {
  return entries.flatMap((entry, index) => {
    const below = entries[index + 1]?.run ?? newestStored;
    if (entry.run <= newestStored) return [entry];
    const lost = Array.from({ length: entry.run - below - 1 }, (_, n) => entry.run - 1 - n);
    const { scheduledFor, startedAt } = entry;
    return [
      entry,
      ...lost.map((run) => unended(id, { token: run, trigger: 'schedule', slot: scheduledFor, startedAt })),
    ];
  });
}

/**
 * Runs the integration knows of that may not be in the history: the one going on, one whose worker died before it could
 * write, and the last one, if the crash came between its end and its entry. What is stored goes before these.
 */
function unwrittenRuns(integration: Integration, now: number): readonly LogEntry[] {
  const { id, lease, abandoned, lastManual, manualOpen } = integration;
  const last = entryOfLastRun(integration);
  const byHand = lease?.trigger === 'manual' || lease?.trigger === 'redrive';
  const current = lease && {
    ...unended(id, lease),
    ...(byHand && manualOpen && lastManual !== null && { id: lastManual }),
    details: lease.progress,
    ...(isRunning(integration, now) && { status: 'RUNNING' as const, errorMessage: null }),
  };
  return [current, abandoned && unended(id, abandoned), last].filter((entry) => entry !== null && entry !== undefined);
}

/** A run that came to no end, as far as is known. */
const unended = (id: IntegrationId, { token, trigger, slot, startedAt }: AbandonedRun): LogEntry => ({
  id: historyId(id, token),
  run: token,
  status: 'FAILED',
  trigger,
  scheduledFor: slot,
  startedAt,
  completedAt: null,
  recordsCount: 0,
  errorMessage: WORKER_STOPPED,
  details: {},
});

/** Slots and runs by hand that passed since the last run, whose worker may have died before it could say why. */
function skips(integration: Integration): readonly LogEntry[] {
  const { id, createdAt, lastRun } = integration;
  const { passedSlot, passedRun, overtakenSlot, overtakenRun, passedManual, passedManualRun } = integration;
  const passed = [
    [passedRun, passedSlot],
    [overtakenRun, overtakenSlot],
    [passedManualRun, passedManual],
  ] as const;
  return passed.flatMap(([run, of]): readonly LogEntry[] => {
    if (run === null || of === null || run < (lastRun?.run ?? 0)) return [];
    const byHand = typeof of === 'string';
    const at = byHand ? (lastRun?.completedAt ?? createdAt) : of;
    return [
      {
        id: byHand ? of : historyId(id, run),
        run,
        status: 'SKIPPED',
        trigger: byHand ? 'manual' : 'schedule',
        scheduledFor: at,
        startedAt: at,
        completedAt: at,
        recordsCount: 0,
        errorMessage: 'skipped; the worker stopped before it could say why',
        details: {},
      },
    ];
  });
}
