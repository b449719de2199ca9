import { PermanentError } from '../../model/failure.ts';
import type { Kind, Run, TestRun } from '../kind.ts';
import type { VehicleProvider } from './providers/provider.ts';
import { pull } from './providers/pull/pull.ts';
import { samsara } from './providers/samsara/samsara.ts';
import { traccar } from './providers/traccar/traccar.ts';
import { routes } from './routes.ts';
import { syncVehicle, type VehicleSettings } from './sync.ts';

const providers: Readonly<Record<string, VehicleProvider>> = { pull, traccar, samsara };

/** Vehicles whose telemetry is read at short intervals. `settings` are the deployment's. */
export function createVehicle(settings: VehicleSettings): Kind {
  return {
    name: 'vehicle',
    title: 'Vehicles',
    defaultSyncInterval: 30,
    providers: Object.fromEntries(Object.entries(providers).map(([name, { description }]) => [name, description])),
    // The next slot is the retry, and a vehicle that is switched off is nothing that anybody has to mend.
    policy: { retries: 0, onExhausted: 'stay', scheduled: 'interval', breaker: false, leaseSeconds: 45 },
    sync: (run: Run) => syncVehicle(run, providerOf(run), settings),
    async test(run: TestRun) {
      const provider = providerOf(run);
      return provider.test(provider.connect(run), run);
    },
    routes,
  };
}

export const vehicle: Kind = createVehicle({ measurementRetentionDays: 400 });

function providerOf(run: TestRun): VehicleProvider {
  const provider = providers[run.integration.provider];
  if (provider === undefined) {
    throw new PermanentError(`error: there is no vehicle provider "${run.integration.provider}"`, 'config');
  }
  return provider;
}
