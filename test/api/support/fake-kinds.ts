import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Kind, ProviderDescription } from '../../../functions/kinds/kind.ts';
import { ApiError, type Route, route } from '../../../functions/kinds/route.ts';
import { integrationKey } from '../../../functions/model/ids.ts';
import type { KindName } from '../../../functions/model/kind-name.ts';

const hosted: ProviderDescription = {
  title: 'Hosted',
  defaultBaseUrl: 'https://api.hosted.example/v1',
  credentials: [
    { name: 'apiKey', title: 'API key' },
    { name: 'apiSecret', title: 'API secret', optional: true },
  ],
  accountId: { title: 'Organisation', required: false },
  configSchema: z.strictObject({
    region: z.enum(['eu', 'us']).optional(),
    authBaseUrl: z.url().optional(),
    pageSize: z.int().min(1).max(500).optional(),
    extra: z.record(z.string(), z.unknown()).optional(),
  }),
  rateLimit: null,
  validate: ({ config, accountId }) =>
    config.region === 'us' && accountId === null ? [{ path: 'accountId', message: 'is needed in region us' }] : [],
};

const ownServer: ProviderDescription = {
  ...hosted,
  title: 'Own server',
  defaultBaseUrl: null,
  credentials: [{ name: 'token', title: 'Token', optional: true }],
  accountId: { title: 'Site', required: true },
};

const policy = { retries: 3, onExhausted: 'stay', breaker: true, leaseSeconds: 45 } as const;

/** A provider that refuses says so by what it throws; tests put it here. */
export const provider = { test: async (): Promise<{ ok: boolean; detail: unknown }> => ({ ok: true, detail: 'fine' }) };

const DEVICES = '/api/integrations/{id}/devices';
const device = z.object({ deviceId: z.string(), iccid: z.string() });

const carrierRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: DEVICES,
    summary: 'Linked devices',
    role: 'viewer',
    integration: { from: 'path', kind: 'carrier' },
    response: z.object({ devices: z.array(device) }),
    async handle(_request, { integration, data }) {
      const { Items } = await data.client.send(
        new QueryCommand({
          TableName: data.tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': integrationKey(integration.tenantId, integration.id) },
        }),
      );
      return { devices: (Items ?? []).map(({ sk, iccid }) => ({ deviceId: sk, iccid })) };
    },
  }),
  route({
    method: 'PUT',
    path: `${DEVICES}/{deviceId}`,
    summary: 'Link a device',
    role: 'operator',
    integration: { from: 'path', kind: 'carrier' },
    params: z.strictObject({ deviceId: z.string().max(20) }),
    body: z.object({ iccid: z.string().regex(/^\d{4,20}$/) }),
    response: device,
    async handle({ params, body }, { integration, data }) {
      const pk = integrationKey(integration.tenantId, integration.id);
      await data.client.send(
        new PutCommand({ TableName: data.tableName, Item: { pk, sk: params.deviceId, iccid: body.iccid } }),
      );
      return { deviceId: params.deviceId, iccid: body.iccid };
    },
  }),
];

/** Receipts that were put back, by the fake below. */
export const putBack: { receiptId: string; correction: unknown }[] = [];

const receiptsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/kkt/buffer/status',
    summary: 'What waits',
    role: 'viewer',
    integration: { from: 'query', kind: 'receipts' },
    response: z.object({ integrationId: z.string() }),
    handle: async (_request, { integration }) => ({ integrationId: integration.id }),
  }),
  route({
    method: 'POST',
    path: '/v1/kkt/receipt',
    summary: 'Buffer a receipt',
    role: 'operator',
    integration: { from: 'query', kind: 'receipts' },
    body: z.strictObject({ total: z.number() }),
    response: z.object({ status: z.literal('buffered') }),
    status: 202,
    async handle(_request, { integration, wake }) {
      await wake(integration);
      return { status: 'buffered' };
    },
  }),
];

export const fakeKinds: Partial<Record<KindName, Kind>> = {
  carrier: {
    name: 'carrier',
    title: 'Carriers',
    defaultSyncInterval: 3600,
    providers: { hosted, own: ownServer },
    policy: { ...policy, scheduled: 'interval' },
    sync: () => Promise.reject(new Error('nothing is synced here')),
    test: () => provider.test(),
    routes: carrierRoutes,
  },
  receipts: {
    name: 'receipts',
    title: 'Receipts',
    defaultSyncInterval: 10,
    providers: { operator: { ...hosted, title: 'Operator', credentials: [] } },
    policy: { ...policy, scheduled: 'on-demand' },
    sync: () => Promise.reject(new Error('nothing is synced here')),
    test: () => provider.test(),
    routes: receiptsRoutes,
    async redrive({ subject }, { correction }) {
      if (subject.type !== 'receipt') throw new Error('only receipts come here');
      if (correction === 'wrong') throw new ApiError(400, 'invalid', 'The correction is no fiscal document.');
      putBack.push({ receiptId: subject.receiptId, correction });
    },
  },
};
