import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { requestSync, sendSlots } from '../../functions/dispatch/send-sync.ts';
import type { Kinds } from '../../functions/kinds/registry.ts';
import { asIntegrationId, asTenantId, type IntegrationId, type TenantId } from '../../functions/model/ids.ts';
import type { Integration } from '../../functions/model/integration.ts';
import { KIND_NAMES, type KindName } from '../../functions/model/kind-name.ts';
import type { Clock } from '../../functions/platform/clock.ts';
import { createLocalKeyService } from '../../functions/platform/credentials/local-key-service.ts';
import { createIds } from '../../functions/platform/ids.ts';
import { type Log, silentLog } from '../../functions/platform/log.ts';
import type { Notice } from '../../functions/platform/notifier.ts';
import type { Runtime } from '../../functions/runtime/runtime.ts';
import { databaseOf, queuesOf, vaultOf } from '../../functions/runtime/services.ts';
import { readSettings } from '../../functions/runtime/settings.ts';
import { type DeadLetter, listDeadLetters } from '../../functions/store/dead-letters.ts';
import { entryOfLastRun, type HistoryEntry, historyBetween } from '../../functions/store/history.ts';
import type { NewIntegration } from '../../functions/store/integration-item.ts';
import {
  createIntegration,
  getIntegration,
  type IntegrationChange,
  updateIntegration,
} from '../../functions/store/integrations.ts';
import { wakeIntegration } from '../../functions/store/wake-integration.ts';
import { EventSourceMapping } from '../../local/event-source-mapping/event-source-mapping.ts';
import { SqsEngine } from '../../local/sqs/engine.ts';
import { ensureQueues, type QueuePair } from '../../local/sqs/ensure-queues.ts';
import { directSqsClient } from './direct-sqs.ts';
import type { TestSqs } from './embedded-aws.ts';
import { MemoryDynamoDb } from './memory-dynamodb/memory-dynamodb.ts';
import { VirtualClock } from './virtual-clock.ts';
import { type ChooseFault, type OutsideHttp, WorkerProcess } from './worker-process.ts';

export const TENANT = asTenantId('acme');

export interface WorldOptions {
  readonly kinds: Kinds;
  readonly start?: string;
  readonly tickSeconds?: number;
  readonly chooseFault?: ChooseFault;
  /** Clock skew of the next worker process, ms. */
  readonly skewMs?: () => number;
  /** Puts something between the handlers and the outside, inside the worker process. */
  readonly wrap?: (runtime: Runtime) => Runtime;
  readonly indexLagMs?: () => number;
  /** A query's page ends after its first item, with a key to go on from. */
  readonly shortPage?: () => boolean;
  /** SQS answers that it could not delete a finished message: it comes again. */
  readonly keepsFinished?: () => boolean;
  readonly maxConcurrency?: number;
  /** All upstreams there are; default: none. */
  readonly internet?: (clock: Clock) => OutsideHttp;
  readonly log?: Log;
}

interface Mapped {
  readonly mapping: EventSourceMapping;
  readonly queueUrl: string;
  readonly maxConcurrency: number;
}

/** The whole system on a moving clock: the deployed handlers, tables and queues in memory, a tick every minute. */
export class World {
  readonly clock: VirtualClock;
  readonly dynamo: MemoryDynamoDb;
  readonly sqs: TestSqs;
  readonly runtime: Runtime;
  readonly notices: Notice[] = [];
  readonly metrics: { readonly name: string; readonly value: number }[] = [];
  readonly queues: Readonly<Record<KindName, QueuePair>>;
  ticking = true;
  /** False: no worker is free. */
  working = true;
  /** The environment that is invoked; replaced when it has died. */
  process: WorkerProcess;
  private readonly options: WorldOptions;
  private readonly tickMs: number;
  private readonly mappings: readonly Mapped[];
  private nextTick: number;

  private constructor(
    { clock, dynamo, sqs, queues }: Pick<World, 'clock' | 'dynamo' | 'sqs' | 'queues'>,
    options: WorldOptions,
  ) {
    this.clock = clock;
    this.dynamo = dynamo;
    this.sqs = sqs;
    this.queues = queues;
    this.options = options;
    this.tickMs = (options.tickSeconds ?? 60) * 1000;
    this.runtime = this.createRuntime();
    this.process = this.newProcess();
    const { maxConcurrency = 10 } = options;
    this.mappings = KIND_NAMES.flatMap((kind) => {
      const { url, arn, deadLetterUrl, deadLetterArn } = queues[kind];
      return [
        this.map(url, arn, kind, 'execute', maxConcurrency),
        this.map(deadLetterUrl, deadLetterArn, `${kind}-dlq`, 'deadLetter', 1),
      ];
    });
    this.nextTick = clock.now();
  }

