import * as z from 'zod';
import type { Kind, KindPolicy, Run, SyncResult } from '../../functions/kinds/kind.ts';
import type { KindName } from '../../functions/model/kind-name.ts';

export const CARRIER_POLICY: KindPolicy = {
  retries: 3,
  onExhausted: 'stay',
  scheduled: 'interval',
  breaker: false,
  leaseSeconds: 45,
};
export const SOURCE_POLICY: KindPolicy = { ...CARRIER_POLICY, onExhausted: 'disable' };
export const VEHICLE_POLICY: KindPolicy = { ...CARRIER_POLICY, retries: 0 };
export const RECEIPTS_POLICY: KindPolicy = { ...VEHICLE_POLICY, scheduled: 'on-demand' };

/** A kind whose runs do what the test says. */
export function fakeKind(name: KindName, policy: KindPolicy, sync: (run: Run) => Promise<SyncResult>): Kind {
  return {
    name,
    title: name,
    defaultSyncInterval: 3600,
    providers: {
      fake: {
        title: 'Fake',
        defaultBaseUrl: null,
        credentials: [],
        configSchema: z.record(z.string(), z.unknown()),
        rateLimit: null,
      },
    },
    policy,
    sync,
    test: async () => ({ ok: true, detail: null }),
    routes: [],
  };
}

export const success = (recordsCount = 1): SyncResult => ({
  outcome: 'success',
  recordsCount,
  details: {},
  stored: true,
});
