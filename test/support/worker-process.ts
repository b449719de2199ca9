import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { BatchExecuteStatementCommand, BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import { createDeadLetterHandler } from '../../functions/dead-letter/dead-letter-handler.ts';
import { createDispatchHandler, type Tick } from '../../functions/dispatch/dispatch-handler.ts';
import { createExecuteHandler } from '../../functions/execute/execute-handler.ts';
import type { Kinds } from '../../functions/kinds/registry.ts';
import { UpstreamError } from '../../functions/model/failure.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../functions/platform/http/http.ts';
import type { Runtime } from '../../functions/runtime/runtime.ts';

/** What may go wrong with one outside call; decided call by call. */
export type Fault =
  | 'die-before'
  | 'die-after'
  /** DynamoDB or SQS refuses it as too busy; an upstream cannot be reached. */
  | 'throttle'
  /** Carried out, but the answer is lost: the SDK makes the call again; a call of an upstream has failed. */
  | 'lost-answer'
  /** Only the first half of a batch is taken, with HTTP 200. */
  | 'half-batch'
  /** SQS delivers what is sent a second time, some time later. */
  | 'duplicate'
  /** The process stands still for two minutes, longer than any lease. */
  | 'freeze'
  /** Somebody sets the clock of the process, back or forward. */
  | 'clock-set'
  /** The process is told to stop: what runs gives its lease back. */
  | 'shutdown';

export interface OutsideCall {
  /** Counts from 1 over the life of the process. */
  readonly number: number;
  /** `UpdateCommand`, `SendMessageBatchCommand`, …; `http`. */
  readonly name: string;
}

export type ChooseFault = (call: OutsideCall) => Fault | undefined;

export interface ProcessOptions {
  readonly chooseFault?: ChooseFault | undefined;
  /** How far its clock is ahead of the world's. */
  readonly skewMs?: number | undefined;
  readonly wrap?: ((runtime: Runtime) => Runtime) | undefined;
}

/** The upstreams' side of the process's HTTP client. `late`: the process stood still between its leave to call and the call. */
export interface OutsideHttp extends HttpClient {
  send(request: HttpRequest, late?: boolean): Promise<HttpResponse>;
}

const FREEZE_MS = 120_000;
/** Clocks are set by up to this much either way. */
const CLOCK_SET_MS = 90_000;
/** One of its own each time: whoever waits for one that all share would be kept in memory with its whole world. */
const never = (): Promise<never> => new Promise(() => undefined);
/** What middy hands its handler when Lambda calls it. */
const OPTIONS = { signal: new AbortController().signal };

/** One warm Lambda environment with all handlers. When it dies, everything it was doing just stops. */
export class WorkerProcess {
  calls = 0;
  readonly fired = new Map<Fault, number>();
  private dead = false;
  private frozenUntil = 0;
  private skewMs: number;
  private readonly stopping = new AbortController();
  private readonly runtime: Runtime;
  private readonly chooseFault: ChooseFault;
  private readonly death: Promise<never>;
  private rejectDeath: (error: Error) => void = () => undefined;
  readonly dispatch: (tick: Tick, context: Context) => Promise<unknown>;
  readonly execute: (event: SQSEvent, context: Context) => Promise<unknown>;
  readonly deadLetter: (event: SQSEvent, context: Context) => Promise<unknown>;

  constructor(
    runtime: Runtime,
    kinds: Kinds,
    { chooseFault = () => undefined, skewMs = 0, wrap }: ProcessOptions = {},
  ) {
    this.runtime = runtime;
    this.skewMs = skewMs;
    this.chooseFault = chooseFault;
    this.death = new Promise((_, reject) => {
      this.rejectDeath = reject;
    });
    this.death.catch(() => undefined);
    const inside = wrap?.(this.inside()) ?? this.inside();
    const dispatch = createDispatchHandler(inside);
    const execute = createExecuteHandler(inside, kinds);
    const deadLetter = createDeadLetterHandler(inside, kinds);
    this.dispatch = (tick, context) => this.untilDeath(async () => dispatch(tick, context, OPTIONS));
    this.execute = (event, context) => this.untilDeath(async () => execute(event, context, OPTIONS));
    this.deadLetter = (event, context) => this.untilDeath(async () => deadLetter(event, context, OPTIONS));
  }

  /** Takes no more work: it has died, or was told to stop. */
  get isGone(): boolean {
    return this.dead || this.stopping.signal.aborted;
  }

  die(): void {
    this.dead = true;
    this.rejectDeath(new Error('the process died'));
  }

  freeze(ms: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, this.runtime.clock.now() + ms);
  }

  private untilDeath(work: () => Promise<unknown>): Promise<unknown> {
    const working = work();
    working.catch(() => undefined);
    return Promise.race([working, this.death]);
  }

  /** The runtime as the code in this process sees it. */
  private inside(): Runtime {
    const { dynamo, sqs, http, clock } = this.runtime;
    const guardSend = <Client extends { send: (...args: never[]) => unknown }>(client: Client): Client =>
      ({
        ...client,
        send: (command: object) =>
          this.guard(command.constructor.name, command, () => client.send(command as never) as Promise<unknown>),
      }) as Client;
    return {
      ...this.runtime,
      clock: { now: () => clock.now() + this.skewMs, sleep: (ms, signal) => clock.sleep(ms, signal) },
      stopSignal: this.stopping.signal,
      dynamo: guardSend(dynamo),
      sqs: guardSend(sqs),
      http: {
        send: (request) => {
          const askedAt = clock.now();
          // It had its leave before, when it stood still until just now.
          const late = (): boolean =>
            clock.now() > askedAt || (this.frozenUntil > 0 && askedAt - this.frozenUntil < 1000);
          return this.guard('http', request, () => (http as OutsideHttp).send(request, late()));
        },
      },
    };
  }

  private async guard<T>(name: string, command: object, call: () => Promise<T>): Promise<T> {
    await this.thaw();
    if (this.dead) return never();
    this.calls += 1;
    const fault = this.chooseFault({ number: this.calls, name });
    if (fault !== undefined) this.fired.set(fault, (this.fired.get(fault) ?? 0) + 1);
    switch (fault) {
      case 'die-before':
        this.die();
        return never();
      case 'throttle':
        if (name === 'http') throw new UpstreamError('connection refused', { problem: 'connection' });
        throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
      case 'lost-answer':
        await call();
        if (name === 'http')
          throw new UpstreamError('connection reset', { problem: 'connection', outcomeUnknown: true });
        break;
      case 'freeze':
        this.freeze(FREEZE_MS);
        await this.thaw();
        break;
      case 'half-batch':
        return (await half(command, call, this.runtime)) as T;
      case 'duplicate':
        if (command instanceof SendMessageBatchCommand) await this.runtime.sqs.send(againLater(command, this.calls));
        break;
      case 'clock-set':
        this.skewMs = ((this.calls * 7919) % (2 * CLOCK_SET_MS)) - CLOCK_SET_MS;
        break;
      case 'shutdown':
        this.stopping.abort(new Error('the process was told to stop'));
        break;
    }
    const result = await call();
    if (fault === 'die-after') this.die();
    if (this.dead) return never();
    return result;
  }

  private async thaw(): Promise<void> {
    while (!this.dead && this.runtime.clock.now() < this.frozenUntil) {
      await this.runtime.clock.sleep(this.frozenUntil - this.runtime.clock.now());
    }
  }
}