  static async create(options: WorldOptions): Promise<World> {
    const clock = new VirtualClock(options.start);
    const dynamo = new MemoryDynamoDb({
      now: () => clock.now(),
      ...(options.indexLagMs !== undefined && { indexLagMs: options.indexLagMs }),
      ...(options.shortPage !== undefined && { shortPage: options.shortPage }),
    });
    const engine = new SqsEngine({ clock });
    const sqs: TestSqs = { engine, client: directSqsClient(engine) };
    const queues = await ensureQueues(sqs.client, 'memory', KIND_NAMES);
    return new World({ clock, dynamo, sqs, queues }, options);
  }

  private createRuntime(): Runtime {
    return {
      settings: readSettings({
        STAGE: 'test',
        TABLE_PREFIX: 'memory',
        QUEUE_URLS: JSON.stringify(Object.fromEntries(KIND_NAMES.map((kind) => [kind, this.queues[kind].url]))),
        TICK_SECONDS: String(this.tickMs / 1000),
      }),
      clock: this.clock,
      // DynamoDB tells the time in its answers, and it is the same for all.
      storeClock: this.clock,
      ids: createIds(this.clock, seededBytes(this.clock.now())),
      log: this.options.log ?? silentLog,
      meter: { add: (name, value) => void this.metrics.push({ name, value }), flush() {} },
      dynamo: this.dynamo.client,
      sqs: this.sqs.client,
      http: this.options.internet?.(this.clock) ?? noHttp,
      keys: createLocalKeyService({ masterKey: new Uint8Array(32).fill(7) }),
      publish: async (notice) => void this.notices.push(notice),
      subscriptions: { subscribe: async (_, email) => ({ id: email, notice: '' }), unsubscribe: async () => undefined },
      stopSignal: new AbortController().signal,
    };
  }

  private map(
    queueUrl: string,
    queueArn: string,
    name: string,
    part: 'execute' | 'deadLetter',
    maxConcurrency: number,
  ): Mapped {
    const lambda = {
      name,
      handler: (event: Parameters<WorkerProcess['execute']>[0], context: Context) => this.alive()[part](event, context),
      timeoutMs: 60_000,
    };
    const mapping = new EventSourceMapping(
      { queueUrl, queueArn, lambda, maxConcurrency },
      {
        client: keepingFinished(this.sqs.client, this.options.keepsFinished),
        clock: this.clock,
        newId: () => 'request',
      },
    );
    return { mapping, queueUrl, maxConcurrency };
  }

  /** Lambda starts a new environment when one has died. */
  private alive(): WorkerProcess {
    if (this.process.isGone) {
      this.process = this.newProcess();
    }
    return this.process;
  }

  private newProcess(): WorkerProcess {
    const { kinds, chooseFault, skewMs, wrap } = this.options;
    return new WorkerProcess(this.runtime, kinds, { chooseFault, skewMs: skewMs?.(), wrap });
  }

  private async tick(): Promise<void> {
    const end = this.clock.now() + 60_000;
    const context = { getRemainingTimeInMillis: () => Math.max(0, end - this.clock.now()) } as Context;
    try {
      await this.alive().dispatch({}, context);
    } catch {
      // A tick that fails is made up for by the next.
    }
  }

