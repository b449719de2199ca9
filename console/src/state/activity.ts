import type { Client } from '../api/client.ts';
import type { ListedIntegration, RunLog } from '../api/types.ts';
import { useClient } from './use-api.ts';
import { type Polled, usePoll } from './use-poll.ts';

/** Runs of the last half hour, of the integrations that run most often. */
export interface Activity {
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly runs: readonly RunLog[];
  /** How many integrations were looked at, and how many have run. */
  readonly looked: number;
  readonly all: number;
}

const ACTIVITY_MS = 30 * 60_000;
const MINUTE_MS = 60_000;
const EVERY_MS = 60_000;
/** Histories are read one by one: those of the busiest integrations show what is going on. */
const MAX_LOOKED = 12;
const AT_ONCE = 4;
const PAGE_SIZE = 100;
const MAX_PAGES = 2;

export function useActivity(integrations: readonly ListedIntegration[]): Polled<Activity> {
  const client = useClient();
  const ran = integrations.filter(({ recent = [], running }) => recent.length > 0 || running);
  const busiest = ran
    .toSorted((a, b) => (a.syncInterval ?? Number.POSITIVE_INFINITY) - (b.syncInterval ?? Number.POSITIVE_INFINITY))
    .slice(0, MAX_LOOKED)
    .map(({ id }) => id);
  return usePoll(
    `activity|${busiest.join(',')}`,
    (signal) => readActivity(client, busiest, ran.length, signal),
    () => EVERY_MS,
  );
}

async function readActivity(
  client: Client,
  ids: readonly string[],
  all: number,
  signal: AbortSignal,
): Promise<Activity> {
  const to = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;
  const from = to - ACTIVITY_MS;
  const waiting = [...ids];
  const runs: RunLog[] = [];
  const lane = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      runs.push(...(await runsSince(client, id, from, signal)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { from, to, runs, looked: ids.length, all };
}

async function runsSince(client: Client, id: string, from: number, signal: AbortSignal): Promise<readonly RunLog[]> {
  const found: RunLog[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { logs } = await client.history(id, { page, pageSize: PAGE_SIZE }, signal);
    found.push(...logs.filter(({ startedAt }) => Date.parse(startedAt) >= from));
    const oldest = logs.at(-1);
    if (logs.length < PAGE_SIZE || oldest === undefined || Date.parse(oldest.startedAt) < from) break;
  }
  return found;
}

/** Runs that ended, by the minute in which they began: good, partial, failed. */
export function perMinute({
  from,
  to,
  runs,
}: Activity): readonly { readonly at: number; readonly parts: readonly number[] }[] {
  const minutes = Array.from({ length: Math.round((to - from) / MINUTE_MS) }, () => [0, 0, 0]);
  for (const { startedAt, status } of runs) {
    const part = { SUCCESS: 0, PARTIAL: 1, FAILED: 2 }[status as string];
    const minute = minutes[Math.floor((Date.parse(startedAt) - from) / MINUTE_MS)];
    if (part !== undefined && minute !== undefined) minute[part] = (minute[part] ?? 0) + 1;
  }
  return minutes.map((parts, index) => ({ at: from + index * MINUTE_MS, parts }));
}

/** How late scheduled runs began: time and seconds, by time. */
export const lateness = ({ runs }: Activity): readonly (readonly [at: number, seconds: number])[] =>
  runs
    .filter(({ trigger, status }) => trigger === 'schedule' && status !== 'SKIPPED' && status !== 'DEFERRED')
    .map(({ startedAt, scheduledFor }): readonly [number, number] => {
      const at = Date.parse(startedAt);
      return [at, Math.max(0, at - Date.parse(scheduledFor)) / 1000];
    })
    .sort(([a], [b]) => a - b);
