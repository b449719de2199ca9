import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createDeadLetterHandler } from '../../functions/dead-letter/dead-letter-handler.ts';
import { createDispatchHandler } from '../../functions/dispatch/dispatch-handler.ts';
import { sendSlots } from '../../functions/dispatch/send-sync.ts';
import { createExecuteHandler } from '../../functions/execute/execute-handler.ts';
import type { Kinds } from '../../functions/kinds/registry.ts';
import { asIntegrationId, asTenantId, type IntegrationId, type TenantId } from '../../functions/model/ids.ts';
import type { Integration } from '../../functions/model/integration.ts';
import { KIND_NAMES, type KindName } from '../../functions/model/kind-name.ts';
import { createLocalKeyService } from '../../functions/platform/credentials/local-key-service.ts';
import type { HttpClient } from '../../functions/platform/http/http.ts';
import { createIds } from '../../functions/platform/ids.ts';
import { silentLog } from '../../functions/platform/log.ts';
import type { Meter } from '../../functions/platform/meter.ts';
import type { Notice } from '../../functions/platform/notifier.ts';
import type { Runtime } from '../../functions/runtime/runtime.ts';
import { databaseOf, queuesOf } from '../../functions/runtime/services.ts';
import { readSettings } from '../../functions/runtime/settings.ts';
import { type HistoryEntry, historyBetween } from '../../functions/store/history.ts';
import type { NewIntegration } from '../../functions/store/integration-item.ts';
import { createIntegration, getIntegration } from '../../functions/store/integrations.ts';
import { EventSourceMapping } from '../../local/event-source-mapping/event-source-mapping.ts';
import { ensureQueues, type QueuePair } from '../../local/sqs/ensure-queues.ts';
import { createTestSqs, type TestSqs } from './embedded-aws.ts';
import { MemoryDynamoDb } from './memory-dynamodb/memory-dynamodb.ts';
import { VirtualClock } from './virtual-clock.ts';

export const TENANT = asTenantId('acme');

export interface WorldOptions {
  readonly kinds: Kinds;
  readonly start?: string;
  readonly tickSeconds?: number;
  /** Wraps what a worker process sees of the outside: faults are injected here. */
  readonly wrap?: (runtime: Runtime) => Runtime;
  readonly indexLagMs?: () => number;
  readonly maxConcurrency?: number;
}

/** The whole system on a moving clock: the deployed handlers, tables and queues in memory, the tick every minute. */
export class World {
  readonly clock: VirtualClock;
  readonly dynamo: MemoryDynamoDb;
  readonly sqs: TestSqs;
  readonly runtime: Runtime;
  readonly notices: Notice[] = [];
  readonly metrics: { name: string; value: number }[] = [];
  readonly queues: Readonly<Record<KindName, QueuePair>>;
  readonly tickSeconds: number;
  ticking = true;
  private readonly mappings: { mapping: EventSourceMapping; queueUrl: string; maxConcurrency: number }[] = [];
  private readonly tick: () => Promise<unknown>;
  private nextTick: number;

  private constructor(
    parts: Pick<World, 'clock' | 'dynamo' | 'sqs' | 'queues' | 'tickSeconds'>,
    { kinds, wrap = (runtime) => runtime, maxConcurrency = 10 }: WorldOptions,
  ) {
    this.clock = parts.clock;
    this.dynamo = parts.dynamo;
    this.sqs = parts.sqs;
    this.queues = parts.queues;
    this.tickSeconds = parts.tickSeconds;
    this.runtime = this.createRuntime();
    const runtime = wrap(this.runtime);
    const dispatch = createDispatchHandler(runtime);
    this.tick = async () => dispatch({}, this.context(60_000), OPTIONS);
    const execute = createExecuteHandler(runtime, kinds);
    const deadLetter = createDeadLetterHandler(runtime, kinds);
    for (const kind of KIND_NAMES) {
      const { url, arn, deadLetterUrl, deadLetterArn } = this.queues[kind];
      this.map(url, arn, kind, async (event, context) => execute(event as never, context, OPTIONS), maxConcurrency);
      this.map(
        deadLetterUrl,
        deadLetterArn,
        `${kind}-dlq`,
        async (event, context) => deadLetter(event as never, context, OPTIONS),
        1,
      );
    }
    this.nextTick = this.clock.now();
  }

  static async create(options: WorldOptions): Promise<World> {
    const clock = new VirtualClock(options.start);
    const dynamo = new MemoryDynamoDb({
      now: () => clock.now(),
      ...(options.indexLagMs !== undefined && { indexLagMs: options.indexLagMs }),
    });
    const sqs = createTestSqs(clock);
    const queues = await ensureQueues(sqs.client, 'memory', KIND_NAMES);
    return new World({ clock, dynamo, sqs, queues, tickSeconds: options.tickSeconds ?? 60 }, options);
  }

