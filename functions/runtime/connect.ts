import { createHash } from 'node:crypto';
import type { Connect } from '../execute/execute-deps.ts';
import type { Kind, ProviderDescription } from '../kinds/kind.ts';
import { type Credentials, TENANT_SECRETS } from '../model/credentials.ts';
import type { TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { CredentialVault } from '../platform/credentials/credential-vault.ts';
import type { RateLimit } from '../platform/upstream/upstream.ts';
import type { UpstreamFactory } from '../platform/upstream/upstream-client.ts';
import type { Database } from '../store/database.ts';
import { readSettings } from '../store/settings.ts';

export interface ConnectDeps {
  readonly kinds: Partial<Readonly<Record<KindName, Kind>>>;
  readonly vault: CredentialVault;
  readonly upstreams: UpstreamFactory;
  readonly db: Database;
}

const MAX_MEMOS = 2_000;

/** Opens what a run needs to call its provider: credentials, rate limit, breaker. */
export function createConnect(deps: ConnectDeps): Connect {
  const memos = new Map<string, Map<string, unknown>>();

  /** Read for each run: whoever has set the key expects the next run to have it. */
  async function defaultKey(tenantId: TenantId): Promise<string | undefined> {
    const { vehicleDefaultApiKey } = await readSettings(tenantId, deps.db, { consistent: false });
    if (vehicleDefaultApiKey === null) return undefined;
    return (await deps.vault.open(tenantId, TENANT_SECRETS, vehicleDefaultApiKey)).apiKey;
  }

  async function credentialsOf(integration: Integration): Promise<Credentials> {
    const { tenantId, id, credentials: sealed, kind } = integration;
    const own = sealed === null ? {} : await deps.vault.open(tenantId, id, sealed);
    if (kind !== 'vehicle' || own.apiKey !== undefined || own.username !== undefined || own.token !== undefined)
      return own;
    const apiKey = await defaultKey(tenantId);
    return apiKey === undefined ? own : { ...own, apiKey };
  }

  function memoOf(key: string): Map<string, unknown> {
    let memo = memos.get(key);
    if (memo === undefined) {
      if (memos.size >= MAX_MEMOS) memos.clear();
      memo = new Map();
      memos.set(key, memo);
    }
    return memo;
  }

  return async (integration, { deadline, signal }) => {
    const kind = deps.kinds[integration.kind];
    const provider = kind?.providers[integration.provider];
    if (kind === undefined || provider === undefined) {
      throw new Error(`${integration.kind}/${integration.provider} is not part of this deployment`);
    }
    const credentials = await credentialsOf(integration);
    const secrets = Object.values(credentials).filter((secret) => secret !== '');
    const credentialId = secrets.length === 0 ? null : idOf(integration, provider, credentials);
    return {
      credentials,
      secrets,
      memo: memoOf(`${integration.tenantId} ${integration.baseUrl ?? ''} ${credentialId ?? integration.id}`),
      upstream: deps.upstreams.open({
        tenantId: integration.tenantId,
        integrationId: integration.id,
        kind: integration.kind,
        provider: integration.provider,
        kindHasBreaker: kind.policy.breaker,
        credentialId,
        rateLimit: rateLimitOf(integration, provider.rateLimit),
        deadline,
        signal,
        secrets,
      }),
    };
  };
}

/** The same for every integration that shares a limit with this one, and no way back to the credential. */
function idOf(
  { provider, baseUrl }: Integration,
  { limitedByAddress }: ProviderDescription,
  credentials: Credentials,
): string {
  const address = limitedByAddress && baseUrl !== null ? [new URL(baseUrl).origin] : [];
  const sorted = Object.entries(credentials).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([provider, ...address, sorted]))
    .digest('base64url');
}

function rateLimitOf({ config }: Integration, documented: RateLimit | null): RateLimit | null {
  const { requestsPerMinute } = config;
  return typeof requestsPerMinute === 'number' ? { requestsPerMinute } : documented;
}
