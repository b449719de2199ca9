import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../functions/platform/metric-names.ts';
import { deployedKinds } from '../../lib/deployed-kinds.ts';
import { alarmWidgets } from '../../lib/observability/alarm-widgets.ts';
import { DriftlessMetrics } from '../../lib/observability/metric.ts';
import { resourcesOf, synthesize, textOf } from './synthesize.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const { template } = synthesize({ stage: 'test', email: 'ops@example.com', budgetUsd: 50 });
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ id, properties }) => ({ id, ...properties }));
const PREFIX = 'driftless-test';

/** "driftless-test: Dead letters: carrier" → "Dead letters" */
const headingOf = (name: string): string => name.split(': ')[1] ?? '';

interface Measured {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}
/** What each alarm looks at: its metric, or those it computes with. */
const measured = alarms.flatMap(({ AlarmName, Metrics, ...alarm }): (Measured & { readonly AlarmName: string })[] =>
  Metrics === undefined
    ? [{ AlarmName, ...alarm }]
    : Metrics.flatMap((each: { MetricStat?: { Metric: Measured } }) =>
        each.MetricStat === undefined ? [] : [{ AlarmName, ...each.MetricStat.Metric }],
      ),
);

describe('alarms', () => {
  it('look at metrics that are emitted, under the very dimensions', () => {
    const own = measured.filter(({ Namespace }) => Namespace === METRIC_NAMESPACE);
    for (const { AlarmName, MetricName: name, Dimensions } of own) {
      const definition = METRICS[name as MetricName];
      expect(definition, AlarmName).toBeDefined();
      const names = Dimensions.map(({ Name }) => Name);
      expect(names.sort(), AlarmName).toEqual(['service', ...definition.dimensions].sort());
      expect(Dimensions).toContainEqual({ Name: 'service', Value: PREFIX });
    }
    expect(own.length).toBeGreaterThan(20);
  });

  it('otherwise look at what AWS measures of a resource of this stack', () => {
    const foreign = measured.filter(({ Namespace }) => Namespace !== METRIC_NAMESPACE);
    for (const { AlarmName, Namespace, Dimensions } of foreign) {
      expect(['AWS/SQS', 'AWS/Lambda', 'AWS/DynamoDB', 'AWS/ApiGateway'], AlarmName).toContain(Namespace);
      expect(textOf(Dimensions), AlarmName).toMatch(/"(Ref|Fn::GetAtt)"/);
    }
  });

  it('of every kind and provider there are the same', () => {
    const subjects = (heading: string) =>
      alarms
        .filter(({ AlarmName }) => headingOf(AlarmName) === heading)
        .map(({ AlarmName }) => AlarmName.split(': ')[2]);
    for (const heading of ['Dead letters', 'Dead-letter queue not drained', 'Runs start late', 'Backlog']) {
      expect(subjects(heading)).toEqual(deployedKinds.map(({ name }) => name));
    }
    expect(subjects('Data is stale')).toEqual(deployedKinds.flatMap(({ name, onDemand }) => (onDemand ? [] : [name])));
    for (const heading of ['Failure rate', 'Authentication failures', 'Breaker open too long']) {
      expect(subjects(heading)).toEqual(
        deployedKinds.flatMap(({ name, providers }) => providers.map((each) => `${name} ${each}`)),
      );
    }
  });

  it('each have a heading in the operations section, and a link to it', () => {
    const runbook = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const headings = new Set([...runbook.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading));
    for (const { AlarmName, AlarmDescription } of alarms) {
      const heading = headingOf(AlarmName);
      expect([...headings], AlarmName).toContain(heading);
      expect(AlarmDescription).toContain(`README.md#${heading.toLowerCase().replaceAll(' ', '-')}`);
    }
    const [budget] = resourcesOf(template, 'AWS::Budgets::Budget');
    // AWS takes no colon in a budget's name.
    const [prefix, heading] = budget?.properties.Budget.BudgetName.split(' - ') ?? [];
    expect(prefix).toBe(PREFIX);
    expect([...headings]).toContain(heading);
    expect(budget?.properties.Budget.BudgetName).not.toMatch(/[:\\]/);
  });

  it('see a message that the dead-letter function fails at, though it is hidden from one try to the next', () => {
    for (const { AlarmName } of alarms) {
      if (headingOf(AlarmName) !== 'Dead-letter queue not drained') continue;
      const names = measured.filter((each) => each.AlarmName === AlarmName).map(({ MetricName }) => MetricName);
      expect(names.sort()).toEqual(['ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesVisible']);
    }
  });

  it('of what comes once an interval look at an hour: an hourly sync that fails raises one alarm, not one an hour', () => {
    for (const heading of [
      'Failure rate',
      'Data is stale',
      'Dead letters',
      'Authentication failures',
      'Breaker open too long',
    ]) {
      const periods = alarms
        .filter(({ AlarmName }) => headingOf(AlarmName) === heading)
        .map(({ Period, EvaluationPeriods }) => [Period, EvaluationPeriods]);
      expect(new Set(periods.map(String)), heading).toEqual(new Set(['3600,1']));
    }
  });

  it('do not ring for a fleet whose vehicles are parked, as long as some answer', () => {
    const of = (heading: string, subject: string) =>
      alarms.find(({ AlarmName }) => AlarmName === `${PREFIX}: ${heading}: ${subject}`);
    expect(of('Failure rate', 'carrier hologram')).toMatchObject({ Threshold: 0.5 });
    expect(of('Failure rate', 'vehicle pull')).toMatchObject({ Threshold: 0.95 });
    expect(of('Data is stale', 'carrier')).toMatchObject({ ExtendedStatistic: 'p90' });
    expect(of('Data is stale', 'vehicle')).toMatchObject({ ExtendedStatistic: 'p10' });
  });

  it('do not take silence for health where silence is the trouble', () => {
    const dead = alarms.find(({ AlarmName }) => headingOf(AlarmName) === 'No tick');
    expect(dead).toMatchObject({
      MetricName: 'Tick',
      TreatMissingData: 'breaching',
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 3,
      ComparisonOperator: 'LessThanThreshold',
    });
    const others = alarms.filter((alarm) => alarm !== dead);
    expect(new Set(others.map(({ TreatMissingData }) => TreatMissingData))).toEqual(new Set(['notBreaching']));
  });

  it('reach the operators, and wake someone only for what cannot wait', () => {
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toHaveLength(1);
      expect(OKActions).toEqual(AlarmActions);
    }
    const [pager] = resourcesOf(template, 'AWS::CloudWatch::CompositeAlarm');
    const rule = textOf(pager?.properties.AlarmRule);
    const paging = alarms.filter(({ id }) => rule.includes(`"${id}"`)).map(({ AlarmName }) => headingOf(AlarmName));
    expect(new Set(paging)).toEqual(
      new Set([
        'No tick',
        'Integrations overdue',
        'Dead-letter queue not drained',
        'Receipts waiting too long',
        'API answers with errors',
      ]),
    );
    expect(pager?.properties.AlarmActions).not.toEqual(alarms[0]?.AlarmActions);
    const subscribed = resourcesOf(template, 'AWS::SNS::Subscription').map(({ properties }) => properties);
    expect(subscribed.every(({ Protocol, Endpoint }) => Protocol === 'email' && Endpoint === 'ops@example.com')).toBe(
      true,
    );
  });
});

