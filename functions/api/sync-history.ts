import type { Integration, RunStatus } from '../model/integration.ts';
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
  const unwritten = unwrittenEntries(integration, now);
  const stored = await oldestRun(integration.tenantId, integration.id, db);
  const oldest = Math.min(stored ?? newest + 1, ...unwritten.map(({ run }) => run));
  const skip = (page.page - 1) * page.pageSize;
  if (page.status === undefined) {
    const to = newest - skip;
    const from = Math.max(oldest, to - page.pageSize + 1);
    return { logs: await entriesBetween(integration, { from, to }, unwritten, db), total: newest - oldest + 1 };
  }
  const range = { from: Math.max(oldest, newest - SEARCHED_ENTRIES + 1), to: newest };
  const entries = await entriesBetween(integration, range, unwritten, db);
  const matching = entries.filter(({ status }) => status === page.status);
  return { logs: matching.slice(skip, skip + page.pageSize), total: matching.length };
}

async function entriesBetween(
  { tenantId, id }: Integration,
  range: { readonly from: number; readonly to: number },
  unwritten: readonly LogEntry[],
  db: Database,
): Promise<readonly LogEntry[]> {
  const known = unwritten.map(({ run }) => run);
  const stored = await historyBetween(tenantId, id, range, db, known);
  const written = new Set(stored.map(({ run }) => run));
  const added = unwritten.filter(({ run }) => run >= range.from && run <= range.to && !written.has(run));
  return [...stored, ...added].sort((a, b) => b.run - a.run);
}

/**
 * Runs the integration knows of that may not be in the history: the one going on, one whose worker died before it could
 * write, and the last one, if the crash came between its end and its entry. What is stored goes before these.
 */
function unwrittenEntries(integration: Integration, now: number): readonly LogEntry[] {
  const { id, lease, abandoned, lastManual, manualOpen } = integration;
  const last = entryOfLastRun(integration);
  const started = (run: NonNullable<typeof abandoned>): LogEntry => ({
    id: historyId(id, run.token),
    run: run.token,
    status: 'FAILED',
    trigger: run.trigger,
    scheduledFor: run.slot,
    startedAt: run.startedAt,
    completedAt: null,
    recordsCount: 0,
    errorMessage: WORKER_STOPPED,
    details: {},
  });
  const byHand = lease?.trigger === 'manual' || lease?.trigger === 'redrive';
  const current = lease && {
    ...started(lease),
    ...(byHand && manualOpen && lastManual !== null && { id: lastManual }),
    details: lease.progress,
    ...(isRunning(integration, now) && { status: 'RUNNING' as const, errorMessage: null }),
  };
  return [current, abandoned && started(abandoned), last].filter((entry) => entry !== null && entry !== undefined);
}
