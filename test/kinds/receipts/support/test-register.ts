import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type { DataTable, Run, SyncResult } from '../../../../functions/kinds/kind.ts';
import type { ReceiptBody } from '../../../../functions/kinds/receipts/fiscal-document.ts';
import { receipts } from '../../../../functions/kinds/receipts/index.ts';
import { clientFor, type SimulatedOperator } from '../../../../functions/kinds/receipts/simulator/operator.ts';
import type { ApiError, RouteDeps } from '../../../../functions/kinds/route.ts';
import type { Credentials } from '../../../../functions/model/credentials.ts';
import { LeaseLost, RetryLater } from '../../../../functions/model/failure.ts';
import { asIntegrationId, asTenantId } from '../../../../functions/model/ids.ts';
import type { Integration, Lease } from '../../../../functions/model/integration.ts';
import { createIds } from '../../../../functions/platform/ids.ts';
import { createUpstream } from '../../../../functions/platform/upstream/open-upstream.ts';
import type { Upstream } from '../../../../functions/platform/upstream/upstream.ts';
import type { DeadLetter } from '../../../../functions/store/dead-letters.ts';
import { Crash, type Outside, undisturbed } from './outside.ts';
import type { SteppingClock } from './stepping-clock.ts';

export interface RegisterOptions {
  readonly data: DataTable;
  readonly operator: SimulatedOperator;
  readonly clock: SteppingClock;
  readonly provider?: 'ofd' | 'atol';
  readonly id?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly credentials?: Credentials;
  readonly outside?: Outside;
  /** Instead of one that only passes calls on. */
  readonly upstream?: Upstream;
  /** Of a register with the same credential. */
  readonly memo?: Map<string, unknown>;
}

export const ATOL_CONFIG = {
  inn: '5544332219',
  sno: 'osn',
  payment_address: 'https://shop.example',
  company_email: 'shop@example.org',
} as const;

const TENANT = asTenantId('acme');
/** After a crash: the lease and the message's visibility run out. */
const RECOVERY_MS = 90_000;
const SLICE_MS = 40_000;

/** One register with its buffer, and as much of the engine as it takes to run it: leases, slots, retry counts. */
export class TestRegister {
  readonly integrationId;
  readonly letters = new Map<string, DeadLetter>();
  readonly memo: Map<string, unknown>;
  readonly results: (SyncResult | Error)[] = [];
  readonly options: RegisterOptions;
  readonly clock: SteppingClock;
  integration: Integration;
  private readonly ids;
  private runCounter = 0;
  private live = 0;
  private atWork = 0;
  private woken = false;

  constructor(options: RegisterOptions) {
    this.options = options;
    this.clock = options.clock;
    this.memo = options.memo ?? new Map();
    this.integrationId = asIntegrationId(options.id ?? 'register-1');
    this.ids = createIds(this.clock, (bytes) => new Uint8Array(bytes));
    this.integration = this.describe();
  }

  private describe(): Integration {
    const { provider = 'ofd', config = provider === 'atol' ? ATOL_CONFIG : {} } = this.options;
    const now = this.clock.now();
    const nothing = {
      accountId: provider === 'atol' ? 'shop_1' : null,
      ...{
        disabledReason: null,
        disabledAt: null,
        coveredTo: null,
        lastSyncAt: null,
        lastSyncError: null,
        notice: null,
        noticeUntil: null,
      },
      ...{ credentials: null, credentialsSetAt: null, nextSyncAt: null, watchedSlot: null, enqueuedFrom: null },
      ...{ lastSlot: null, retryAt: null, passedSlot: null, passedRun: null, notBefore: null, lastManual: null },
      ...{ overtakenSlot: null, overtakenRun: null },
      ...{ wakes: 0, lease: null, abandoned: null, lastRun: null, cursor: null, checkpoint: null },
    };
    return {
      ...nothing,
      ...{ tenantId: TENANT, id: this.integrationId, name: 'Register 1', kind: 'receipts', provider },
      ...{ baseUrl: 'https://operator.example', config, syncInterval: 10, syncEnabled: true, status: 'pending' },
      ...{ retryCount: 0, createdAt: now, updatedAt: now, version: 1, scheduleVersion: 1, slotOpen: false },
      ...{ manualOpen: false, passedManual: null, passedManualRun: null, runCounter: 0, recent: '', alerted: false },
    };
  }