  /** Lets time pass, with a tick at every full period. */
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
        this.nextTick += this.tickMs;
        if (this.ticking) void this.tick();
      }
    }
    this.clock.set(Math.max(end, this.clock.now()));
  }

  /** One more tick now, beside the regular ones. */
  extraTick(): void {
    void this.tick();
  }

  /** What event source mappings do: hand waiting messages to the functions, up to the concurrency. True when there were any. */
  private pump(): boolean {
    let pumped = false;
    for (const { mapping, queueUrl, maxConcurrency } of this.mappings) {
      const { engine } = this.sqs;
      const queue = engine.queues.get(queueUrl.split('/').at(-1) ?? '');
      if (engine.counts(queue).ready === 0 || mapping.running >= (this.working ? maxConcurrency : 0)) continue;
      pumped = true;
      mapping.step().catch(() => undefined);
    }
    return pumped;
  }

  /** Lambda recycles environments: the next invocation gets a fresh one. */
  recycle(): void {
    this.process = this.newProcess();
  }

  get db(): ReturnType<typeof databaseOf> {
    return databaseOf(this.runtime);
  }

  private get sending() {
    return { queues: queuesOf(this.runtime), clock: this.clock, ids: this.runtime.ids };
  }

  /** Creates an integration as the API does. */
  async add({
    apiKey,
    ...draft
  }: Partial<Omit<NewIntegration, 'id'>> & { readonly id: string; readonly apiKey?: string }): Promise<Integration> {
    const id = asIntegrationId(draft.id);
    const credentials = apiKey === undefined ? null : await vaultOf(this.runtime).seal(TENANT, id, { apiKey });
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
        credentials,
        ...draft,
        id,
      },
      this.db,
    );
    await sendSlots(integration, send, this.sending);
    return integration;
  }

  /** Changes an integration as the API does. */
  async change(id: string, change: IntegrationChange, tenantId: TenantId = TENANT): Promise<Integration> {
    const result = await updateIntegration(tenantId, asIntegrationId(id), change, undefined, this.db);
    if (result.state !== 'changed') throw new Error(`${id}: ${result.state}`);
    await sendSlots(result.integration, result.send, this.sending);
    return result.integration;
  }

  /** As the API does when a receipt has come. */
  async wake(id: string): Promise<void> {
    const woken = await wakeIntegration(TENANT, asIntegrationId(id), this.db);
    if (woken !== null) await sendSlots(woken.integration, woken.send, this.sending);
  }

  async syncNow(id: string, trigger: 'manual' | 'redrive' = 'manual'): Promise<string> {
    const { runId } = await requestSync(await this.get(id), trigger, this.sending);
    return runId;
  }

  async get(id: string, tenantId: TenantId = TENANT): Promise<Integration> {
    const found = await getIntegration(tenantId, id as IntegrationId, this.db);
    if (found === undefined) throw new Error(`no integration ${id}`);
    return found;
  }

  /** Oldest first; as the API shows it, with the run that ended last where its worker died before it wrote the entry. */
  async history(id: string, tenantId: TenantId = TENANT): Promise<readonly HistoryEntry[]> {
    const range = { from: 0, to: Number.MAX_SAFE_INTEGER };
    const all = await historyBetween(tenantId, id as IntegrationId, range, this.db);
    const integration = await getIntegration(tenantId, id as IntegrationId, this.db);
    const last = integration && entryOfLastRun(integration);
    const unwritten = last !== undefined && all.every(({ run }) => run < last.run);
    return [...all.toReversed(), ...(unwritten ? [last] : [])];
  }

  async deadLetters(tenantId: TenantId | null = TENANT): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = [];
    let before: string | null = null;
    do {
      const page = await listDeadLetters(tenantId, { limit: 100, before }, this.db);
      found.push(...page.deadLetters);
      before = page.next;
    } while (before !== null);
    return found;
  }

  /** Messages of a kind's queue that are not deleted: waiting, delayed or being worked on. */
  backlog(kind: KindName): number {
    const { engine } = this.sqs;
    const { ready, delayed, inFlight } = engine.counts(engine.queues.get(`memory-${kind}`));
    return ready + delayed + inFlight;
  }

  metric(name: string): number {
    return this.metrics.filter((metric) => metric.name === name).reduce((total, { value }) => total + value, 0);
  }
}

/** An SQS that now and then does not delete what it is told to, and says so with HTTP 200. */
function keepingFinished(client: SQSClient, keeps: () => boolean = () => false): SQSClient {
  const send = (command: object, ...rest: unknown[]): unknown => {
    if (command instanceof DeleteMessageBatchCommand && keeps()) {
      const Failed = (command.input.Entries ?? []).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
      return Promise.resolve({ Successful: [], Failed });
    }
    return (client.send as (...args: unknown[]) => unknown).call(client, command, ...rest);
  };
  return { ...client, send } as SQSClient;
}

const noHttp: OutsideHttp = {
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
