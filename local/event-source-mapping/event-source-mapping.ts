import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { Clock } from '../../functions/platform/clock.ts';
import { failedIds } from './batch-response.ts';
import { FunctionTimeout, invoke, type LambdaFunction } from './lambda-function.ts';
import { sqsEvent } from './sqs-event.ts';

const LONG_POLL_SECONDS = 20;
/** After a failed receive. */
const PAUSE_MS = 1_000;

export interface EventSourceMappingOptions {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly lambda: LambdaFunction<SQSEvent>;
  /** 1 to 10; default 10. */
  readonly batchSize?: number | undefined;
  /** Invocations at once; default 10. */
  readonly maxConcurrency?: number | undefined;
  readonly onInvocation?: ((report: InvocationReport) => void) | undefined;
  /** What the mapping could not do itself: receive, or delete what succeeded (it will come again). */
  readonly onProblem?: ((problem: string, error: unknown) => void) | undefined;
}

export interface EventSourceMappingDependencies {
  readonly client: SQSClient;
  readonly clock: Clock;
  /** Request ids. */
  readonly newId: () => string;
}

/** One invocation and what became of its messages. */
export interface InvocationReport {
  /** `partial`: some were reported in batchItemFailures; `failed`: it threw or its answer made no sense. */
  readonly outcome: 'success' | 'partial' | 'failed' | 'timeout';
  readonly messageIds: readonly string[];
  /** These stay in the queue: visible again when their visibility ends, or sooner if the function said so. */
  readonly failedIds: readonly string[];
  /** Of `failed` and `timeout`. */
  readonly error: unknown;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly durationMs: number;
}

/**
 * What Lambda's event source mapping does between a queue and a function: long-polls, invokes with batches (window 0), deletes what
 * succeeded and leaves what failed to the queue's visibility and redrive.
 */
export class EventSourceMapping {
  readonly #options: EventSourceMappingOptions;
  readonly #dependencies: EventSourceMappingDependencies;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #polling: Promise<void> | undefined;
  /** Lets the poll look again whether it may take more. */
  #goOn = (): void => {};

  constructor(options: EventSourceMappingOptions, dependencies: EventSourceMappingDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Invocations that are not finished. */
  get running(): number {
    return this.#running.size;
  }

  /** Polls until `stop`. */
  start(): void {
    this.#polling ??= this.#poll();
  }

  /**
   * Takes no more messages and waits for the running invocations, `withinMs` at most; answers how many are still running then.
   * Their messages stay in the queue. A stopped mapping does not start again.
   */
  async stop(withinMs: number): Promise<number> {
    this.#stopping.abort();
    this.#goOn();
    await this.#polling;
    if (withinMs > 0 && this.#running.size > 0) {
      const finished = new AbortController();
      await Promise.race([
        Promise.all(this.#running).finally(() => finished.abort()),
        this.#dependencies.clock.sleep(withinMs, finished.signal).catch(() => {}),
      ]);
    }
    return this.#running.size;
  }

  /** For a simulation instead of `start`: one batch, if there is one right now, from receiving to settling. */
  async step(): Promise<InvocationReport | undefined> {
    const messages = await this.#receive(0);
    return messages.length === 0 ? undefined : this.#track(this.#process(messages));
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    const { maxConcurrency = 10, onProblem } = this.#options;
    while (!signal.aborted) {
      if (this.#running.size >= maxConcurrency) {
        await new Promise<void>((resolve) => {
          this.#goOn = resolve;
        });
        continue;
      }
      try {
        const messages = await this.#receive(LONG_POLL_SECONDS, signal);
        if (messages.length > 0) void this.#track(this.#process(messages));
      } catch (error) {
        if (signal.aborted) return;
        onProblem?.(`Receiving from ${this.#options.queueUrl} failed; trying again in ${PAUSE_MS} ms.`, error);
        await this.#dependencies.clock.sleep(PAUSE_MS, signal).catch(() => {});
      }
    }
  }

  async #receive(WaitTimeSeconds: number, abortSignal?: AbortSignal): Promise<readonly Message[]> {
    const { queueUrl, batchSize = 10 } = this.#options;
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await this.#dependencies.client.send(command, abortSignal ? { abortSignal } : {});
    return Messages;
  }

  /** Never rejects. */
  async #process(messages: readonly Message[]): Promise<InvocationReport> {
    const { clock } = this.#dependencies;
    const startedAt = clock.now();
    const messageIds = messages.map(({ MessageId = '' }) => MessageId);
    const { failed, error } = await this.#invoke(messages, messageIds);
    await this.#delete(messages.filter(({ MessageId = '' }) => !failed.has(MessageId)));
    const report: InvocationReport = {
      outcome: outcomeOf(failed, error),
      messageIds,
      failedIds: [...failed],
      error,
      startedAt,
      durationMs: clock.now() - startedAt,
    };
    this.#options.onInvocation?.(report);
    return report;
  }

  async #invoke(
    messages: readonly Message[],
    messageIds: readonly string[],
  ): Promise<{ readonly failed: ReadonlySet<string>; readonly error: unknown }> {
    const { lambda, queueArn } = this.#options;
    const { clock, newId } = this.#dependencies;
    const [, , , region = '', accountId = ''] = queueArn.split(':');
    try {
      const event = sqsEvent(messages, queueArn);
      const response = await invoke(lambda, event, { clock, newId, region, accountId });
      const failed = failedIds(response, messageIds);
      if (failed !== undefined) return { failed, error: undefined };
      throw new Error(`${lambda.name} answered no valid batch response: ${JSON.stringify(response)?.slice(0, 200)}`);
    } catch (error) {
      return { failed: new Set(messageIds), error: error ?? new Error(`${lambda.name} failed without an error.`) };
    }
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const { queueUrl, onProblem } = this.#options;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    try {
      const { client } = this.#dependencies;
      const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      // HTTP 200 says nothing about the single messages.
      if (Failed.length > 0)
        onProblem?.(`${Failed.length} finished messages of ${queueUrl} were not deleted.`, Failed[0]);
    } catch (error) {
      onProblem?.(`${messages.length} finished messages of ${queueUrl} were not deleted.`, error);
    }
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => {
      this.#running.delete(tracked);
      this.#goOn();
    });
    this.#running.add(tracked);
    return tracked;
  }
}

function outcomeOf(failed: ReadonlySet<string>, error: unknown): InvocationReport['outcome'] {
  if (error instanceof FunctionTimeout) return 'timeout';
  if (error !== undefined) return 'failed';
  return failed.size === 0 ? 'success' : 'partial';
}
