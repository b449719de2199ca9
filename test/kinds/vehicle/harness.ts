import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Kind, Run, SyncResult } from '../../../functions/kinds/kind.ts';
import { decodeBlock } from '../../../functions/kinds/vehicle/blocks/codec.ts';
import { parseCursor } from '../../../functions/kinds/vehicle/cursor.ts';
import { vehicle } from '../../../functions/kinds/vehicle/index.ts';
import { readAlarms, readChannels, readState } from '../../../functions/kinds/vehicle/records.ts';
import {
  type SimulatedAnswer,
  type SimulatedRequest,
  simulatedHttp,
} from '../../../functions/kinds/vehicle/simulator/simulator.ts';
import { type SimulatedVehicleOptions, simulatedVehicle } from '../../../functions/kinds/vehicle/simulator/vehicle.ts';
import { vehicleStore } from '../../../functions/kinds/vehicle/store.ts';
import type { Credentials } from '../../../functions/model/credentials.ts';
import { LeaseLost, RetryLater, UpstreamError } from '../../../functions/model/failure.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import type { Integration } from '../../../functions/model/integration.ts';
import type { Clock } from '../../../functions/platform/clock.ts';
import type { HttpClient } from '../../../functions/platform/http/http.ts';
import { parseJson } from '../../../functions/platform/http/parse-json.ts';
import type { Upstream } from '../../../functions/platform/upstream/upstream.ts';
import type { TestDynamoDb } from '../../support/embedded-aws.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';

export const START = Date.parse('2026-11-22T10:00:00.000Z');

/** A clock that only moves when something takes time. */
export class MovingClock implements Clock {
  private time: number;
  constructor(time = START) {
    this.time = time;
  }
  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    this.time += ms;
  }
  pass(ms: number): void {
    this.time += ms;
  }
}

/** The worker is gone: nothing that it calls comes back. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Counts every call that leaves the worker, and kills it before or after one of them. */
export class CallCounter {
  calls = 0;
  private readonly fatal: { readonly call: number; readonly when: 'before' | 'after' } | undefined;
  private dead = false;
  constructor(fatal?: { readonly call: number; readonly when: 'before' | 'after' }) {
    this.fatal = fatal;
  }
  get died(): boolean {
    return this.dead;
  }
  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Crash();
    this.calls++;
    const due = this.calls === this.fatal?.call;
    if (due && this.fatal?.when === 'before') this.die();
    const result = await work();
    if (due) this.die();
    return result;
  }
  private die(): never {
    this.dead = true;
    throw new Crash();
  }
}

/** The embedded engine, whose units are counted, or the one in memory, for long simulations. */
export type VehicleDatabase = TestDynamoDb | MemoryDynamoDb;

export interface BenchOptions {
  readonly http: HttpClient;
  readonly db: VehicleDatabase;
  readonly clock: MovingClock;
  readonly provider?: string;
  readonly baseUrl?: string | null;
  readonly accountId?: string | null;
  readonly config?: Record<string, unknown>;
  readonly credentials?: Credentials;
  readonly kind?: Kind;
  /** What one HTTP call takes. Default 20. */
  readonly latencyMs?: number;
}

export interface Outcome {
  readonly result: SyncResult | undefined;
  readonly error: unknown;
  readonly calls: readonly string[];
  readonly slices: number;
  readonly saves: number;
  /** Calls that left the worker: HTTP, DynamoDB, saves. */
  readonly outside: number;
}

let vehicles = 0;

/** Runs one vehicle as the engine would: tokens that grow, cursor and checkpoint kept, slices continued. */
export class TestVehicle {
  readonly tenantId = asTenantId('acme');
  readonly integrationId = asIntegrationId(`vehicle-${++vehicles}`);
  readonly options: BenchOptions;
  cursor: string | null = null;
  checkpoint: unknown = null;
  token = 0;
  writeUnits = 0;
  readUnits = 0;

