import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Meter } from './meter.ts';

const THROTTLED: readonly string[] = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
];

/** Counts every try that DynamoDB throttles, those that the SDK makes good by trying again included. */
export function countThrottles(client: DynamoDBClient, meter: Meter): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && THROTTLED.includes(error.name)) meter.add('ThrottledByDynamoDB', 1);
        throw error;
      }
    },
    // Inside the retries: each try comes by here.
    { name: 'countThrottles', step: 'deserialize', priority: 'high' },
  );
}
