import { inject } from 'vitest';

/** The API as a tenant's operator uses it, to put something there for a page to show. */
export interface Api {
  call<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<T>;
}

let tenants = 0;

/** A tenant nobody else uses. */
export const newTenant = (): string => {
  tenants += 1;
  return `browser-${process.pid}-${tenants}`;
};

export async function apiOf(tenantId: string): Promise<Api> {
  const url = inject('url');
  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ tenantId, role: 'operator' });
  const issued = await fetch(`${url}/dev/token`, { method: 'POST', headers: json, body });
  const { token } = (await issued.json()) as { readonly token: string };
  return {
    async call<T>(
      method: string,
      path: string,
      sent?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<T> {
      const response = await fetch(url + path, {
        method,
        headers: { ...json, ...headers, authorization: `Bearer ${token}` },
        ...(sent !== undefined && { body: JSON.stringify(sent) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
  };
}

export interface Made {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly running: boolean;
  readonly lastSyncAt: string | null;
  readonly lastSyncError: string | null;
  readonly syncEnabled: boolean;
  readonly syncInterval: number | null;
}

export const integrationsOf = async (api: Api): Promise<readonly Made[]> =>
  (await api.call<{ readonly integrations: readonly Made[] }>('GET', '/api/integrations')).integrations;

/** Asks until it holds, for ten seconds. */
export async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean, what: string): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`waited in vain: ${what}`);
}

export const synced = (api: Api, id: string): Promise<Made> =>
  until(
    () => api.call<Made>('GET', `/api/integrations/${id}`),
    (made) => made.status !== 'pending' && !made.running,
    'the integration has synced',
  );
