import { ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Runtime } from '../functions/runtime/runtime.ts';
import { conditionFailed } from '../functions/store/database.ts';
import { tableNames } from '../functions/store/tables.ts';

/**
 * Ends the leases a killed process left behind. Only one process can hold the data directory, so whoever held them is dead;
 * on AWS, where nobody can know that, a lease runs out by itself. Answers how many there were.
 */
export async function releaseDeadLeases({ dynamo, settings }: Runtime): Promise<number> {
  const TableName = tableNames(settings.TABLE_PREFIX).integrations;
  let released = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new ScanCommand({
        TableName,
        FilterExpression: 'attribute_exists(leaseUntil) AND leaseUntil > :zero',
        ProjectionExpression: 'pk, leaseToken',
        ExpressionAttributeValues: { ':zero': 0 },
        ExclusiveStartKey: start,
      }),
    );
    for (const { pk, leaseToken } of Items) {
      await dynamo
        .send(
          new UpdateCommand({
            TableName,
            Key: { pk },
            // A run that waited for its continuation goes on: its message is in the queue.
            UpdateExpression: 'SET leaseUntil = :zero',
            ConditionExpression: 'leaseToken = :token AND leaseOwner <> :waiting',
            ExpressionAttributeValues: { ':zero': 0, ':token': leaseToken, ':waiting': 'continuation' },
          }),
        )
        .then(
          () => {
            released += 1;
          },
          (error: unknown) => {
            if (!conditionFailed(error)) throw error;
          },
        );
    }
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return released;
}
