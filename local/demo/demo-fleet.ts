import type { Clock } from '../../functions/platform/clock.ts';
import type { DemoApi } from './demo-api.ts';
import { startDemoCarriers } from './demo-carriers.ts';
import { startDemoReceipts } from './demo-receipts.ts';
import { startDemoSources } from './demo-sources.ts';
import { startDemoVehicles } from './demo-vehicles.ts';

/** One part of the demo: simulated upstreams that are served on loopback, and the integrations that point at them. */
export interface DemoPart {
  /** Creates the integrations, or, where the data directory has them already, points them at the new ports. */
  connect(api: DemoApi): Promise<void>;
  close(): Promise<void>;
}

export type StartDemoPart = (clock: Clock) => Promise<DemoPart>;

const PARTS: readonly StartDemoPart[] = [startDemoCarriers, startDemoVehicles, startDemoSources, startDemoReceipts];

/** A fleet of simulated carriers, vehicles, sources and an operator for the tenant `demo`. */
export async function startDemoFleet(clock: Clock): Promise<DemoPart> {
  const parts = await Promise.all(PARTS.map((start) => start(clock)));
  return {
    async connect(api) {
      await Promise.all(parts.map((part) => part.connect(api)));
    },
    async close() {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

/** What the demo wants an integration to be, in the API's words. */
export interface DemoIntegration {
  readonly name: string;
  readonly kind: string;
  readonly provider: string;
  readonly baseUrl: string;
  readonly accountId?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly credentials?: object;
  readonly syncInterval?: number;
  /** False: the caller switches it on when its data is there. */
  readonly syncEnabled?: boolean;
}

/**
 * The id of the integration with this name, created when it is missing. `fresh`: its data is still to be put there, because
 * it is new or because the start that created it was cut off.
 */
export async function ensureIntegration(
  wanted: DemoIntegration,
  api: DemoApi,
): Promise<{ readonly id: string; readonly fresh: boolean }> {
  const query = new URLSearchParams({ kind: wanted.kind, q: wanted.name });
  const { integrations } = (await api.call('GET', `/api/integrations?${query}`)) as {
    integrations: readonly { id: string; name: string; baseUrl: string | null; status: string; syncEnabled: boolean }[];
  };
  const found = integrations.find(({ name }) => name === wanted.name);
  if (found === undefined) {
    const { id } = (await api.call('POST', '/api/integrations', wanted)) as { id: string };
    return { id, fresh: true };
  }
  // The simulated upstreams have other ports after a restart. All else that a person has changed stays.
  const { baseUrl } = wanted;
  const isSimulated = found.baseUrl !== null && new URL(found.baseUrl).hostname === new URL(baseUrl).hostname;
  if (isSimulated) await api.call('PATCH', `/api/integrations/${found.id}`, { baseUrl });
  const isHalfMade = wanted.syncEnabled === false && !found.syncEnabled && found.status === 'pending';
  return { id: found.id, fresh: isHalfMade };
}