  private get outside(): Outside {
    return this.options.outside ?? undisturbed;
  }

  /** The data table as a process sees it. */
  private get data(): DataTable {
    const { client, tableName } = this.options.data;
    const send = (command: { constructor: { name: string } }): Promise<unknown> =>
      this.outside(command.constructor.name, () => client.send(command as never));
    return { client: { send } as unknown as DynamoDBDocumentClient, tableName };
  }

  private openUpstream(signal: AbortSignal): Upstream {
    if (this.options.upstream !== undefined) return this.options.upstream;
    const operator = clientFor(this.options.operator, this.clock);
    return createUpstream({
      http: { send: (request) => this.outside(`${request.method} ${request.url}`, () => operator.send(request)) },
      gate: { enter: async () => ({ settle: async () => {} }), cool: async () => {} },
      clock: this.clock,
      signal,
      deadline: this.clock.now() + SLICE_MS,
      secrets: [],
    });
  }

  /** Calls a route as the API does, as far as a kind sees it. */
  async call(
    method: string,
    path: string,
    { body, query = {}, headers = {} }: { body?: unknown; query?: object; headers?: Record<string, string> } = {},
    more: Partial<RouteDeps> = {},
  ): Promise<Record<string, unknown>> {
    const route = receipts.routes.find((one) => one.method === method && one.path === path);
    if (route === undefined) throw new Error(`no route ${method} ${path}`);
    const answer = await route.handle(
      {
        tenantId: TENANT,
        role: 'operator',
        headers,
        params: undefined,
        query: route.query?.parse(query),
        body: route.body?.parse(body),
      },
      {
        integration: this.integration,
        data: this.data,
        clock: this.clock,
        ids: this.ids,
        wake: () => this.wake(),
        connect: () => Promise.reject(new Error('no route of receipts connects')),
        runNow: () => this.runNow(),
        ...more,
      },
    );
    // What a client gets: everything the schema promises and nothing it does not know.
    expect(route.response.parse(answer)).toEqual(answer);
    return answer as Record<string, unknown>;
  }

  /** Takes a receipt in; answers its id. */
  async take(key: string, body: ReceiptBody): Promise<string> {
    const answer = await this.call('POST', '/v1/kkt/receipt', { body, headers: { 'idempotency-key': key } });
    expect(answer.status).toBe('buffered');
    return String(answer.receipt_id);
  }

  async wake(): Promise<void> {
    if (!this.integration.syncEnabled) return;
    if (this.live > 0) this.woken = true;
    else if (this.integration.nextSyncAt === null) this.change({ nextSyncAt: this.clock.now() });
  }

  private change(change: Partial<Integration>): void {
    this.integration = { ...this.integration, ...change };
  }

  /** A run as the engine makes it, up to its end. A crash comes out; everything else becomes the next slot. */
  async run(trigger: Run['trigger'] = 'schedule'): Promise<SyncResult | Error> {
    this.runCounter += 1;
    const token = this.runCounter;
    // Two runs at once are two workers, and nothing but the table is common to them.
    const memo = this.atWork > 0 ? new Map<string, unknown>() : this.memo;
    this.live = token;
    this.woken = false;
    const startedAt = this.clock.now();
    const lease: Lease = {
      owner: `worker-${token}`,
      until: startedAt + 45_000,
      token,
      slice: 0,
      progress: {},
      startedAt,
      trigger,
      slot: startedAt,
    };
    this.change({ lease, runCounter: token });
    const controller = new AbortController();
    const { retryCount } = this.integration;
    let result: SyncResult | Error;
    this.atWork += 1;
    try {
      result = await receipts.sync({ ...this.runOf(token, trigger, controller.signal), memo });
    } catch (error) {
      if (error instanceof Crash) {
        if (this.live === token) this.end(token, { nextSyncAt: this.clock.now() + RECOVERY_MS });
        throw error;
      }
      if (!(error instanceof Error)) throw error;
      result = error;
    } finally {
      this.atWork -= 1;
    }
    this.results.push(result);
    // Another run has taken over: the end of this one stores nothing.
    if (this.live !== token || result instanceof LeaseLost) return result;
    const counted = trigger === 'manual' ? retryCount : retryCount + 1;
    if (result instanceof RetryLater) this.end(token, { nextSyncAt: result.until });
    else if (result instanceof Error) this.end(token, { nextSyncAt: this.clock.now() + 10_000, retryCount: counted });
    else if (result.outcome === 'continue') throw new Error('receipts never continue');
    else {
      const { nextSyncAt = null, pause } = result;
      const again = nextSyncAt === null && this.woken ? this.clock.now() + 1000 : nextSyncAt;
      this.end(token, {
        nextSyncAt: pause === undefined ? again : null,
        retryCount: result.outcome === 'error' ? counted : 0,
        ...(pause !== undefined && { syncEnabled: false, disabledReason: result.message ?? null }),
      });
    }
    return result;
  }

