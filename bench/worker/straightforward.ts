import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { integrationKey } from '../../functions/model/ids.ts';
import { syncMessageSchema } from '../../functions/model/message.ts';
import type { TableNames } from '../../functions/store/tables.ts';

export interface StraightforwardOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tables: TableNames;
  /** The provider's answer: one row a device. */
  readonly call: () => Promise<readonly { readonly deviceId: string; readonly bytes: number }[]>;
}

/**
 * The same work as one would first write it, for comparison: read the integration, take a lock item, log the start, call,
 * store one item per device (in one batch call), log the end, update the integration, release the lock. It survives less:
 * no fencing, no skip or deferral on record, nothing that closes the log of a worker that died.
 */
export function createStraightforwardHandler({ client: db, tables, call }: StraightforwardOptions) {
  async function sync(body: string): Promise<void> {
    const { tenantId, integrationId, slot } = syncMessageSchema.parse(JSON.parse(body));
    const pk = integrationKey(tenantId, integrationId);
    const { Item: integration } = await db.send(
      new GetCommand({ TableName: tables.integrations, Key: { pk }, ConsistentRead: true }),
    );
    if (integration?.syncEnabled !== true) return;
    const now = Date.now();
    await db.send(
      new PutCommand({
        TableName: tables.limits,
        Item: { pk: `lock#${pk}`, until: now + 60_000 },
        ConditionExpression: 'attribute_not_exists(pk) OR #until < :now',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':now': now },
      }),
    );
    try {
      const run = slot;
      const log = { pk, run, status: 'RUNNING', trigger: 'schedule', scheduledFor: slot, startedAt: now };
      await db.send(new PutCommand({ TableName: tables.history, Item: log }));
      const rows = await call();
      for (let at = 0; at < rows.length; at += 25) {
        const requests = rows
          .slice(at, at + 25)
          .map((row) => ({ PutRequest: { Item: { pk, sk: `device#${row.deviceId}`, ...row, updatedAt: now } } }));
        await db.send(new BatchWriteCommand({ RequestItems: { [tables.data]: requests } }));
      }
      await db.send(
        new UpdateCommand({
          TableName: tables.history,
          Key: { pk, run },
          UpdateExpression: 'SET #status = :status, completedAt = :now, recordsCount = :count, expiresAt = :expiresAt',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':status': 'SUCCESS',
            ':now': Date.now(),
            ':count': rows.length,
            ':expiresAt': Math.floor(now / 1000) + 90 * 86_400,
          },
        }),
      );
      await db.send(
        new UpdateCommand({
          TableName: tables.integrations,
          Key: { pk },
          UpdateExpression: 'SET #status = :status, lastSyncAt = :now, retryCount = :zero REMOVE lastSyncError',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':status': 'success', ':now': Date.now(), ':zero': 0 },
        }),
      );
    } finally {
      await db.send(new DeleteCommand({ TableName: tables.limits, Key: { pk: `lock#${pk}` } }));
    }
  }

  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const results = await Promise.allSettled(event.Records.map(({ body }) => sync(body)));
    return {
      batchItemFailures: results.flatMap((result, index) => {
        if (result.status === 'fulfilled') return [];
        return [{ itemIdentifier: event.Records[index]?.messageId ?? '' }];
      }),
    };
  };
}
