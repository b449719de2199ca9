import { type Cell, plain, properties, table } from './table.ts';

/** The API's answers as a person wants to read them. Only what is shown is named here; `--json` has the rest. */

interface IntegrationShown {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly provider: string;
  readonly health: string;
  readonly status: string;
  readonly running: boolean;
  readonly syncEnabled: boolean;
  readonly lastSyncAt: string | null;
  readonly nextSyncAt: string | null;
  readonly lastSyncError: string | null;
  readonly notice: string | null;
  readonly disabledReason: string | null;
}

/** Why it is not green, in one line: the most final reason first. */
const reasonOf = ({ disabledReason, notice, lastSyncError }: IntegrationShown): string | null =>
  disabledReason ?? notice ?? lastSyncError;

export function integrationsView(value: unknown): string {
  const { integrations, nextCursor } = value as { integrations: IntegrationShown[]; nextCursor: string | null };
  const rows = integrations.map((each): Cell[] => [
    each.id,
    each.name,
    each.kind,
    each.provider,
    each.health,
    each.running ? 'running' : each.syncEnabled ? each.status : 'paused',
    each.lastSyncAt,
    each.nextSyncAt,
    reasonOf(each),
  ]);
  const columns = ['id', 'name', 'kind', 'provider', 'health', 'status', 'last sync', 'next sync', 'why'];
  return list('no integrations', table(columns, rows), rows.length, nextCursor);
}

export const integrationView = (value: unknown): string =>
  properties(
    Object.entries(value as Record<string, unknown>).map(([name, each]) => [
      name,
      typeof each === 'object' && each !== null ? JSON.stringify(each) : (each as Cell),
    ]),
  );

interface LogShown {
  readonly run: number;
  readonly status: string;
  readonly trigger: string;
  readonly scheduledFor: string;
  readonly startedAt: string;
  readonly duration: number | null;
  readonly recordsCount: number;
  readonly errorMessage: string | null;
}

export function historyView(value: unknown): string {
  const { logs, total, page, pageSize } = value as { logs: LogShown[]; total: number; page: number; pageSize: number };
  const rows = logs.map((log): Cell[] => [
    log.run,
    log.status,
    log.trigger,
    log.scheduledFor,
    Math.max(0, Date.parse(log.startedAt) - Date.parse(log.scheduledFor)),
    log.duration,
    log.recordsCount,
    log.errorMessage,
  ]);
  const columns = ['run', 'status', 'trigger', 'scheduled for', 'late ms', 'took ms', 'records', 'message'];
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const shown = rows.length === 0 ? 'no runs' : table(columns, rows);
  return `${shown}\n\npage ${page} of ${pages}, ${total} in all`;
}

interface LetterShown {
  readonly id: string;
  readonly kind: string | null;
  readonly integrationId: string | null;
  readonly reason: string;
  readonly attempts: number;
  readonly lastFailureAt: string;
  readonly lastError: string | null;
}

export function deadLettersView(value: unknown): string {
  const { deadLetters, nextCursor } = value as { deadLetters: LetterShown[]; nextCursor: string | null };
  const rows = deadLetters.map((letter): Cell[] => [
    letter.id,
    letter.kind,
    letter.integrationId,
    letter.attempts,
    letter.lastFailureAt,
    letter.lastError === null ? letter.reason : `${letter.reason}: ${letter.lastError}`,
  ]);
  const columns = ['id', 'kind', 'integration', 'attempts', 'last failure', 'reason'];
  return list('no dead letters', table(columns, rows), rows.length, nextCursor);
}

export interface RedriveAnswer {
  readonly dryRun: boolean;
  readonly count: number;
  readonly redriven: readonly { readonly id: string; readonly runId: string | null }[];
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  readonly nextCursor: string | null;
}

export function redriveView({ dryRun, count, redriven, failed }: RedriveAnswer): string {
  const said = dryRun ? `${count - failed.length} would be redriven` : `${redriven.length} redriven`;
  const refused = failed.map(({ id, message }) => `${plain(id)}: ${plain(message)}`);
  return [failed.length === 0 ? said : `${said}, ${failed.length} not:`, ...refused].join('\n');
}

interface OverviewShown {
  readonly total: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly byHealth: Readonly<Record<string, number>>;
  readonly running: number;
  readonly overdue: number;
  readonly deadLetters: number;
  readonly lastHour: { readonly syncs: number; readonly failures: number };
}

export function overviewView(value: unknown): string {
  const { total, byKind, byHealth, running, overdue, deadLetters, lastHour } = value as OverviewShown;
  const counts = (by: Readonly<Record<string, number>>): string =>
    Object.entries(by)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return properties([
    ['integrations', `${total}: ${counts(byKind)}`],
    ['health', counts(byHealth)],
    ['running', running],
    ['overdue', overdue],
    ['dead letters', deadLetters],
    ['last hour', `${lastHour.syncs} syncs, ${lastHour.failures} failed`],
  ]);
}

interface EventShown {
  readonly at: string;
  readonly type: string;
  readonly integrationId: string | null;
  readonly message: string;
}

export function eventsView(value: unknown): string {
  const { events, nextCursor } = value as { events: EventShown[]; nextCursor: string | null };
  const rows = events.map((event): Cell[] => [event.at, event.type, event.integrationId, event.message]);
  return list('no events', table(['at', 'type', 'integration', 'message'], rows), rows.length, nextCursor);
}

function list(nothing: string, shown: string, count: number, nextCursor: string | null): string {
  const more = nextCursor === null ? '' : `\n\nmore with --cursor ${plain(nextCursor)}`;
  return (count === 0 ? nothing : shown) + more;
}
