import { setTimeout as wait } from 'node:timers/promises';
import { WORKER_STOPPED } from '../functions/store/history.ts';
import { type Cell, plain, table } from './cli/table.ts';
import type { DemoApi } from './demo/demo-api.ts';

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly syncEnabled: boolean;
  readonly createdAt: string;
}

interface Entry {
  readonly status: string;
  readonly scheduledFor: string;
  readonly startedAt: string;
  readonly duration: number | null;
  readonly recordsCount: number | null;
  readonly errorMessage: string | null;
}

const LOOK_EVERY_MS = 250;
/** A demo fleet that is not through by then never will be. */
const PATIENCE_MS = 240_000;
const ENDED: readonly string[] = ['SUCCESS', 'PARTIAL', 'FAILED'];
const COLUMNS = ['integration', 'outcome', 'records', 'lateness', 'ms'] as const;

export interface OnceOptions {
  /** Epoch ms; what ran before is not this start's sync. */
  readonly startedAt: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Waits until every integration has had a run since the start, prints the table, answers whether all went well. */
export async function waitForOneSyncEach(api: DemoApi, { startedAt, print, signal }: OnceOptions): Promise<boolean> {
  const integrations = await allIntegrations(api);
  // Kept data: their next slot may be a quarter of an hour away.
  for (const { id } of integrations.filter(({ createdAt }) => Date.parse(createdAt) < startedAt)) {
    await api.call('POST', `/api/integrations/${id}/sync`, {});
  }
  const until = Date.now() + PATIENCE_MS;
  const outcomes = new Map<string, Entry>();
  while (outcomes.size < integrations.length && Date.now() < until && !signal.aborted) {
    for (const { id } of integrations.filter((integration) => !outcomes.has(integration.id))) {
      const entry = await firstEnded(id, startedAt, api);
      if (entry !== undefined) outcomes.set(id, entry);
    }
    if (outcomes.size < integrations.length) await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  const rows = integrations.map(({ id, name }) => row(name, outcomes.get(id)));
  for (const line of table(COLUMNS, rows).split('\n')) print(line);
  for (const { id, name } of integrations) {
    const message = outcomes.get(id)?.errorMessage;
    if (message) print(plain(`${name}: ${message}`));
  }
  return integrations.every(({ id }) => ['SUCCESS', 'PARTIAL'].includes(outcomes.get(id)?.status ?? ''));
}

async function allIntegrations(api: DemoApi): Promise<readonly Shown[]> {
  const { integrations } = (await api.call('GET', '/api/integrations?limit=100')) as { integrations: Shown[] };
  // Nobody waits for one that a person switched off.
  const enabled = integrations.filter(({ syncEnabled }) => syncEnabled);
  return enabled.toSorted((a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
}

async function firstEnded(id: string, startedAt: number, api: DemoApi): Promise<Entry | undefined> {
  const path = `/api/integrations/${id}/sync-history?page=1&pageSize=20`;
  const { logs } = (await api.call('GET', path)) as { logs: readonly Entry[] };
  return logs.findLast(
    (entry) =>
      ENDED.includes(entry.status) &&
      Date.parse(entry.startedAt) >= startedAt &&
      // Told now of a run that died with the process before.
      entry.errorMessage !== WORKER_STOPPED,
  );
}

function row(name: string, entry: Entry | undefined): readonly Cell[] {
  if (entry === undefined) return [name, 'NOT YET', null, null, null];
  const lateness = Math.max(0, Date.parse(entry.startedAt) - Date.parse(entry.scheduledFor));
  return [name, entry.status, entry.recordsCount ?? 0, `${(lateness / 1000).toFixed(1)} s`, entry.duration ?? 0];
}
