import { failureOf } from './api-failure.ts';
import { readClaims } from './claims.ts';
import type { Session } from './session.ts';

const RENEW_BEFORE_MS = 60_000;

/** The local system signs everybody in: as operator of `demo`, or as the address says (`?tenant=acme&role=viewer`). */
export async function localSession(): Promise<Session> {
  const asked = new URLSearchParams(location.search);
  const tenantId = asked.get('tenant') || 'demo';
  const role = asked.get('role') === 'viewer' ? 'viewer' : 'operator';
  let given = await issue(tenantId, role);
  return {
    tenantId,
    role,
    userName: null,
    async token(renew = false) {
      const expiresAt = readClaims(given)?.expiresAt ?? 0;
      if (renew || expiresAt - Date.now() < RENEW_BEFORE_MS) given = await issue(tenantId, role);
      return given;
    },
  };
}

async function issue(tenantId: string, role: Session['role']): Promise<string> {
  const response = await fetch('/dev/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenantId, role }),
  });
  if (!response.ok) throw await failureOf(response);
  return ((await response.json()) as { readonly token: string }).token;
}
