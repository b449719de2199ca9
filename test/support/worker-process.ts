import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { createDeadLetterHandler } from '../../functions/dead-letter/dead-letter-handler.ts';
import { createDispatchHandler, type Tick } from '../../functions/dispatch/dispatch-handler.ts';
import { createExecuteHandler } from '../../functions/execute/execute-handler.ts';
import type { Kinds } from '../../functions/kinds/registry.ts';
import type { Runtime } from '../../functions/runtime/runtime.ts';

/** What may go wrong with one outside call; decided call by call. */
export type Fault =
  | 'die-before'
  | 'die-after'
  /** DynamoDB or SQS refuses it as too busy. */
  | 'throttle'
  /** Carried out, but the answer is lost: the SDK makes the call again. */
  | 'lost-answer'
  /** Only the first half of a batch is taken, with HTTP 200. */
  | 'half-batch'
  /** The process stands still for two minutes, longer than any lease. */
  | 'freeze';

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

const FREEZE_MS = 120_000;
const NEVER = new Promise<never>(() => undefined);
/** What middy hands its handler when Lambda calls it. */
const OPTIONS = { signal: new AbortController().signal };

/** One warm Lambda environment with all handlers. When it dies, everything it was doing just stops. */
export class WorkerProcess {
  calls = 0;
  readonly fired = new Map<Fault, number>();
  private dead = false;
  private frozenUntil = 0;
  private readonly runtime: Runtime;
  private readonly chooseFault: ChooseFault;
  private readonly skewMs: number;
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

  get isDead(): boolean {
    return this.dead;
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
      dynamo: guardSend(dynamo),
      sqs: guardSend(sqs),
      http: { send: (request) => this.guard('http', request, () => http.send(request)) },
    };
  }

  private async guard<T>(name: string, command: object, call: () => Promise<T>): Promise<T> {
    await this.thaw();
    if (this.dead) return NEVER;
    this.calls += 1;
    const fault = this.chooseFault({ number: this.calls, name });
    if (fault !== undefined) this.fired.set(fault, (this.fired.get(fault) ?? 0) + 1);
    switch (fault) {
      case 'die-before':
        this.die();
        return NEVER;
      case 'throttle':
        throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
      case 'lost-answer':
        await call();
        break;
      case 'freeze':
        this.freeze(FREEZE_MS);
        await this.thaw();
        break;
      case 'half-batch':
        if (command instanceof SendMessageBatchCommand) return (await this.sendHalf(command)) as T;
        break;
    }
    const result = await call();
    if (fault === 'die-after') this.die();
    if (this.dead) return NEVER;
    return result;
  }

  private async sendHalf(command: SendMessageBatchCommand): Promise<unknown> {
    const entries = command.input.Entries ?? [];
    const taken = entries.slice(0, Math.floor(entries.length / 2));
    const refused = entries.slice(taken.length);
    const Failed = refused.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
    if (taken.length === 0) return { Successful: [], Failed };
    const answer = await this.runtime.sqs.send(new SendMessageBatchCommand({ ...command.input, Entries: taken }));
    return { ...answer, Failed: [...(answer.Failed ?? []), ...Failed] };
  }

  private async thaw(): Promise<void> {
    while (!this.dead && this.runtime.clock.now() < this.frozenUntil) {
      await this.runtime.clock.sleep(this.frozenUntil - this.runtime.clock.now());
    }
  }
}
