import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE, METRICS, type MetricDimension, type MetricName } from './metric-names.ts';

/** Counts what happens. Values are kept until `flush`, then written as EMF log lines, which cost no call. */
export interface Meter {
  add(name: MetricName, value: number, dimensions?: Partial<Readonly<Record<MetricDimension, string>>>): void;
  flush(): void;
}

export const silentMeter: Meter = { add() {}, flush() {} };

/** One Powertools instance per set of dimensions, because an EMF line has one set. */
export function createMeter(serviceName: string): Meter {
  const sets = new Map<string, Metrics>();
  return {
    add(name, value, dimensions = {}) {
      const definition = METRICS[name];
      const own = definition.dimensions.map((dimension) => [dimension, dimensions[dimension] ?? 'none'] as const);
      const key = JSON.stringify(own);
      let metrics = sets.get(key);
      if (metrics === undefined) {
        metrics = new Metrics({
          namespace: METRIC_NAMESPACE,
          serviceName,
          defaultDimensions: Object.fromEntries(own),
        });
        sets.set(key, metrics);
      }
      metrics.addMetric(name, definition.unit, value);
    },
    flush() {
      for (const metrics of sets.values()) {
        if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      }
    },
  };
}
