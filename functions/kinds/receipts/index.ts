import { PermanentError } from '../../model/failure.ts';
import type { Integration } from '../../model/integration.ts';
import type { Kind } from '../kind.ts';
import { DEFAULT_INTERVAL_SECONDS } from './deliver-batch.ts';
import { atol } from './providers/atol.ts';
import { ofd } from './providers/ofd.ts';
import type { Provider } from './providers/provider.ts';
import { redriveReceipt } from './redrive.ts';
import { receiptRoutes } from './routes.ts';
import { syncReceipts } from './sync.ts';

const PROVIDERS: Readonly<Record<string, Provider>> = { ofd, atol };

function providerOf({ provider }: Pick<Integration, 'provider'>): Provider {
  const found = PROVIDERS[provider];
  if (found === undefined) throw new PermanentError(`Unknown fiscal data operator ${provider}.`, 'config');
  return found;
}

/** Cash registers: every receipt reaches the fiscal data operator once, or a person's desk. */
export const receipts: Kind = {
  name: 'receipts',
  title: 'Receipts',
  defaultSyncInterval: DEFAULT_INTERVAL_SECONDS,
  providers: PROVIDERS,
  // Retries are counted per receipt. The engine renews the lease every 15 s.
  policy: { retries: 0, onExhausted: 'stay', scheduled: 'on-demand', breaker: true, leaseSeconds: 45 },
  sync: (run) => syncReceipts(run, providerOf(run.integration)),
  test: (run) => providerOf(run.integration).test(run),
  redrive: (letter, deps) => redriveReceipt(letter, providerOf(deps.integration), deps),
  routes: receiptRoutes(providerOf),
};
