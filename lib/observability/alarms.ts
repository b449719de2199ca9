import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Api } from '../api.ts';
import { TICK_SECONDS } from '../configuration.ts';
import type { Data } from '../data.ts';
import type { DeployedKind } from '../deployed-kinds.ts';
import type { Dispatcher } from '../dispatcher.ts';
import type { KindPipeline } from '../kind-pipeline.ts';
import type { LambdaFunction } from '../lambda-function.ts';
import { messagesIn } from './messages-in.ts';
import type { DriftlessMetrics } from './metric.ts';

/** An alarm as data. Its name begins with its heading in the README's section "Operate". */
export interface AlarmDefinition {
  readonly heading: string;
  /** What it is about, where there are several of the heading: a kind, a provider, a function. */
  readonly subject?: string;
  /** What has happened, in a sentence. */
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparison?: ComparisonOperator;
  /** How many of how many points must be over the threshold. */
  readonly points: readonly [number, number];
  readonly missing?: TreatMissingData;
  /** Whether someone is to be woken. */
  readonly pages?: boolean;
}

export interface Watched {
  readonly metrics: DriftlessMetrics;
  readonly dispatcher: Dispatcher;
  readonly pipelines: readonly KindPipeline[];
  readonly api: Api;
  readonly data: Data;
  /** Functions besides the dispatcher's, the pipelines' and the API's. */
  readonly otherFunctions: readonly LambdaFunction[];
}

const FIVE_MINUTES = Duration.minutes(5);
/** For what comes once an interval: over five minutes an hourly sync would raise the alarm and end it every hour. */
const HOUR = Duration.hours(1);
const MOST: readonly [number, number] = [2, 3];
const ONCE: readonly [number, number] = [1, 1];

/** All alarms, in the order of the dashboard. */
export function alarmDefinitions(watched: Watched): readonly AlarmDefinition[] {
  return [
    ...currency(watched),
    ...watched.pipelines.flatMap((pipeline) => kindAlarms(pipeline, watched.metrics)),
    ...(watched.pipelines.some(({ kind }) => kind.name === 'receipts') ? receiptAlarms(watched.metrics) : []),
    ...functionAlarms(watched),
    ...storeAlarms(watched),
    {
      heading: 'API answers with errors',
      says: 'More than 5 % of the API’s answers are 5xx.',
      metric: new Metric({
        namespace: 'AWS/ApiGateway',
        metricName: '5xx',
        dimensionsMap: { ApiId: watched.api.httpApi.apiId },
        statistic: Stats.AVERAGE,
        period: FIVE_MINUTES,
      }),
      threshold: 0.05,
      points: MOST,
      pages: true,
    },
  ];
}

/** Are we current? */
function currency({ metrics, dispatcher }: Watched): readonly AlarmDefinition[] {
  return [
    {
      heading: 'No tick',
      says: 'The dispatcher has not finished a tick for three minutes: nothing is being scheduled.',
      metric: metrics.one('Tick', 'Sum', {}, Duration.seconds(TICK_SECONDS)),
      threshold: dispatcher.ticks,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      points: [3, 3],
      missing: TreatMissingData.BREACHING,
      pages: true,
    },
    {
      heading: 'Failed ticks',
      says: 'Ticks failed or could not be delivered to the dispatcher.',
      metric: dispatcher.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        period: FIVE_MINUTES,
        statistic: Stats.MAXIMUM,
      }),
      threshold: 1,
      points: ONCE,
    },
    {
      heading: 'Integrations overdue',
      says: 'A slot has been due for more than three minutes and was not enqueued.',
      metric: metrics.one('OldestOverdueSeconds', 'Maximum'),
      threshold: 180,
      points: MOST,
      pages: true,
    },
  ];
}

function kindAlarms(
  { kind, queue, deadLetterQueue }: KindPipeline,
  metrics: DriftlessMetrics,
): readonly AlarmDefinition[] {
  const of = { kind: kind.name };
  const forKind: readonly AlarmDefinition[] = [
    {
      heading: 'Runs start late',
      says: 'One run in a hundred starts more than a minute after its slot.',
      metric: metrics.one('LatenessMs', 'p99', of, FIVE_MINUTES),
      threshold: 60_000,
      points: MOST,
    },
    ...(kind.onDemand ? [] : [staleData(kind, metrics)]),
    {
      heading: 'Backlog',
      says: 'The oldest message has waited for a quarter of an hour.',
      metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
      threshold: 900,
      points: MOST,
    },
    {
      heading: 'Dead letters',
      says: 'A run was given up on after its last retry.',
      metric: metrics.one('DeadLettered', 'Sum', of, HOUR),
      threshold: 1,
      points: ONCE,
    },
    {
      heading: 'Dead-letter queue not drained',
      says: 'Messages stay in the dead-letter queue: they are not recorded and nobody is told about them.',
      metric: messagesIn(deadLetterQueue, kind.name),
      threshold: 1,
      points: [8, 10],
      pages: true,
    },
    {
      heading: 'Fenced writes refused',
      says: 'Workers lose their lease while they work.',
      metric: metrics.one('FencedWriteRefused', 'Sum', of, FIVE_MINUTES),
      threshold: 3,
      points: MOST,
    },
  ];
  return [
    ...forKind.map((alarm) => ({ ...alarm, subject: kind.name })),
    ...kind.providers.flatMap((provider) => providerAlarms(kind, provider, metrics)),
  ];
}

