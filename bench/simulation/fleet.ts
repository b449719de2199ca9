import { KIND_NAMES, type KindName } from '../../functions/model/kind-name.ts';

/** A share of the simulated integrations that behave alike. */
export interface Crowd {
  readonly kind: KindName;
  readonly intervalSeconds: number;
  /** Of all integrations. */
  readonly share: number;
}

/** How long the provider's part of a run takes (log-normal), and how it goes wrong. */
export interface ProviderBehaviour {
  readonly medianSeconds: number;
  readonly p99Seconds: number;
  /** Share of the runs that fail and are tried again after 60 s. */
  readonly failures: number;
  /** Share of the runs that are told to come again in 30 s. */
  readonly throttled: number;
}

export interface Plan {
  readonly integrations: number;
  readonly crowds: readonly Crowd[];
  readonly providers: Readonly<Record<KindName, ProviderBehaviour>>;
  /** Lambda environments at once, a kind. */
  readonly concurrency: Readonly<Record<KindName, number>>;
  readonly dueShards: number;
  /** Dispatchers that share the shards. */
  readonly dispatchers: number;
  readonly slotsASecond: number;
  readonly tickSeconds: number;
  readonly horizonSeconds: number;
}

/** One tenant's taste is not another's: a guess at a large customer base, not a measurement. */
export const A_MILLION: Plan = {
  integrations: 1_000_000,
  crowds: [
    { kind: 'vehicle', intervalSeconds: 30, share: 0.04 },
    { kind: 'receipts', intervalSeconds: 60, share: 0.02 },
    { kind: 'source', intervalSeconds: 300, share: 0.04 },
    { kind: 'source', intervalSeconds: 900, share: 0.15 },
    { kind: 'source', intervalSeconds: 3600, share: 0.35 },
    { kind: 'source', intervalSeconds: 86_400, share: 0.2 },
    { kind: 'carrier', intervalSeconds: 3600, share: 0.2 },
  ],
  providers: {
    vehicle: { medianSeconds: 0.8, p99Seconds: 8, failures: 0, throttled: 0 },
    receipts: { medianSeconds: 0.5, p99Seconds: 4, failures: 0.005, throttled: 0 },
    source: { medianSeconds: 0.4, p99Seconds: 6, failures: 0.01, throttled: 0.01 },
    carrier: { medianSeconds: 1, p99Seconds: 15, failures: 0.01, throttled: 0.02 },
  },
  concurrency: { vehicle: 1000, receipts: 400, source: 800, carrier: 400 },
  dueShards: 8,
  dispatchers: 2,
  // Far below what one does here: on AWS each call takes its 5 to 10 ms.
  slotsASecond: 2000,
  tickSeconds: 60,
  horizonSeconds: 90,
};

export const kindNumber = (kind: KindName): number => KIND_NAMES.indexOf(kind);
