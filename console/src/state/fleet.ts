import type { Client } from '../api/client.ts';
import type { Health, IntegrationPage, ListedIntegration } from '../api/types.ts';
import { useClient } from './use-api.ts';
import { type Polled, usePoll } from './use-poll.ts';

/** The tenant's integrations, oldest first, as far as one page of the console shows them. */
export interface Fleet {
  readonly integrations: readonly ListedIntegration[];
  /** There are more than were read. */
  readonly more: boolean;
  /** The answers it was made of: the same ones make the same fleet. */
  readonly pages: readonly IntegrationPage[];
}

/** Asked of the API where there are more integrations than the console reads. */
export interface FleetQuery {
  readonly kind?: string | undefined;
  readonly status?: string | undefined;
  readonly health?: string | undefined;
  readonly q?: string | undefined;
}

const PAGE = 100;
const MAX_PAGES = 10;
const CALM_MS = 10_000;
const BUSY_MS = 3_000;

/** Every page is asked for with its ETag, so that an unchanged one costs next to nothing. */
export function useFleet({ kind, status, health, q }: FleetQuery = {}): Polled<Fleet> {
  const client = useClient();
  const key = ['fleet', kind, status, health, q].join('|');
  return usePoll(key, (signal) => loadFleet(client, key, { kind, status, health, q }, signal), everyMs);
}

/** Those with something wrong, what fails first. Where there are more integrations than the console reads, the API looks for them. */
export function useTroubled(): { readonly fleet: Polled<Fleet>; readonly troubled: readonly ListedIntegration[] } {
  const fleet = useFleet();
  const more = fleet.data?.more === true;
  const red = useFleet(more ? { health: 'red' } : {}).data;
  const yellow = useFleet(more ? { health: 'yellow' } : {}).data;
  const of = (wanted: Health, found: Fleet | undefined) =>
    found?.integrations.filter(({ health }) => health === wanted) ?? [];
  return { fleet, troubled: [...of('red', red), ...of('yellow', yellow)] };
}

function everyMs(fleet: Fleet | undefined): number {
  const busy = fleet?.integrations.some(({ running }) => running) ?? false;
  // A large fleet takes many calls: then less often.
  return (busy ? BUSY_MS : CALM_MS) * Math.max(1, (fleet?.pages.length ?? 1) / 2);
}

let last: { readonly key: string; readonly fleet: Fleet } | undefined;

async function loadFleet(client: Client, key: string, query: FleetQuery, signal: AbortSignal): Promise<Fleet> {
  const pages: IntegrationPage[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.integrations({ ...query, include: 'recent', limit: PAGE, cursor }, signal);
    pages.push(page);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && pages.length < MAX_PAGES);
  const before = last?.key === key ? last.fleet : undefined;
  if (before?.pages.length === pages.length && pages.every((page, index) => page === before.pages[index]))
    return before;
  const integrations = pages.flatMap((page) => page.integrations);
  const fleet: Fleet = { integrations, more: cursor !== undefined, pages };
  last = { key, fleet };
  return fleet;
}