function staleData({ name, mayBeAway }: DeployedKind, metrics: DriftlessMetrics): AlarmDefinition {
  return {
    heading: 'Data is stale',
    says: `Of ${mayBeAway ? 'ten runs nine end' : 'ten runs one ends'} with data that is older than three sync intervals.`,
    metric: metrics.one('StaleIntervals', mayBeAway ? 'p10' : 'p90', { kind: name }, HOUR),
    threshold: 3,
    points: ONCE,
  };
}

function providerAlarms(
  { name, mayBeAway }: DeployedKind,
  provider: string,
  metrics: DriftlessMetrics,
): readonly AlarmDefinition[] {
  const of = { kind: name, provider };
  const alarms: readonly AlarmDefinition[] = [
    {
      heading: 'Failure rate',
      says: `${mayBeAway ? 'Nearly all' : 'More than half'} of the runs of this provider failed within an hour.`,
      metric: metrics.one('RunFailed', 'Average', of, HOUR),
      threshold: mayBeAway ? 0.95 : 0.5,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      points: ONCE,
    },
    {
      heading: 'Authentication failures',
      says: 'The provider refused credentials ten times in an hour.',
      metric: metrics.one('AuthenticationFailures', 'Sum', of, HOUR),
      threshold: 10,
      points: ONCE,
    },
    {
      heading: 'Breaker open too long',
      says: 'A breaker has been open for a quarter of an hour.',
      // Told by runs that are put off, and while it stays open these come ever more rarely.
      metric: metrics.one('BreakerOpenSeconds', 'Maximum', of, HOUR),
      threshold: 900,
      points: ONCE,
    },
  ];
  return alarms.map((alarm) => ({ ...alarm, subject: `${name} ${provider}` }));
}

function receiptAlarms(metrics: DriftlessMetrics): readonly AlarmDefinition[] {
  return [
    {
      heading: 'Receipts waiting too long',
      says: 'A receipt has been waiting for a quarter of an hour.',
      metric: metrics.one('ReceiptsOldestPendingSeconds', 'Maximum', {}, FIVE_MINUTES),
      threshold: 900,
      points: MOST,
      pages: true,
    },
    {
      heading: 'Receipts with unknown outcome',
      says: 'Receipts were sent and not answered, and the operator cannot tell what became of them.',
      metric: metrics.one('ReceiptsUnknown', 'Maximum', {}, FIVE_MINUTES),
      threshold: 1,
      points: MOST,
    },
    {
      heading: 'Receipts given up on',
      says: 'A receipt was dead-lettered: it is not registered.',
      metric: metrics.one('ReceiptsDeadLettered', 'Sum', {}, HOUR),
      threshold: 1,
      points: ONCE,
    },
  ];
}

function functionAlarms({ dispatcher, pipelines, api, otherFunctions }: Watched): readonly AlarmDefinition[] {
  const working = [dispatcher.lambda, ...pipelines.map((pipeline) => pipeline.worker), api.lambda];
  const all = [...working, ...pipelines.map((pipeline) => pipeline.deadLetter), ...otherFunctions];
  return [
    ...all.map((lambda) => ({
      heading: 'Function errors',
      subject: lambda.functionName,
      says: 'Invocations end with an error.',
      metric: lambda.function.metricErrors({ period: FIVE_MINUTES }),
      threshold: 1,
      points: MOST,
    })),
    ...working.flatMap((lambda) => [
      {
        heading: 'Function throttled',
        subject: lambda.functionName,
        says: 'Invocations are refused because the account’s concurrency is used up.',
        metric: lambda.function.metricThrottles({ period: FIVE_MINUTES }),
        threshold: 1,
        points: MOST,
      },
      {
        heading: 'Function near its timeout',
        subject: lambda.functionName,
        says: 'One invocation in a hundred takes more than 85 % of its time.',
        metric: lambda.function.metricDuration({ period: FIVE_MINUTES, statistic: Stats.p(99) }),
        threshold: lambda.timeout.toMilliseconds() * 0.85,
        points: MOST,
      },
    ]),
  ];
}

function storeAlarms({ metrics, data }: Watched): readonly AlarmDefinition[] {
  return [
    {
      heading: 'Tables throttled',
      says: 'DynamoDB throttles the functions.',
      metric: metrics.one('ThrottledByDynamoDB', 'Sum', {}, FIVE_MINUTES),
      threshold: 10,
      points: MOST,
    },
    {
      heading: 'Due index throttled',
      says: 'The due index cannot take the writes, and holds up the table behind it.',
      metric: new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: 'WriteThrottleEvents',
        dimensionsMap: { TableName: data.tables.integrations.tableName, GlobalSecondaryIndexName: 'due' },
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
      }),
      threshold: 1,
      points: MOST,
    },
  ];
}
