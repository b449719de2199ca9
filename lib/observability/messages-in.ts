import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

/**
 * Everything that lies in a queue. What is visible alone tells nothing of a queue with a consumer: a message that the
 * consumer fails at is received again as soon as it can be seen, and is hidden nearly all the time.
 * `name` tells it from others in the same graph.
 */
export function messagesIn(queue: Queue, name: string): MathExpression {
  const period = Duration.minutes(1);
  const id = name.replaceAll(/[^a-z0-9]+/g, '_');
  return new MathExpression({
    expression: `${id}_visible + ${id}_hidden`,
    usingMetrics: {
      [`${id}_visible`]: queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
      [`${id}_hidden`]: queue.metricApproximateNumberOfMessagesNotVisible({ period, statistic: Stats.MAXIMUM }),
    },
    label: name,
    period,
  });
}