describe('metrics', () => {
  it('cannot be asked for under dimensions they do not have', () => {
    const metrics = new DriftlessMetrics(PREFIX);
    expect(() => metrics.one('LatenessMs', 'p99')).toThrow('LatenessMs has the dimensions (kind)');
    expect(() => metrics.one('Tick', 'Sum', { kind: 'carrier' })).toThrow('Tick has the dimensions ()');
  });
});

describe('the dashboard', () => {
  const [dashboard] = resourcesOf(template, 'AWS::CloudWatch::Dashboard');
  const body = textOf(dashboard?.properties.DashboardBody);

  it('answers in the order an operator asks', () => {
    const questions = [
      'Are we current?',
      'How fresh is the data?',
      'Backlog',
      'What fails?',
      'How are the providers?',
      'Are receipts safe?',
      'What was given up on?',
      'Functions',
      'Tables',
      'What does it cost?',
    ].map((heading) => body.indexOf(`# ${heading}`));
    expect(questions).not.toContain(-1);
    expect(questions).toEqual([...questions].sort((a, b) => a - b));
  });

  it('shows a hundred alarms in a widget at most, however many providers there are: CloudWatch takes no more', () => {
    const stack = new Stack();
    const arn = (index: number) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${index}`;
    const many = Array.from({ length: 101 }, (_, index) => Alarm.fromAlarmArn(stack, `${index}`, arn(index)));
    const shown = alarmWidgets(many).map((widget) => widget.toJson()[0].properties.alarms.length);
    expect(shown).toEqual([100, 1]);
  });

  it('searches only for metrics there are', () => {
    const searches = [...body.matchAll(/SEARCH\('\{([^}]+)\} MetricName=\\*"(\w+)/g)];
    for (const [, schema, name] of searches) {
      const { dimensions } = METRICS[name as MetricName];
      expect(schema).toBe([METRIC_NAMESPACE, 'service', ...dimensions].join(','));
    }
    expect(searches.length).toBeGreaterThan(10);
  });

  it('shows every metric the functions emit', () => {
    for (const name of Object.keys(METRICS)) expect(body, name).toContain(name);
  });
});

describe('saved queries', () => {
  const queries = resourcesOf(template, 'AWS::Logs::QueryDefinition').map(({ properties }) => properties);

  it('are there where the README sends people to one', () => {
    const runbook = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const named = [...runbook.matchAll(/the query _([^_]+)_/g)].map(([, name]) => `${PREFIX}/${name}`);
    expect(named.length).toBeGreaterThan(5);
    expect(queries.map(({ Name }) => Name)).toEqual(expect.arrayContaining(named));
  });

  it('ask the logs of the functions that work, and never a table', () => {
    expect(queries.length).toBeGreaterThan(5);
    for (const { Name, LogGroupNames } of queries) {
      expect(Name).toMatch(/^driftless-test\//);
      expect(LogGroupNames).toHaveLength(2 + 2 * deployedKinds.length);
    }
  });
});
