import { Duration } from 'aws-cdk-lib';
import type { IAlarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { DefaultDashboardFactory, MonitoringFacade } from 'cdk-monitoring-constructs';
import type { Construct } from 'constructs';
import { alarmWidgets } from './alarm-widgets.ts';
import type { Watched } from './alarms.ts';
import { costEstimate } from './cost-estimate.ts';
import { messagesIn } from './messages-in.ts';

/** A graph: its title and its lines. */
type Graph = readonly [title: string, lines: readonly (Metric | MathExpression)[]];

/**
 * One page, in the order an operator asks: are we current, is there a backlog, what fails and at whom, are receipts safe,
 * what was given up on; then the machinery below, and what it costs.
 */
export function buildDashboard(scope: Construct, prefix: string, watched: Watched, alarms: readonly IAlarm[]): void {
  const { metrics, pipelines, dispatcher, api, data, otherFunctions } = watched;
  const page = new MonitoringFacade(scope, 'Page', {
    metricFactoryDefaults: { namespace: 'Driftless' },
    alarmFactoryDefaults: { alarmNamePrefix: prefix, actionsEnabled: false },
    dashboardFactory: new DefaultDashboardFactory(scope, 'Dashboard', {
      dashboardNamePrefix: prefix,
      detailDashboardRange: Duration.hours(8),
    }),
  });
  const section = (title: string, graphs: readonly Graph[]) =>
    page.monitorCustom({
      alarmFriendlyName: title,
      humanReadableName: title,
      metricGroups: graphs.map(([heading, lines]) => ({ title: heading, metrics: [...lines] })),
    });

  for (const widget of alarmWidgets(alarms)) page.addWidget(widget);

  section('Are we current?', [
    ['Heartbeat', [metrics.one('Tick', 'Sum'), metrics.one('TickSeconds', 'Maximum')]],
    ['Overdue', [metrics.one('Overdue', 'Maximum'), metrics.one('OldestOverdueSeconds', 'Maximum')]],
    ['Lateness p50', [metrics.every('LatenessMs', 'p50')]],
    ['Lateness p99', [metrics.every('LatenessMs', 'p99')]],
  ]);
  section('How fresh is the data?', [
    ['Age in sync intervals, p90', [metrics.every('StaleIntervals', 'p90')]],
    ['Slots enqueued', [metrics.one('SlotsDispatched', 'Sum')]],
    ['Runs by outcome', [metrics.every('Runs', 'Sum')]],
    ['Run time p99', [metrics.every('RunSeconds', 'p99')]],
  ]);

  page.addLargeHeader('Backlog');
  for (const { kind, queue, deadLetterQueue } of pipelines) {
    page.monitorSqsQueueWithDlq({
      queue,
      deadLetterQueue,
      humanReadableName: kind.title,
      alarmFriendlyName: kind.name,
    });
  }

  section('What fails?', [
    ...pipelines.map(
      ({ kind }): Graph => [
        `Failure rate: ${kind.title}`,
        [metrics.every('RunFailed', 'Average', { kind: kind.name })],
      ],
    ),
    ['Refused credentials', [metrics.every('AuthenticationFailures', 'Sum')]],
    ['Leases lost', [metrics.every('FencedWriteRefused', 'Sum')]],
  ]);
  section('How are the providers?', [
    ['Rate limited (429)', [metrics.every('RateLimited', 'Sum')]],
    ['Breakers opened', [metrics.every('BreakerOpened', 'Sum')]],
    ['Breakers open for, seconds', [metrics.every('BreakerOpenSeconds', 'Maximum')]],
    ['Latency p50', [metrics.every('UpstreamLatencyMs', 'p50')]],
    ['Latency p99', [metrics.every('UpstreamLatencyMs', 'p99')]],
    ['Calls', [metrics.every('UpstreamCalls', 'Sum')]],
  ]);
  if (pipelines.some(({ kind }) => kind.name === 'receipts')) {
    section('Are receipts safe?', [
      ['Waiting in one register', [metrics.one('ReceiptsPending', 'Maximum')]],
      ['Oldest waiting, seconds', [metrics.one('ReceiptsOldestPendingSeconds', 'Maximum')]],
      ['Unknown outcome', [metrics.one('ReceiptsUnknown', 'Maximum')]],
      ['Given up on', [metrics.one('ReceiptsDeadLettered', 'Sum')]],
    ]);
  }
  section('What was given up on?', [
    ['Dead letters', [metrics.every('DeadLettered', 'Sum')]],
    [
      'Not recorded yet',
      [
        ...pipelines.map(({ kind, deadLetterQueue }) => messagesIn(deadLetterQueue, kind.name)),
        messagesIn(dispatcher.deadLetterQueue, 'ticks'),
      ],
    ],
  ]);

  page.addLargeHeader('Functions');
  const functions = [
    dispatcher.lambda,
    ...pipelines.flatMap(({ worker, deadLetter }) => [worker, deadLetter]),
    api.lambda,
    ...otherFunctions,
  ];
  for (const lambda of functions) {
    page.monitorLambdaFunction({
      lambdaFunction: lambda.function,
      humanReadableName: lambda.functionName,
      alarmFriendlyName: lambda.functionName,
    });
  }
  page.addLargeHeader('Tables');
  section('Throttling, as the functions see it', [['Throttled requests', [metrics.one('ThrottledByDynamoDB', 'Sum')]]]);
  for (const [name, table] of Object.entries(data.tables)) {
    page.monitorDynamoTable({ table, humanReadableName: name, alarmFriendlyName: name });
  }
  for (const { table, index } of data.indexes) {
    page.monitorDynamoTableGlobalSecondaryIndex({ table, globalSecondaryIndexName: index, alarmFriendlyName: index });
  }
  section('What does it cost?', [['US dollars an hour, estimated', costEstimate(data, pipelines, functions)]]);
}
