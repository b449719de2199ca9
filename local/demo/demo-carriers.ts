import { carrier } from '../../functions/kinds/carrier/index.ts';
import { serveCarriers, simulateCarrier } from '../../functions/kinds/carrier/simulator/index.ts';
import { ensureIntegration, type StartDemoPart } from './demo-fleet.ts';

/** How many SIMs each demo carrier has; those with one call per SIM have few, so that a first sync takes seconds. */
const FLEETS = {
  hologram: 250,
  '1nce': 20,
  supersim: 120,
  emnify: 40,
  telnyx: 120,
  soracom: 10,
  jasper: 15,
  onomondo: 60,
} as const;
const NAMES = Object.keys(FLEETS) as (keyof typeof FLEETS)[];
/** Device links written at once. */
const PARALLEL = 16;

export const startDemoCarriers: StartDemoPart = async (clock) => {
  const fleets = NAMES.map((name) => ({ name, simulated: simulateCarrier(name, { sims: FLEETS[name], clock }) }));
  const server = await serveCarriers(Object.fromEntries(fleets.map(({ name, simulated }) => [name, simulated])));
  return {
    async connect(api) {
      for (const { name, simulated } of fleets) {
        const { id, fresh } = await ensureIntegration(
          {
            name: `${carrier.providers[name]?.title ?? name} fleet`,
            kind: 'carrier',
            provider: name,
            baseUrl: server.baseUrlOf(name),
            ...(simulated.accountId !== null && { accountId: simulated.accountId }),
            credentials: simulated.credentials,
            syncInterval: 300,
            // Its first run shall find the devices.
            syncEnabled: false,
          },
          api,
        );
        if (!fresh) continue;
        const waiting = [...simulated.sims.entries()];
        const lane = async (): Promise<void> => {
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
            const [index, sim] = next;
            const deviceId = `${name}-${String(index + 1).padStart(3, '0')}`;
            const { carrierDeviceId, iccid } = sim;
            const body = { carrierDeviceId, name: sim.name, iccid };
            await api.call('PUT', `/api/integrations/${id}/devices/${deviceId}`, body);
          }
        };
        await Promise.all(Array.from({ length: PARALLEL }, lane));
        await api.call('PATCH', `/api/integrations/${id}/sync-settings`, { syncEnabled: true });
      }
    },
    close: () => server.close(),
  };
};
