import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { carrier } from '../../../../functions/kinds/carrier/index.ts';
import { saveLink } from '../../../../functions/kinds/carrier/links.ts';
import type { CarrierName } from '../../../../functions/kinds/carrier/providers/index.ts';
import type { DeviceView } from '../../../../functions/kinds/carrier/schema.ts';
import { inProcessHttp, type SimulatedCarrier } from '../../../../functions/kinds/carrier/simulator/index.ts';
import { openPartition } from '../../../../functions/kinds/carrier/store.ts';
import type { DataTable, Run, SyncResult, TestResult, TestRun } from '../../../../functions/kinds/kind.ts';
import type { RouteDeps } from '../../../../functions/kinds/route.ts';
import { LeaseLost } from '../../../../functions/model/failure.ts';
import { integrationKey } from '../../../../functions/model/ids.ts';
import type { Integration } from '../../../../functions/model/integration.ts';
import type { HttpClient } from '../../../../functions/platform/http/http.ts';
import type { Upstream } from '../../../../functions/platform/upstream/upstream.ts';
import { anIntegration } from './an-integration.ts';
import { type FakeUpstreamOptions, fakeUpstream, type SharedLimit } from './fake-upstream.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** One integration with everything a run needs: the real store, a simulated carrier, time that waits for nobody. */
export interface Harness {
  readonly data: DataTable;
  integration: Integration;
  /** Memo of the warm process; replace it for a cold one. */
  memo: Map<string, unknown>;
  /** What the engine keeps between runs. */
  checkpoint: unknown;
  readonly saves: unknown[];
  /** What the runs call; `inProcess` unless replaced. */
  http: HttpClient;
  readonly inProcess: HttpClient;
  /** What a run is given to call with. */
  upstreamOf: (options: FakeUpstreamOptions) => Upstream;
  /** Links every SIM of the carrier, or the ones given. */
  link(sims?: SimulatedCarrier['sims']): Promise<void>;
  /** One slice. `checkpoint` and the run's number are kept as the engine would. */
  slice(options?: SliceOptions): Promise<SyncResult>;
  /** Slices until the run ends; RetryLater is waited out. */
  run(options?: SliceOptions): Promise<Exclude<SyncResult, { outcome: 'continue' }>>;
  test(): Promise<TestResult>;
  devices(): Promise<DeviceView[]>;
  call(method: string, path: string, input?: CallInput): Promise<unknown>;
  readonly slices: number;
}

export interface SliceOptions {
  /** Slice length; the engine's is about 40 s. */
  readonly sliceMs?: number;
  readonly token?: number;
  /** Throws LeaseLost from `assertHeld` on. */
  readonly leaseLost?: boolean;
}

