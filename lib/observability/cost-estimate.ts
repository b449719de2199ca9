import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Data } from '../data.ts';
import type { KindPipeline } from '../kind-pipeline.ts';
import type { LambdaFunction } from '../lambda-function.ts';

/** US dollars for a million, on demand, us-east-1, arm64. Other regions differ by some per cent: it is an estimate. */
const PRICES = {
  writeUnit: 0.625,
  readUnit: 0.125,
  invocation: 0.2,
  gigabyteSecond: 13.3334,
  queueRequest: 0.4,
} as const;

const HOUR = Duration.hours(1);

/** Dollars an hour by service, from what the services say was used. */
export function costEstimate(
  data: Data,
  pipelines: readonly KindPipeline[],
  functions: readonly LambdaFunction[],
): readonly MathExpression[] {
  const tables = Object.values(data.tables);
  const indexes = data.indexes.map(({ table, index }) => ({
    TableName: table.tableName,
    GlobalSecondaryIndexName: index,
  }));
  const units = (name: string) => [
    ...tables.map((table) => unitMetric(name, { TableName: table.tableName })),
    ...indexes.map((dimensions) => unitMetric(name, dimensions)),
  ];
  return [
    total('DynamoDB writes', PRICES.writeUnit, units('ConsumedWriteCapacityUnits')),
    total('DynamoDB reads', PRICES.readUnit, units('ConsumedReadCapacityUnits')),
    total(
      'Lambda requests',
      PRICES.invocation,
      functions.map((lambda) => lambda.function.metricInvocations({ period: HOUR })),
    ),
    ...byMemory(functions).map(([memoryMb, same]) =>
      total(
        `Lambda time (${memoryMb} MB)`,
        ((memoryMb / 1024) * PRICES.gigabyteSecond) / 1000,
        same.map((lambda) => lambda.function.metricDuration({ period: HOUR, statistic: Stats.SUM })),
      ),
    ),
    total(
      'SQS',
      PRICES.queueRequest,
      // Workers receive and delete in batches of ten, idle pollers receive nothing: the empty receives are the larger part.
      pipelines.flatMap(({ queue, deadLetterQueue }) =>
        [queue, deadLetterQueue].flatMap((each) => [
          each.metricNumberOfMessagesSent({ period: HOUR, statistic: Stats.SUM }),
          each.metricNumberOfEmptyReceives({ period: HOUR, statistic: Stats.SUM }),
        ]),
      ),
    ),
  ];
}

function unitMetric(metricName: string, dimensionsMap: Record<string, string>): Metric {
  return new Metric({ namespace: 'AWS/DynamoDB', metricName, dimensionsMap, statistic: Stats.SUM, period: HOUR });
}

function total(label: string, perMillion: number, metrics: readonly IMetric[]): MathExpression {
  // Each label's variables must be its own: a graph has one namespace for all.
  const name = label.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`${name}_${index}`, metric]));
  const sum = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  return new MathExpression({ expression: `(${sum}) * ${perMillion} / 1000000`, usingMetrics, label, period: HOUR });
}

function byMemory(functions: readonly LambdaFunction[]): readonly (readonly [number, readonly LambdaFunction[]])[] {
  return [...Map.groupBy(functions, (lambda) => lambda.memoryMb)];
}
