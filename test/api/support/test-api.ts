import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createApi } from '../../../functions/api/api.ts';
import type { ApiDeps } from '../../../functions/api/api-route.ts';
import { createOnlyIntegration } from '../../../functions/api/only-integration.ts';
import { computeOverview, createOverviewCache } from '../../../functions/api/overview.ts';
import { asIntegrationId, asTenantId, type TenantId } from '../../../functions/model/ids.ts';
import type { Integration } from '../../../functions/model/integration.ts';
import { createCredentialVault } from '../../../functions/platform/credentials/credential-vault.ts';
import { createLocalKeyService } from '../../../functions/platform/credentials/local-key-service.ts';
import { createAddressGuard } from '../../../functions/platform/http/address-guard.ts';
import { createIds } from '../../../functions/platform/ids.ts';
import type { OutgoingMessage } from '../../../functions/platform/queues.ts';
import type { HistoryDatabase } from '../../../functions/store/history.ts';
import { getIntegration } from '../../../functions/store/integrations.ts';
import type { TableNames } from '../../../functions/store/tables.ts';
import { startTestDynamoDb } from '../../support/embedded-aws.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { fakeKinds } from './fake-kinds.ts';
import { fakeSubscriptions } from './fake-subscriptions.ts';

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made JSON unless it is text. */
  readonly body?: unknown;
  readonly base64?: boolean;
  /** Instead of the tenant and role given to `as`. */
  readonly claims?: Readonly<Record<string, unknown>> | null;
}

export interface CallResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // Answers are of any shape; a test that reads a wrong name gets undefined and fails.
  readonly body: Answered;
  readonly text: string;
}
export interface Answered {
  readonly [name: string]: Answered;
}

export type Caller = (method: string, path: string, options?: CallOptions) => Promise<CallResult>;

/** The API on an embedded DynamoDB, with real events, and a queue that remembers what it was given. */
export async function startTestApi(changes: Partial<ApiDeps> = {}) {
  const dynamo = await startTestDynamoDb();
  const clock = new VirtualClock('2026-11-22T12:00:00.000Z');
  // A short horizon: one slot is enqueued at a time, whatever the phase of an id.
  const db: HistoryDatabase = { ...dynamo, clock, dueShards: 4, horizonMs: 1, historyDays: 90 };
  const sent: OutgoingMessage[] = [];
  const logged: Record<string, unknown>[] = [];
  const log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    logged.push({ message, ...fields });
  };
  const queue = { refuses: false };
  const vault = createCredentialVault({
    keys: createLocalKeyService({ masterKey: new Uint8Array(32).fill(7) }),
    clock,
    tenants: { client: dynamo.client, tableName: dynamo.tables.tenants },
  });
  const deps: ApiDeps = {
    db,
    clock,
    ids: createIds(clock, (bytes) => new Uint8Array(bytes).fill(bytes)),
    kinds: fakeKinds,
    vault,
    addresses: createAddressGuard({ allowedPrivateCidrs: ['10.77.0.0/16'] }),
    only: createOnlyIntegration(db),
    breaker: async () => ({ state: 'closed', until: null }),
    overviews: createOverviewCache((tenantId) => computeOverview(tenantId, db), clock),
    queues: {
      async send(messages) {
        if (queue.refuses) return { failed: messages.map((message) => ({ message, reason: 'it is full' })) };
        sent.push(...messages);
        return { failed: [] };
      },
      hideFor: () => Promise.reject(new Error('the API hides no messages')),
    },
    connect: async ({ tenantId, id, credentials }) => ({
      credentials: credentials === null ? {} : await vault.open(tenantId, id, credentials),
      secrets: [],
      memo: new Map(),
      upstream: {
        calls: 0,
        send: () => Promise.reject(new Error('the fake provider makes no calls')),
        json: () => Promise.reject(new Error('the fake provider makes no calls')),
      },
    }),
    runSync: () => Promise.reject(new Error('no route of the fake kinds runs a sync')),
    subscriptions: fakeSubscriptions(),
    log: { debug: log, info: log, warn: log, error: log },
    ...changes,
  };
  const as = callersOf(deps);

  return {
    deps,
    db,
    clock,
    vault,
    /** Every message put into a queue, oldest first. */
    sent,
    logged,
    queue,
    as,
    stored: (tenantId: string, id: unknown): Promise<Integration | undefined> =>
      getIntegration(asTenantId(tenantId), asIntegrationId(String(id)), db),
    /** Every item whose partition is the tenant's, of all tables. */
    dump: (tenantId: string) => dump(asTenantId(tenantId), db.tables, db.client),
    close: () => dynamo.close(),
  };
}
export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

async function dump(tenantId: TenantId, tables: TableNames, client: HistoryDatabase['client']): Promise<string> {
  const scans = await Promise.all(
    Object.values(tables).map((TableName) => client.send(new ScanCommand({ TableName }))),
  );
  const items = scans.flatMap(({ Items = [] }) => Items).filter(({ pk }) => String(pk).startsWith(`${tenantId}#`));
  return JSON.stringify(items.map((item) => JSON.stringify(item, Object.keys(item).sort())).sort(), null, 1);
}

/** Callers of the API these dependencies make. */
export function callersOf(deps: ApiDeps): (tenantId: string, role: string) => Caller {
  const handler = createApi(deps);
  return (tenantId, role) =>
    async (method, path, options = {}) => {
      const event = anEvent(method, path, { claims: { tenant_id: tenantId, role }, ...options });
      const answer = await handler(event, {} as Context);
      const text = answer.body ?? '';
      return {
        status: answer.statusCode ?? 0,
        headers: (answer.headers ?? {}) as Record<string, string>,
        body: text === '' ? {} : JSON.parse(text),
        text,
      };
    };
}

/** As API Gateway sends it (payload 2.0, JWT authorizer, one greedy route). */
export function anEvent(method: string, path: string, options: CallOptions): APIGatewayProxyEventV2 {
  const { query, headers = {}, body, base64 = false, claims } = options;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const authorizer = claims === null || claims === undefined ? {} : { authorizer: { jwt: { claims, scopes: null } } };
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { 'content-type': 'application/json', ...headers },
    ...(query !== undefined && { queryStringParameters: { ...query } }),
    pathParameters: { proxy: path.slice(1) },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '22/Nov/2026:12:00:00 +0000',
      timeEpoch: Date.UTC(2026, 10, 22, 12),
      ...authorizer,
    },
    ...(text !== undefined && { body: base64 ? Buffer.from(text).toString('base64') : text }),
    isBase64Encoded: base64,
  };
}

/** A body that is accepted as it is. */
export const aCarrier = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  name: 'SIMs in the field',
  kind: 'carrier',
  provider: 'hosted',
  credentials: { apiKey: 'key-0123456789abcd' },
  ...changes,
});

export const aRegister = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  name: 'Till 1',
  kind: 'receipts',
  provider: 'operator',
  ...changes,
});

/** The paths of a 400, in order. */
export const pathsOf = ({ body }: CallResult): string[] =>
  ((body.error?.details ?? []) as unknown as { path: string }[]).map(({ path }) => path);