interface CallInput {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, unknown>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface HarnessOptions {
  readonly provider: CarrierName;
  readonly data: DataTable;
  readonly clock: VirtualClock;
  readonly carrier: SimulatedCarrier;
  readonly integration?: Partial<Integration>;
  readonly http?: HttpClient;
  readonly shared?: SharedLimit;
  /** `null`: no limiter. Default: the provider's. */
  readonly limited?: boolean;
}

let integrations = 0;

export function harness(options: HarnessOptions): Harness {
  const { provider, data, clock, carrier: simulated } = options;
  integrations += 1;
  const inProcess = options.http ?? inProcessHttp(simulated);
  const rateLimit = options.limited === false ? null : (carrier.providers[provider]?.rateLimit ?? null);
  const shared = options.shared ?? { nextAt: 0 };
  let token = 0;
  let slices = 0;
  let linked = 0;

  const testRun = (): TestRun => ({
    tenantId: self.integration.tenantId,
    integrationId: self.integration.id,
    integration: self.integration,
    credentials: simulated.credentials,
    upstream: self.upstreamOf({ http: self.http, clock, rateLimit, shared }),
    data,
    clock,
    signal: new AbortController().signal,
    memo: self.memo,
  });

  const self: Harness = {
    data,
    integration: anIntegration(provider, `carrier-${integrations}`, simulated, clock.now(), options.integration),
    memo: new Map(),
    checkpoint: null,
    saves: [],
    http: inProcess,
    upstreamOf: fakeUpstream,
    inProcess,
    get slices() {
      return slices;
    },

    async link(sims = simulated.sims) {
      const pk = integrationKey(self.integration.tenantId, self.integration.id);
      if (linked > 0) {
        const partition = openPartition(pk, data);
        for (const { deviceId, carrierDeviceId, name } of sims) {
          await saveLink({ deviceId, carrierDeviceId, name, iccid: null }, partition);
        }
      } else await linkMany(pk, sims, data);
      linked += sims.length;
    },

    async slice({ sliceMs = 40_000, leaseLost = false, ...given } = {}) {
      const continued = self.checkpoint !== null;
      if (!continued) token += 1;
      slices += 1;
      const run: Run = {
        ...testRun(),
        slot: clock.now(),
        trigger: 'schedule',
        token: given.token ?? token,
        deadline: clock.now() + sliceMs,
        cursor: null,
        checkpoint: self.checkpoint,
        continued,
        async save({ checkpoint }) {
          // As stored by the engine: whatever cannot be JSON is lost here, as it would be there.
          if (checkpoint !== undefined) self.checkpoint = JSON.parse(JSON.stringify(checkpoint));
          self.saves.push(checkpoint);
        },
        assertHeld() {
          if (leaseLost) throw new LeaseLost('another worker has taken over');
        },
      };
      const result = await carrier.sync(run);
      self.checkpoint = result.outcome === 'continue' ? JSON.parse(JSON.stringify(result.checkpoint)) : null;
      return result;
    },

    async run(sliceOptions) {
      for (let slice = 0; slice < 10_000; slice++) {
        try {
          const result = await self.slice(sliceOptions);
          if (result.outcome !== 'continue') return result;
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'RetryLater') throw error;
          clock.advance(Math.max(1, (error as Error & { until: number }).until - clock.now()));
        }
      }
      throw new Error('the run does not end');
    },

    test: () => carrier.test(testRun()),

    async devices() {
      const found: DeviceView[] = [];
      let cursor: string | undefined;
      do {
        const page = (await self.call('GET', '/api/integrations/{id}/devices', {
          query: { limit: 100, cursor },
        })) as { devices: DeviceView[]; nextCursor: string | null };
        found.push(...page.devices);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    },

    async call(method, path, { params = {}, query = {}, body, headers = {} } = {}) {
      const route = carrier.routes.find((each) => each.method === method && each.path === path);
      if (route === undefined) throw new Error(`no route ${method} ${path}`);
      const deps: RouteDeps = {
        integration: self.integration,
        data,
        clock,
        ids: { next: () => 'id' },
        wake: async () => undefined,
        connect: async () => testRun(),
        runNow: async () => ({ state: 'held' }),
      };
      const request = {
        tenantId: self.integration.tenantId,
        role: 'operator',
        headers,
        params: route.params?.parse(params) ?? {},
        query: route.query?.parse(query) ?? {},
        body: route.body === undefined ? undefined : route.body.parse(body),
      } as const;
      const answer = await route.handle(request, deps);
      return route.status === 204 ? answer : route.response.parse(answer);
    },
  };
  return self;
}

/** As `saveLink` would store them one by one, twenty-five at a time. */
async function linkMany(pk: string, sims: SimulatedCarrier['sims'], data: DataTable): Promise<void> {
  const items: Record<string, unknown>[] = sims.map(({ deviceId, carrierDeviceId, name }, ordinal) => {
    return { pk, sk: `device#${deviceId}`, deviceId, carrierDeviceId, name, iccid: null, ordinal };
  });
  items.push({ pk, sk: 'ordinals', given: sims.length });
  for (let at = 0; at < items.length; at += 25) {
    const puts = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await data.client.send(new BatchWriteCommand({ RequestItems: { [data.tableName]: puts } }));
  }
}
