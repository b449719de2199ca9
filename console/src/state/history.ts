import type { HistoryPage, RunStatus } from '../api/types.ts';
import { useClient } from './use-api.ts';
import { type Polled, usePoll } from './use-poll.ts';

const LIVE_MS = 1_500;
const CALM_MS = 8_000;

export interface HistoryQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly status?: RunStatus | undefined;
}

/** Often while a run is going on, so that one can watch it. */
export function useHistory(id: string, { page, pageSize, status }: HistoryQuery): Polled<HistoryPage> {
  const client = useClient();
  const key = `history|${id}|${page}|${pageSize}|${status ?? ''}`;
  return usePoll(key, (signal) => client.history(id, { page, pageSize, status }, signal), everyMs);
}

function everyMs(history: HistoryPage | undefined): number {
  const live = history?.logs.some(({ status }) => status === 'RUNNING' || status === 'PENDING') ?? false;
  return live ? LIVE_MS : CALM_MS;
}
