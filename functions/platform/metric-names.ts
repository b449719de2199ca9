/**
 * Every metric the functions emit, once: the emitter and the dashboard and alarms (lib/observability) read this table, so a
 * name or a dimension cannot differ between them. Pure data: no SDK, no CDK.
 *
 * Namespace `Driftless`. Each metric has the dimensions listed here and no others, besides `service` (Powertools adds it
 * from POWERTOOLS_SERVICE_NAME; it is the deployment's prefix, so that two deployments in one account stay apart).
 * Never a tenant or an integration as a dimension: each would be a metric of its own, paid for each month. Questions about
 * one integration are answered from the logs.
 */
export const METRIC_NAMESPACE = 'Driftless';

/** The outcome dimension of `Runs`. */
const RUN_OUTCOMES = ['success', 'partial', 'failed', 'deferred', 'skipped'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

export type MetricDimension = 'kind' | 'provider' | 'outcome';

export interface MetricDefinition {
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds' | 'None';
  readonly dimensions: readonly MetricDimension[];
  /** When and where it is emitted, and what a value means. */
  readonly says: string;
}

export const METRICS = {
  // The dispatcher, once a tick.
  Tick: { unit: 'Count', dimensions: [], says: '1 when a tick has come to its end' },
  SlotsDispatched: { unit: 'Count', dimensions: [], says: 'slots enqueued by a tick, its whole horizon' },
  Overdue: { unit: 'Count', dimensions: [], says: 'slots a tick found that were due more than one tick before it' },
  OldestOverdueSeconds: {
    unit: 'Seconds',
    dimensions: [],
    says: 'age of the oldest slot a tick found; 0 when none is late',
  },
  TickSeconds: { unit: 'Seconds', dimensions: [], says: 'how long a tick took' },

  // A worker, once a run.
  Runs: { unit: 'Count', dimensions: ['kind', 'provider', 'outcome'], says: '1 per history entry' },
  RunFailed: {
    unit: 'Count',
    dimensions: ['kind', 'provider'],
    says: '1 for a failed run, 0 for any other that ran; its average is the failure rate',
  },
  RunSeconds: { unit: 'Seconds', dimensions: ['kind'], says: 'how long a run took, continuations included' },
  LatenessMs: { unit: 'Milliseconds', dimensions: ['kind'], says: 'start of a scheduled run minus its slot' },
  StaleIntervals: {
    unit: 'None',
    dimensions: ['kind'],
    says: 'at the end of a scheduled run, not of kinds on demand: age of what is stored, in intervals; 0 after a success',
  },
  RateLimited: {
    unit: 'Count',
    dimensions: ['kind', 'provider'],
    says: '1 per run put off by a rate limit (429, Retry-After, shared cooldown)',
  },
  BreakerOpened: { unit: 'Count', dimensions: ['kind', 'provider'], says: '1 per breaker that opened' },
  BreakerOpenSeconds: {
    unit: 'Seconds',
    dimensions: ['kind', 'provider'],
    says: 'per run put off by a breaker: for how long it has been open',
  },
  AuthenticationFailures: {
    unit: 'Count',
    dimensions: ['kind', 'provider'],
    says: '1 per run that failed because the credential was refused',
  },
  FencedWriteRefused: {
    unit: 'Count',
    dimensions: ['kind'],
    says: '1 per run that found its lease taken over and stopped',
  },
  UpstreamCalls: { unit: 'Count', dimensions: ['kind', 'provider'], says: 'requests a run sent to its provider' },
  UpstreamLatencyMs: {
    unit: 'Milliseconds',
    dimensions: ['kind', 'provider'],
    says: 'time to a complete answer, one value per request',
  },

  // The receipts worker, once a run of a register.
  ReceiptsPending: { unit: 'Count', dimensions: [], says: 'receipts waiting in the register that just ran' },
  ReceiptsOldestPendingSeconds: {
    unit: 'Seconds',
    dimensions: [],
    says: 'age of the oldest receipt waiting in that register; 0 when none waits',
  },
  ReceiptsUnknown: {
    unit: 'Count',
    dimensions: [],
    says: 'receipts of that register whose send was not answered and could not be asked about yet',
  },
  ReceiptsDeadLettered: { unit: 'Count', dimensions: [], says: 'receipts given up on' },

  // The dead-letter function and everyone who calls DynamoDB.
  DeadLettered: { unit: 'Count', dimensions: ['kind'], says: '1 per message recorded as a dead letter' },
  ThrottledByDynamoDB: { unit: 'Count', dimensions: [], says: 'requests DynamoDB throttled, retries included' },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;
