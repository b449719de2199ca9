import type { TokenSource } from './http.ts';
import { localSession } from './local-session.ts';
import { openIdSession } from './open-id-session.ts';

/** Who is using the console. */
export interface Session extends TokenSource {
  readonly tenantId: string;
  readonly role: 'viewer' | 'operator';
  /** For people; null where there is nobody to name. */
  readonly userName: string | null;
  /** Absent where there is nothing to sign out of. */
  readonly signOut?: () => void;
}

/** config.json beside the page. */
export interface PageConfiguration {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
}

/**
 * Where a config.json lies beside the page, people sign in at the issuer it names; the page then leaves and comes back, and
 * this never resolves. The local system has none: it signs everybody in.
 */
export async function openSession(): Promise<Session> {
  const configuration = await readConfiguration();
  return configuration === undefined ? localSession() : openIdSession(configuration);
}

async function readConfiguration(): Promise<PageConfiguration | undefined> {
  const response = await fetch('/config.json', { cache: 'no-store' });
  // A site answers with its page to what it does not have.
  if (!response.ok || !(response.headers.get('content-type') ?? '').includes('json')) return undefined;
  const { issuer, clientId, scope = 'openid' } = (await response.json()) as Partial<PageConfiguration>;
  if (issuer === undefined || clientId === undefined) throw new Error('config.json names no issuer or no clientId.');
  return { issuer, clientId, scope };
}