  private createRuntime(): Runtime {
    const meter: Meter = { add: (name, value) => void this.metrics.push({ name, value }), flush() {} };
    return {
      settings: readSettings({
        STAGE: 'test',
        TABLE_PREFIX: 'memory',
        QUEUE_URLS: JSON.stringify(Object.fromEntries(KIND_NAMES.map((kind) => [kind, this.queues[kind].url]))),
        TICK_SECONDS: String(this.tickSeconds),
      }),
      clock: this.clock,
      ids: createIds(this.clock, seededBytes(this.clock.now())),
      log: silentLog,
      meter,
      dynamo: this.dynamo.client,
      sqs: this.sqs.client as SQSClient,
      http: noHttp,
      keys: createLocalKeyService({ masterKey: new Uint8Array(32).fill(7) }),
      publish: async (notice) => void this.notices.push(notice),
      stopSignal: new AbortController().signal,
    };
  }

  private map(
    queueUrl: string,
    queueArn: string,
    name: string,
    handler: (event: unknown, context: Context) => Promise<unknown>,
    maxConcurrency: number,
  ): void {
    const mapping = new EventSourceMapping(
      { queueUrl, queueArn, lambda: { name, handler, timeoutMs: 60_000 }, maxConcurrency },
      { client: this.sqs.client, clock: this.clock, newId: () => 'request' },
    );
    this.mappings.push({ mapping, queueUrl, maxConcurrency });
  }

  private context(ms: number): Context {
    const end = this.clock.now() + ms;
    return { getRemainingTimeInMillis: () => Math.max(0, end - this.clock.now()) } as Context;
  }

  /** Lets time pass, with a tick at every full tick period. */
  async pass(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds * 1000;
    for (;;) {
      await this.clock.settle();
      if (this.pump()) continue;
      const timer = this.clock.nextTimerAt() ?? Number.POSITIVE_INFINITY;
      const queue = this.sqs.engine.nextEventAt() ?? Number.POSITIVE_INFINITY;
      const next = Math.min(timer, queue, this.nextTick);
      if (next > end) break;
      if (timer <= next) this.clock.fireNext();
      else this.clock.set(Math.max(next, this.clock.now()));
      if (this.nextTick <= this.clock.now()) {
        this.nextTick += this.tickSeconds * 1000;
        if (this.ticking) this.tick().catch(() => undefined);
      }
    }
    this.clock.set(Math.max(end, this.clock.now()));
  }

  /** What event source mappings do: hands waiting messages to the functions, up to the concurrency. True when there were any. */
  private pump(): boolean {
    let pumped = false;
    for (const { mapping, queueUrl, maxConcurrency } of this.mappings) {
      const queue = this.sqs.engine.queues.get(queueUrl.split('/').at(-1) ?? '');
      if (this.sqs.engine.counts(queue).ready === 0 || mapping.running >= maxConcurrency) continue;
      pumped = true;
      mapping.step().catch(() => undefined);
    }
    return pumped;
  }

  /** One more tick now, beside the regular ones. */
  async tickNow(): Promise<void> {
    const done = this.tick();
    done.catch(() => undefined);
    await this.clock.settle();
  }

  get db() {
    return databaseOf(this.runtime);
  }

  /** Creates an integration as the API does. */
  async add(draft: Partial<Omit<NewIntegration, 'id'>> & { readonly id: string }): Promise<Integration> {
    const { integration, send } = await createIntegration(
      {
        tenantId: TENANT,
        name: draft.id,
        kind: 'carrier',
        provider: 'fake',
        baseUrl: null,
        accountId: null,
        config: {},
        syncInterval: 3600,
        syncEnabled: true,
        credentials: null,
        ...draft,
        id: asIntegrationId(draft.id),
      },
      this.db,
    );
    await sendSlots(integration, send, { queues: queuesOf(this.runtime), clock: this.clock });
    return integration;
  }

  async get(id: string, tenantId: TenantId = TENANT): Promise<Integration> {
    const found = await getIntegration(tenantId, id as IntegrationId, this.db);
    if (found === undefined) throw new Error(`no integration ${id}`);
    return found;
  }

  /** Oldest first. */
  async history(id: string, tenantId: TenantId = TENANT): Promise<readonly HistoryEntry[]> {
    const all = await historyBetween(tenantId, id as IntegrationId, { from: 0, to: Number.MAX_SAFE_INTEGER }, this.db);
    return all.toReversed();
  }
}

/** What middy hands its handler when Lambda calls it. */
const OPTIONS = { signal: new AbortController().signal };

const noHttp: HttpClient = {
  send: async ({ url }) => {
    throw new Error(`no HTTP here: ${url}`);
  },
};

/** Bytes that are the same in every run. */
function seededBytes(seed: number): (count: number) => Uint8Array {
  let state = seed >>> 0 || 1;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
}