  constructor(options: BenchOptions) {
    this.options = options;
  }

  get integration(): Integration {
    const { provider = 'pull', baseUrl = 'http://vehicle.test:8001', accountId = null, config = {} } = this.options;
    // Only what a kind may look at.
    return {
      tenantId: this.tenantId,
      id: this.integrationId,
      name: 'Truck',
      kind: 'vehicle',
      provider,
      baseUrl,
      accountId,
      config,
      syncInterval: 30,
      cursor: this.cursor,
    } as unknown as Integration;
  }

  store() {
    const { db } = this.options;
    return vehicleStore(this, { client: db.client, tableName: db.tables.data });
  }

  /** One run with all its slices. */
  async run(counter = new CallCounter()): Promise<Outcome> {
    const token = ++this.token;
    const calls: string[] = [];
    let saves = 0;
    let slices = 0;
    for (;;) {
      slices++;
      const run = this.handle(token, counter, calls, slices > 1, () => saves++);
      const kind = this.options.kind ?? vehicle;
      try {
        const result = await kind.sync(run);
        if (result.outcome === 'continue') {
          // Through JSON, as the store would.
          this.checkpoint = JSON.parse(JSON.stringify(result.checkpoint));
          continue;
        }
        await counter.through(async () => {
          if (result.outcome !== 'error' && result.cursor !== undefined) this.cursor = result.cursor;
          this.checkpoint = null;
        });
        return { result, error: undefined, calls, slices, saves, outside: counter.calls };
      } catch (error) {
        return { result: undefined, error, calls, slices, saves, outside: counter.calls };
      }
    }
  }

  /** For a connection test. */
  testRun(): Run {
    return this.handle(this.token, new CallCounter(), [], false, () => undefined);
  }

  /** What one slice is given. Another run of the same vehicle takes the lease from it. */
  handle(token: number, counter: CallCounter, calls: string[], continued: boolean, onSave: () => void): Run {
    const { clock, db, credentials = { apiKey: 'vehicle-key' } } = this.options;
    const assertHeld = (): void => {
      if (token !== this.token) throw new LeaseLost('another run has taken over');
    };
    return {
      tenantId: this.tenantId,
      integrationId: this.integrationId,
      integration: this.integration,
      credentials,
      upstream: this.upstream(counter, calls),
      data: { client: this.countedClient(counter), tableName: db.tables.data },
      clock,
      signal: new AbortController().signal,
      memo: new Map(),
      slot: clock.now(),
      trigger: 'schedule',
      token,
      deadline: clock.now() + 40_000,
      cursor: this.cursor,
      checkpoint: this.checkpoint,
      continued,
      assertHeld,
      save: async (progress) => {
        onSave();
        await counter.through(async () => {
          assertHeld();
          if (progress.cursor !== undefined) this.cursor = progress.cursor;
          if (progress.checkpoint !== undefined) this.checkpoint = JSON.parse(JSON.stringify(progress.checkpoint));
        });
      },
    };
  }

  private upstream(counter: CallCounter, calls: string[]): Upstream {
    const { http, clock, latencyMs = 20 } = this.options;
    const send: Upstream['send'] = (request) =>
      counter.through(async () => {
        const { pathname, search } = new URL(request.url);
        calls.push(pathname + decodeURIComponent(search));
        clock.pass(latencyMs);
        const response = await http.send(request);
        if (response.status === 429) {
          const after = Number(response.headers['retry-after'] ?? 30);
          throw new RetryLater(clock.now() + after * 1000, 'too many requests');
        }
        if (response.status < 200 || response.status > 299) {
          throw new UpstreamError(`${response.status} from ${pathname}`, {
            status: response.status,
            problem: 'status',
          });
        }
        return response;
      });
    return {
      send,
      async json(request) {
        const { status, headers, text } = await send(request);
        return { status, headers, body: parseJson(text) };
      },
      get calls() {
        return calls.length;
      },
    };
  }

