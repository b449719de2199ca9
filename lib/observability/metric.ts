import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  METRIC_NAMESPACE,
  METRICS,
  type MetricDimension,
  type MetricName,
} from '../../functions/platform/metric-names.ts';

export type Statistic = 'Sum' | 'Average' | 'Maximum' | 'SampleCount' | 'p10' | 'p50' | 'p90' | 'p99';
export type DimensionValues = Readonly<Partial<Record<MetricDimension, string>>>;

/** The metrics of one deployment, by the names and dimensions the functions emit. */
export class DriftlessMetrics {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** One metric. Throws when the dimensions are not exactly those it is emitted with: it would stay empty for ever. */
  one(name: MetricName, statistic: Statistic, dimensions: DimensionValues = {}, period = Duration.minutes(1)): Metric {
    const expected = [...METRICS[name].dimensions].sort().join();
    const given = Object.keys(dimensions).sort().join();
    if (given !== expected) throw new Error(`metric ${name} has the dimensions (${expected}), not (${given})`);
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: name,
      dimensionsMap: { service: this.prefix, ...dimensions },
      statistic,
      period,
    });
  }

  /**
   * Every metric of that name there is, one line each, whatever values its dimensions have taken; `where` narrows it.
   * For graphs only: alarms cannot search.
   */
  every(
    name: MetricName,
    statistic: Statistic,
    where: DimensionValues = {},
    period = Duration.minutes(5),
  ): MathExpression {
    const { dimensions } = METRICS[name];
    const schema = [METRIC_NAMESPACE, 'service', ...dimensions].join(',');
    const filters = Object.entries({ service: this.prefix, ...where }).map(([key, value]) => `${key}="${value}"`);
    const open = dimensions.filter((dimension) => where[dimension] === undefined);
    return new MathExpression({
      expression: `SEARCH('{${schema}} MetricName="${name}" ${filters.join(' ')}', '${statistic}', ${period.toSeconds()})`,
      usingMetrics: {},
      label: open.map((dimension) => `\${PROP('Dim.${dimension}')}`).join(' '),
      period,
    });
  }
}
