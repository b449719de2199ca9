import { createContext, use } from 'react';
import { type Catalog, readCatalog } from '../api/catalog.ts';
import type { Client } from '../api/client.ts';
import type { Session } from '../api/session.ts';
import { type Polled, usePoll } from './use-poll.ts';

interface Api {
  readonly client: Client;
  readonly session: Session;
}

export const ApiContext = createContext<Api | undefined>(undefined);

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === undefined) throw new Error('Nobody is signed in yet.');
  return api;
}

export const useClient = (): Client => useApi().client;

/** False for who may only read: buttons that change something are then left out. */
export const useCanChange = (): boolean => useApi().session.role === 'operator';

/** What kinds and providers there are; it changes with a deployment only. */
export function useCatalog(): Polled<Catalog> {
  const client = useClient();
  return usePoll(
    'catalog',
    async (signal) => readCatalog(await client.openApi(signal)),
    () => null,
  );
}