  private countedClient(counter: CallCounter): DynamoDBDocumentClient {
    const { db } = this.options;
    const { client } = db;
    if (db instanceof MemoryDynamoDb) {
      return {
        send: (command: never) => counter.through(() => client.send(command)),
      } as unknown as DynamoDBDocumentClient;
    }
    const send = (command: { input: Record<string, unknown>; constructor: { name: string } }) =>
      counter.through(async () => {
        command.input.ReturnConsumedCapacity = 'TOTAL';
        const writes = command.constructor.name === 'PutCommand';
        const answer = (await client.send(command as never)) as { ConsumedCapacity?: unknown };
        const capacity = [answer.ConsumedCapacity ?? []].flat() as { CapacityUnits?: number }[];
        const units = capacity.reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
        if (writes) this.writeUnits += units;
        else this.readUnits += units;
        return answer;
      });
    return { send } as unknown as DynamoDBDocumentClient;
  }

  /** Every measurement of from … to in every block: how often it is stored, and as what. */
  async stored(from = 0, to = Number.MAX_SAFE_INTEGER): Promise<Map<string, number[]>> {
    const found = new Map<string, number[]>();
    for await (const page of this.store().blocks(0, Number.MAX_SAFE_INTEGER)) {
      for (const { bytes } of page) {
        for (const { channel, times, values } of decodeBlock(bytes)) {
          for (const [i, time] of times.entries()) {
            if (time < from || time >= to) continue;
            const key = `${channel}@${time}`;
            found.set(key, [...(found.get(key) ?? []), values[i] ?? Number.NaN]);
          }
        }
      }
    }
    return found;
  }

  channels() {
    return readChannels(this.store());
  }

  alarms() {
    return readAlarms(this.options.clock.now(), this.store());
  }

  state() {
    return readState(parseCursor(this.cursor), this.store());
  }

  async countBlocks(): Promise<number> {
    let blocks = 0;
    for await (const page of this.store().blocks(0, Number.MAX_SAFE_INTEGER)) blocks += page.length;
    return blocks;
  }
}

interface TrueValue {
  readonly channel_id: number;
  readonly time: number;
  readonly value: number | null;
}

/** Differences between what is stored and what was true, in words; none means each is stored exactly once. */
export function differences(stored: Map<string, number[]>, truth: readonly TrueValue[]): string[] {
  const wrong: string[] = [];
  let expected = 0;
  for (const { channel_id, time, value } of truth) {
    const values = stored.get(`${channel_id}@${time}`) ?? [];
    const where = `channel ${channel_id} at ${new Date(time).toISOString()}`;
    if (value === null) {
      if (values.length > 0) wrong.push(`${where}: null was stored`);
      continue;
    }
    expected++;
    if (values.length !== 1) wrong.push(`${where}: stored ${values.length} times`);
    else if (values[0] !== value) wrong.push(`${where}: ${values[0]} instead of ${value}`);
  }
  if (stored.size !== expected) wrong.push(`${stored.size} stored, ${expected} expected`);
  return wrong.slice(0, 10);
}

/** A simulated vehicle and the integration that reads it. `disturb` may answer in its stead. */
export function aPulledVehicle(
  db: VehicleDatabase,
  options: Partial<SimulatedVehicleOptions> = {},
  bench: Partial<BenchOptions> = {},
  disturb: (request: SimulatedRequest) => SimulatedAnswer | undefined = () => undefined,
) {
  const clock = new MovingClock();
  const simulated = simulatedVehicle({ clock, apiKey: 'vehicle-key', channels: 5, ...options });
  const mount = { answer: (request: SimulatedRequest) => disturb(request) ?? simulated.answer(request) };
  const http = simulatedHttp('http://vehicle.test:8001', { '': mount }, clock);
  return { clock, simulated, faults: simulated.faults, vehicle: new TestVehicle({ http, db, clock, ...bench }) };
}