/** Carries out the first half of a batch and reports the rest as not done, in the way the service does; other calls are whole. */
async function half(command: object, call: () => Promise<unknown>, { dynamo, sqs }: Runtime): Promise<unknown> {
  if (command instanceof SendMessageBatchCommand) {
    const { taken, left } = split(command.input.Entries ?? []);
    const Failed = left.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
    if (taken.length === 0) return { Successful: [], Failed };
    const answer = await sqs.send(new SendMessageBatchCommand({ ...command.input, Entries: taken }));
    return { ...answer, Failed: [...(answer.Failed ?? []), ...Failed] };
  }
  if (command instanceof BatchExecuteStatementCommand) {
    const { taken, left } = split(command.input.Statements ?? []);
    const refused = left.map(() => ({ Error: { Code: 'ThrottlingError', Message: 'too busy' } }));
    if (taken.length === 0) return { Responses: refused };
    const { Responses = [] } = await dynamo.send(new BatchExecuteStatementCommand({ Statements: taken }));
    return { Responses: [...Responses, ...refused] };
  }
  if (command instanceof BatchWriteCommand) {
    const [[table, requests] = ['', []]] = Object.entries(command.input.RequestItems ?? {});
    const { taken, left } = split(requests);
    if (taken.length > 0) await dynamo.send(new BatchWriteCommand({ RequestItems: { [table]: taken } }));
    return { UnprocessedItems: { [table]: left } };
  }
  return call();
}

function split<T>(entries: readonly T[]): { taken: T[]; left: T[] } {
  const taken = entries.slice(0, Math.floor(entries.length / 2));
  return { taken, left: entries.slice(taken.length) };
}

/** The same messages, up to a quarter of an hour later. */
function againLater(command: SendMessageBatchCommand, seed: number): SendMessageBatchCommand {
  const Entries = command.input.Entries?.map((entry, index) => ({
    ...entry,
    DelaySeconds: (seed * 131 + index * 17) % 900,
  }));
  return new SendMessageBatchCommand({ ...command.input, Entries });
}
