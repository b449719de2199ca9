import { openAccount } from '../../../../functions/kinds/carrier/account.ts';
import type { CarrierClient } from '../../../../functions/kinds/carrier/provider.ts';
import { type CarrierName, carrierProviders } from '../../../../functions/kinds/carrier/providers/index.ts';
import type { TestRun } from '../../../../functions/kinds/kind.ts';
import type { Credentials } from '../../../../functions/model/credentials.ts';
import type { Integration } from '../../../../functions/model/integration.ts';
import type { HttpClient } from '../../../../functions/platform/http/http.ts';
import type { Upstream } from '../../../../functions/platform/upstream/upstream.ts';
import { anIntegration } from './an-integration.ts';
import { fakeUpstream } from './fake-upstream.ts';
import { virtualClock } from './virtual-clock.ts';

export const NOW = '2026-11-22T10:00:00Z';

/** A provider's client over answers made by hand, without a store. */
export function openClient(
  provider: CarrierName,
  http: HttpClient,
  options: {
    readonly integration?: Partial<Integration>;
    readonly credentials?: Credentials;
    readonly upstream?: Upstream;
  } = {},
): CarrierClient {
  const clock = virtualClock(NOW);
  const simulated = { accountId: '321', baseUrl: 'https://restapi3.jasper.com/rws/api/v1' };
  const integration = anIntegration(provider, 'fixture', simulated, clock.now(), options.integration);
  const run: TestRun = {
    tenantId: integration.tenantId,
    integrationId: integration.id,
    integration,
    credentials: { apiKey: 'KEY', apiSecret: 'SECRET', username: 'user', ...options.credentials },
    upstream: options.upstream ?? fakeUpstream({ http, clock, rateLimit: null }),
    data: { client: unreachable(), tableName: 'none' },
    clock,
    signal: new AbortController().signal,
    memo: new Map(),
  };
  const { description, open } = carrierProviders[provider];
  return open(openAccount(run, description, clock.now() + 40_000));
}

/** A client that is asked to store or read anything is a fault. */
function unreachable(): TestRun['data']['client'] {
  return { send: () => Promise.reject(new Error('a provider must not touch the store')) } as never;
}
