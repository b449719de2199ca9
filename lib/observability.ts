import { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import { type AlarmDefinition, alarmDefinitions, type Watched } from './observability/alarms.ts';
import { buildDashboard } from './observability/dashboard.ts';
import { logQueries } from './observability/log-queries.ts';
import { DriftlessMetrics } from './observability/metric.ts';

export interface ObservabilityProps extends Omit<Watched, 'metrics'> {
  readonly configuration: Configuration;
}

/** Dashboard, alarms, saved queries and the budget. An alarm's description names the README heading that says what to do. */
export class Observability extends Construct {
  /** Gets every alarm. */
  readonly alarmTopic: Topic;
  /** Gets only what someone should be woken for. */
  readonly pageTopic: Topic;
  private readonly configuration: Configuration;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    this.configuration = props.configuration;
    const { prefix, local } = this.configuration;
    const watched: Watched = { ...props, metrics: new DriftlessMetrics(prefix) };
    this.alarmTopic = this.topic('Alarms', 'alarms');
    this.pageTopic = this.topic('Pages', 'pages');

    const definitions = alarmDefinitions(watched).filter(
      // An emulator has no alarms on what is computed.
      ({ metric }) => !(local && metric instanceof MathExpression),
    );
    const made = definitions.map((definition) => ({ definition, alarm: this.alarm(definition) }));
    buildDashboard(
      this,
      prefix,
      watched,
      made.map(({ alarm }) => alarm),
    );

    // An emulator knows neither of these.
    if (!local) {
      this.pager(made.filter(({ definition }) => definition.pages).map(({ alarm }) => alarm));
      this.saveQueries(watched);
      this.watchBudget();
    }
  }

  private topic(id: string, name: string): Topic {
    const { prefix, email, local } = this.configuration;
    const topic = new Topic(this, id, { topicName: `${prefix}-${name}`, enforceSSL: !local });
    topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com'), new ServicePrincipal('budgets.amazonaws.com')],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== null) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  private alarm(definition: AlarmDefinition): Alarm {
    const { heading, subject, says, points, pages } = definition;
    const [datapointsToAlarm, evaluationPeriods] = points;
    const name = [heading, subject].filter((part) => part !== undefined).join(': ');
    const alarm = new Alarm(this, name.replaceAll(/[^A-Za-z0-9]+/g, '-'), {
      alarmName: `${this.configuration.prefix}: ${name}`,
      alarmDescription: `${says}${pages ? ' Someone should look now.' : ''} What to do: ${this.configuration.runbookUrl}#${anchor(heading)}`,
      metric: definition.metric,
      threshold: definition.threshold,
      comparisonOperator: definition.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: definition.missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.alarmTopic));
    alarm.addOkAction(new SnsAction(this.alarmTopic));
    return alarm;
  }

  private pager(alarms: readonly Alarm[]): void {
    const { prefix, runbookUrl } = this.configuration;
    const pager = new CompositeAlarm(this, 'Pager', {
      compositeAlarmName: `${prefix}: someone should look now`,
      alarmDescription: `At least one alarm that must not wait. Which one, and what to do: ${runbookUrl}#operate`,
      alarmRule: AlarmRule.anyOf(...alarms.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    pager.addAlarmAction(new SnsAction(this.pageTopic));
    pager.addOkAction(new SnsAction(this.pageTopic));
  }

  private saveQueries({ dispatcher, pipelines, api }: Watched): void {
    const functions = [
      dispatcher.lambda,
      ...pipelines.flatMap(({ worker, deadLetter }) => [worker, deadLetter]),
      api.lambda,
    ];
    for (const { name, fields, filters, stats, sort, limit } of logQueries) {
      new QueryDefinition(this, `Query-${name.replaceAll(' ', '-')}`, {
        queryDefinitionName: `${this.configuration.prefix}/${name}`,
        logGroups: functions.map((lambda) => lambda.logGroup),
        queryString: new QueryString({
          fields: [...fields],
          filterStatements: [...filters],
          ...(stats === undefined ? {} : { statsStatements: [stats] }),
          ...(sort === undefined ? {} : { sort }),
          ...(limit === undefined ? {} : { limit }),
        }),
      });
    }
  }

  /** Counts what carries the stack's tag, once "driftless" is switched on as a cost allocation tag of the account. */
  private watchBudget(): void {
    const { budgetUsd, prefix } = this.configuration;
    if (budgetUsd === null) return;
    const toTopic = [{ subscriptionType: 'SNS', address: this.alarmTopic.topicArn }];
    new CfnBudget(this, 'Budget', {
      budget: {
        // A budget's name takes no colon.
        budgetName: `${prefix} - Cost above budget`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: budgetUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:driftless$${prefix}`] },
      },
      notificationsWithSubscribers: [
        {
          notification: { notificationType: 'ACTUAL', comparisonOperator: 'GREATER_THAN', threshold: 80 },
          subscribers: toTopic,
        },
        {
          notification: { notificationType: 'FORECASTED', comparisonOperator: 'GREATER_THAN', threshold: 100 },
          subscribers: toTopic,
        },
      ],
    });
  }
}

/** How GitHub and most renderers name a heading's anchor. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
