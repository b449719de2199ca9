import type { Overview } from '../api/types.ts';
import { useClient } from './use-api.ts';
import { type Polled, usePoll } from './use-poll.ts';

const EVERY_MS = 10_000;

/** One cheap call for the whole page; shared by all who show a part of it. */
export function useOverview(): Polled<Overview> {
  const client = useClient();
  return usePoll('overview', client.overview, () => EVERY_MS);
}
