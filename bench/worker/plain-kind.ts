import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Kind } from '../../functions/kinds/kind.ts';
import { integrationKey } from '../../functions/model/ids.ts';

export const DEVICES = 20;

/** What stands for the provider's answer where no provider is measured. */
export async function answerAfter(latencyMs: number): Promise<readonly { deviceId: string; bytes: number }[]> {
  await sleep(latencyMs);
  return Array.from({ length: DEVICES }, (_, index) => ({ deviceId: `device-${index}`, bytes: Date.now() }));
}

/** The least a kind can do: one call, and its devices in one fenced item. What is left is the engine. */
export const plainKind = (latencyMs: number): Kind => ({
  name: 'carrier',
  title: 'Plain',
  defaultSyncInterval: 3600,
  providers: {
    plain: {
      title: 'Plain',
      defaultBaseUrl: null,
      credentials: [],
      configSchema: z.record(z.string(), z.unknown()),
      rateLimit: null,
    },
  },
  policy: { retries: 3, onExhausted: 'stay', scheduled: 'interval', breaker: true, leaseSeconds: 45 },
  routes: [],
  test: async () => ({ ok: true, detail: null }),
  async sync({ data, tenantId, integrationId, token, assertHeld }) {
    const devices = await answerAfter(latencyMs);
    assertHeld();
    await data.client.send(
      new PutCommand({
        TableName: data.tableName,
        Item: { pk: integrationKey(tenantId, integrationId), sk: 'devices', devices, token },
        ConditionExpression: 'attribute_not_exists(#token) OR #token <= :token',
        ExpressionAttributeNames: { '#token': 'token' },
        ExpressionAttributeValues: { ':token': token },
      }),
    );
    return { outcome: 'success', recordsCount: devices.length, details: { devices: devices.length }, stored: true };
  },
});
