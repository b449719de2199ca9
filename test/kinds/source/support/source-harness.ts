import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Run, SyncResult, TestResult } from '../../../../functions/kinds/kind.ts';
import type { RouteDeps } from '../../../../functions/kinds/route.ts';
import { source } from '../../../../functions/kinds/source/index.ts';
import type { WeatherService } from '../../../../functions/kinds/source/simulator/index.ts';
import { weatherClient } from '../../../../functions/kinds/source/simulator/index.ts';
import type { Credentials } from '../../../../functions/model/credentials.ts';
import { LeaseLost } from '../../../../functions/model/failure.ts';
import { asIntegrationId, asTenantId, integrationKey } from '../../../../functions/model/ids.ts';
import type { Integration } from '../../../../functions/model/integration.ts';
import type { HttpClient } from '../../../../functions/platform/http/http.ts';
import { createUpstream } from '../../../../functions/platform/upstream/open-upstream.ts';
import type { TestDynamoDb } from '../../../support/embedded-aws.ts';
import type { SourceClock } from './source-clock.ts';

export const ORIGIN = 'https://weather.example';

export interface DataRecord {
  readonly at: string;
  readonly field: string;
  readonly value: unknown;
}

/** Thrown in the middle of a run, as if the worker had died. */
export class Crash extends Error {}

/** One source integration with a worker around it that does what the engine promises, and nothing more. */
export class SourceHarness {
  readonly clock: SourceClock;
  readonly db: TestDynamoDb;
  readonly http: HttpClient;
  integration: Integration;
  credentials: Credentials;
  cursor: string | null = null;
  checkpoint: unknown = null;
  token = 0;
  slices = 0;
  /** Time that passes at every HTTP call. */
  latencyMs = 0;
  /** Calls to the outside (HTTP and AWS) in the present run. */
  calls = 0;
  /** Dies at this call, before or after it was carried out. */
  crash: { readonly at: number; readonly when: 'before' | 'after' } | undefined;

  constructor(
    db: TestDynamoDb,
    service: WeatherService,
    clock: SourceClock,
    options: {
      config: Record<string, unknown>;
      provider?: 'rest' | 'graphql';
      credentials?: Credentials;
      baseUrl?: string | null;
      http?: HttpClient;
    },
  ) {
    this.db = db;
    this.clock = clock;
    this.http = options.http ?? weatherClient(service, ORIGIN);
    this.credentials = options.credentials ?? {};
    nextId += 1;
    this.integration = anIntegration(`source-${nextId}`, options);
  }

  /** One run at the slot `now`, in as many slices as it needs. */
  async run({
    slot = this.clock.now(),
    trigger = 'schedule' as const,
  } = {}): Promise<Exclude<SyncResult, { outcome: 'continue' }>> {
    this.token += 1;
    this.calls = 0;
    for (this.slices = 1; ; this.slices += 1) {
      const result = await source.sync(this.runAt(slot, this.slices > 1, trigger));
      if (result.outcome === 'continue') {
        this.checkpoint = JSON.parse(JSON.stringify(result.checkpoint));
        continue;
      }
      if (result.outcome !== 'error' && result.cursor !== undefined) this.cursor = result.cursor;
      this.checkpoint = null;
      return result;
    }
  }

  test(): Promise<TestResult> {
    return source.test(this.runAt(this.clock.now(), false, 'manual'));
  }

  /** What the API shows, all pages of it. */
  async records(query: { from?: string; to?: string; limit?: number; order?: string } = {}): Promise<DataRecord[]> {
    const all: DataRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.recordsPage({ ...query, ...(cursor && { cursor }) });
      all.push(...page.records);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  }

  async recordsPage(query: Record<string, unknown>): Promise<{ records: DataRecord[]; nextCursor: string | null }> {
    const [route] = source.routes;
    if (route === undefined) throw new Error('The source kind has no routes');
    const deps = {
      integration: { ...this.integration, cursor: this.cursor },
      data: { client: this.db.client, tableName: this.db.tables.data },
      clock: this.clock,
    } as Partial<RouteDeps> as RouteDeps;
    const { tenantId } = this.integration;
    const request = { tenantId, role: 'viewer' as const, headers: {}, params: {}, query, body: undefined };
    const answer = await route.handle({ ...request, query: route.query?.parse(query) }, deps);
    return route.response.parse(answer) as { records: DataRecord[]; nextCursor: string | null };
  }

  /** What is in the table, visible or not. */
  async items(): Promise<{ sk: string; token: number; data: Uint8Array }[]> {
    const pk = integrationKey(this.integration.tenantId, this.integration.id);
    const { Items = [] } = await this.db.client.send(
      new QueryCommand({
        TableName: this.db.tables.data,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
      }),
    );
    return Items as { sk: string; token: number; data: Uint8Array }[];
  }

  private runAt(slot: number, continued: boolean, trigger: 'schedule' | 'manual'): Run {
    const { token } = this;
    const { signal } = new AbortController();
    const deadline = this.clock.now() + 40_000;
    return {
      tenantId: this.integration.tenantId,
      integrationId: this.integration.id,
      integration: { ...this.integration, cursor: this.cursor },
      credentials: this.credentials,
      upstream: createUpstream({
        http: { send: (request) => this.outside(() => this.send(request)) },
        gate: { enter: async () => ({ settle: async () => undefined }), cool: async () => undefined },
        clock: this.clock,
        signal,
        deadline,
        secrets: Object.values(this.credentials),
      }),
      data: { client: this.watchedClient(), tableName: this.db.tables.data },
      clock: this.clock,
      signal,
      memo: new Map(),
      slot,
      trigger,
      token,
      deadline,
      cursor: this.cursor,
      checkpoint: this.checkpoint,
      continued,
      save: (progress) =>
        this.outside(async () => {
          if (token !== this.token) throw new LeaseLost('another run has taken over');
          if (progress.cursor !== undefined) this.cursor = progress.cursor;
          if (progress.checkpoint !== undefined) this.checkpoint = JSON.parse(JSON.stringify(progress.checkpoint));
        }),
      assertHeld: () => {
        if (token !== this.token) throw new LeaseLost('another run has taken over');
      },
    };
  }

  private async send(request: Parameters<HttpClient['send']>[0]): ReturnType<HttpClient['send']> {
    this.clock.set(this.clock.now() + this.latencyMs);
    return this.http.send(request);
  }

  private async outside<T>(call: () => Promise<T>): Promise<T> {
    this.calls += 1;
    const dies = this.crash?.at === this.calls ? this.crash.when : undefined;
    if (dies === 'before') throw new Crash(`before call ${this.calls}`);
    const result = await call();
    if (dies === 'after') throw new Crash(`after call ${this.calls}`);
    return result;
  }

  private watchedClient(): DynamoDBDocumentClient {
    const { client } = this.db;
    const send = (command: Parameters<typeof client.send>[0]): Promise<unknown> =>
      this.outside(() => client.send(command));
    return { send } as unknown as DynamoDBDocumentClient;
  }
}

let nextId = 0;

function anIntegration(
  id: string,
  options: { config: Record<string, unknown>; provider?: 'rest' | 'graphql'; baseUrl?: string | null },
): Integration {
  const { provider = 'rest', baseUrl = null, config } = options;
  source.providers[provider]?.configSchema.parse(config);
  return {
    tenantId: asTenantId('acme'),
    id: asIntegrationId(id),
    name: 'Weather',
    kind: 'source',
    provider,
    baseUrl,
    config,
    credentialsSetAt: null,
  } as Partial<Integration> as Integration;
}