  private end(token: number, change: Partial<Integration>): void {
    if (this.live === token) this.live = 0;
    const startedAt = this.integration.lease?.startedAt ?? 0;
    const lastRun = {
      run: token,
      status: 'SUCCESS',
      trigger: 'schedule',
      slot: startedAt,
      startedAt,
      completedAt: this.clock.now(),
      recordsCount: 0,
    } as const;
    this.change({ lease: null, lastRun, ...change });
  }

  private runOf(token: number, trigger: Run['trigger'], signal: AbortSignal): Run {
    const { credentials = this.options.provider === 'atol' ? { apiKey: 'login', apiSecret: 'pass' } : {} } =
      this.options;
    return {
      tenantId: TENANT,
      integrationId: this.integrationId,
      integration: this.integration,
      credentials,
      upstream: this.openUpstream(signal),
      data: this.data,
      clock: this.clock,
      signal,
      memo: this.memo,
      slot: this.clock.now(),
      trigger,
      token,
      deadline: this.clock.now() + SLICE_MS,
      cursor: null,
      checkpoint: null,
      continued: false,
      save: () => Promise.reject(new Error('receipts keep everything in their own partition')),
      // The worst holder: one that does not notice that its lease has run out.
      assertHeld: () => {},
      deadLetters: {
        add: (letter) =>
          this.outside('add letter', async () => {
            if (!this.letters.has(letter.id)) this.letters.set(letter.id, letter);
          }),
      },
    };
  }

  test(): Promise<unknown> {
    return receipts.test(this.runOf(0, 'manual', new AbortController().signal));
  }

  private async runNow() {
    if (this.live > 0) return { state: 'held' } as const;
    const result = await this.run('manual');
    if (result instanceof Error) throw result;
    return { state: 'done', result } as const;
  }

  /** Lets time pass and runs every slot until there is none. A crash ends it; call again. */
  async drain(most = 200): Promise<void> {
    for (let runs = 0; this.integration.nextSyncAt !== null; runs += 1) {
      if (runs === most) throw new Error(`still busy after ${most} runs: ${JSON.stringify(this.results.at(-1))}`);
      this.clock.set(Math.max(this.clock.now(), this.integration.nextSyncAt));
      await this.run();
    }
  }

  /** As the API does: put back first, then remove the letter. */
  async redrive(letterId: string, correction?: unknown): Promise<void> {
    const letter = this.letters.get(letterId);
    if (letter === undefined || receipts.redrive === undefined) return;
    await receipts.redrive(letter, {
      integration: this.integration,
      data: this.data,
      clock: this.clock,
      ids: this.ids,
      wake: () => this.wake(),
      correction,
    });
    await this.outside('remove letter', async () => this.letters.delete(letterId));
  }

  /** A person mends what paused it. */
  switchOn(): void {
    const now = this.clock.now();
    this.change({ syncEnabled: true, disabledReason: null, retryCount: 0, nextSyncAt: now, updatedAt: now });
  }

  status(): Promise<Record<string, unknown>> {
    return this.call('GET', '/v1/kkt/buffer/status');
  }

  async list(status?: string): Promise<readonly Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    let cursor: unknown;
    do {
      const page = await this.call('GET', '/v1/kkt/receipts', { query: { status, cursor, limit: 7 } });
      found.push(...(page.receipts as Record<string, unknown>[]));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return found;
  }
}

/** Runs `work` again after each crash: as clients, SQS and people do. */
export async function untilItWorks<T>(work: () => Promise<T>, restart: () => void): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      restart();
    }
  }
}

export const codeOf = (error: unknown): string => (error as ApiError).code;
