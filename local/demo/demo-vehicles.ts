import {
  serveSimulators,
  simulatedSamsara,
  simulatedTraccar,
  simulatedVehicle,
} from '../../functions/kinds/vehicle/simulator/index.ts';
import { type DemoIntegration, ensureIntegration, type StartDemoPart } from './demo-fleet.ts';

const TRUCK_KEY = 'truck-simulated-key-0001';
const TRACCAR_TOKEN = 'traccar-simulated-token-0001';
const SAMSARA_TOKEN = 'samsara-simulated-token-0001';

/** Every ten minutes one truck is out of reach for two. */
const TRIP_MS = 600_000;
const COVERED_MS = 480_000;

/** Trucks that are pulled, one of which is out of reach now and then, and a vehicle behind each of two services. */
export const startDemoVehicles: StartDemoPart = async (clock) => {
  const trucks = [1, 2, 3].map((seed) =>
    simulatedVehicle({
      clock,
      apiKey: TRUCK_KEY,
      seed,
      channels: 6 + seed * 2,
      nulls: 0.01,
      alarms: { everyMs: 1_200_000 + seed * 300_000, lastsMs: 180_000 },
    }),
  );
  const roaming = trucks[2];
  const startedAt = clock.now();
  const coverage = setInterval(() => {
    if (roaming !== undefined) roaming.faults.offline = (clock.now() - startedAt) % TRIP_MS > COVERED_MS;
  }, 5_000);
  coverage.unref();
  const server = await serveSimulators({
    ...Object.fromEntries(trucks.map((truck, i) => [`/trucks/${i + 1}`, truck])),
    '/traccar': simulatedTraccar({ clock, token: TRACCAR_TOKEN }),
    '/samsara': simulatedSamsara({ clock, token: SAMSARA_TOKEN }),
  });
  const integrations = (): readonly DemoIntegration[] => [
    ...trucks.map((_, i) => ({
      name: `Truck ${i + 1}`,
      kind: 'vehicle',
      provider: 'pull',
      baseUrl: `${server.url}/trucks/${i + 1}`,
      credentials: { apiKey: TRUCK_KEY },
    })),
    {
      name: 'Van (Traccar)',
      kind: 'vehicle',
      provider: 'traccar',
      baseUrl: `${server.url}/traccar/api`,
      accountId: '1',
      credentials: { token: TRACCAR_TOKEN },
      syncInterval: 60,
    },
    {
      name: 'Truck A7 (Samsara)',
      kind: 'vehicle',
      provider: 'samsara',
      baseUrl: `${server.url}/samsara`,
      accountId: '112',
      credentials: { token: SAMSARA_TOKEN },
      syncInterval: 60,
    },
  ];
  return {
    async connect(api) {
      for (const integration of integrations()) await ensureIntegration(integration, api);
    },
    async close() {
      clearInterval(coverage);
      await server.close();
    },
  };
};
