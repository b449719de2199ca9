import { PermanentError } from '../../model/failure.ts';
import type { Kind, TestRun } from '../kind.ts';
import { openAccount } from './account.ts';
import type { CarrierProvider } from './provider.ts';
import { carrierProviders } from './providers/index.ts';
import { carrierRoutes } from './routes.ts';
import { syncCarrier } from './sync.ts';

const providers: Readonly<Record<string, CarrierProvider>> = carrierProviders;
/** How long a connection test lets the carrier stumble. */
const TEST_PATIENCE_MS = 10_000;

/** Usage and status of SIMs, from the carriers' APIs. */
export const carrier: Kind = {
  name: 'carrier',
  title: 'Carriers',
  defaultSyncInterval: 3600,
  providers: Object.fromEntries(Object.entries(providers).map(([name, { description }]) => [name, description])),
  policy: { retries: 3, onExhausted: 'stay', scheduled: 'interval', breaker: true, leaseSeconds: 45 },
  sync: (run) => syncCarrier(run, providerOf(run)),
  async test(run) {
    const provider = providerOf(run);
    const account = openAccount(run, provider.description, run.clock.now() + TEST_PATIENCE_MS);
    return { ok: true, detail: await provider.open(account).check() };
  },
  routes: carrierRoutes(providers),
};

function providerOf({ integration }: TestRun): CarrierProvider {
  const provider = Object.hasOwn(providers, integration.provider) ? providers[integration.provider] : undefined;
  if (provider === undefined) throw new PermanentError(`There is no carrier "${integration.provider}".`, 'config');
  return provider;
}
