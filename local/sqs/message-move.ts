import type { Clock } from '../../functions/platform/clock.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import type { QueueRegistry } from './queue-registry.ts';
import { integerParameter, invalidParameter, SqsError } from './sqs-error.ts';

/** SQS lists this many tasks of a queue. */
const KEPT_TASKS = 10;

export interface MessageMoveTask {
  readonly handle: string;
  readonly status: 'COMPLETED' | 'FAILED';
  readonly sourceArn: string;
  readonly destinationArn: string | undefined;
  readonly perSecond: number | undefined;
  readonly toMove: number;
  readonly moved: number;
  readonly failureReason: string | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
}

export interface MessageMovesDependencies {
  readonly queues: QueueRegistry;
  readonly resend: (message: Message, from: Queue, to: Queue) => void;
  readonly clock: Clock;
}

/**
 * Moves of dead letters back to where they came from. An embedded queue is moved at once, whatever rate was asked for, so a task is
 * never seen running. Messages in flight or delayed stay.
 */
export class MessageMoves {
  readonly #dependencies: MessageMovesDependencies;
  readonly #tasks = new Map<string, MessageMoveTask[]>();
  #started = 0;

  constructor(dependencies: MessageMovesDependencies) {
    this.#dependencies = dependencies;
  }

  start(sourceArn: string, destinationArn?: string, perSecond?: number): MessageMoveTask {
    const { queues, clock } = this.#dependencies;
    if (perSecond !== undefined) integerParameter('MaxNumberOfMessagesPerSecond', perSecond, [1, 500], 500);
    const source = this.#source(sourceArn);
    if (queues.sourcesOf(source).length === 0) {
      throw invalidParameter('SourceArn', 'Source queue must be configured as a dead-letter queue');
    }
    if (destinationArn !== undefined && queues.byArn(destinationArn) === undefined) {
      throw new SqsError('ResourceNotFoundException', 'The destination queue does not exist.');
    }
    const startedAt = clock.now();
    source.advance(startedAt);
    const visible = [...source.messages()].filter(({ place }) => place === 'ready');
    const { moved, failureReason } = this.#move(visible, source, destinationArn);
    this.#started += 1;
    const task: MessageMoveTask = {
      handle: Buffer.from(JSON.stringify({ taskId: this.#started, sourceArn })).toString('base64'),
      status: failureReason === undefined ? 'COMPLETED' : 'FAILED',
      sourceArn,
      destinationArn,
      perSecond,
      toMove: visible.length,
      moved,
      failureReason,
      startedAt,
    };
    this.#tasks.set(sourceArn, [task, ...(this.#tasks.get(sourceArn) ?? [])].slice(0, KEPT_TASKS));
    return task;
  }

  /** The latest first. */
  list(sourceArn: string, maximum = 1): MessageMoveTask[] {
    integerParameter('MaxResults', maximum, [1, KEPT_TASKS], 1);
    return (this.#tasks.get(this.#source(sourceArn).arn) ?? []).slice(0, maximum);
  }

  /** Always throws: there is no running task. */
  cancel(handle: string): never {
    const isKnown = [...this.#tasks.values()].flat().some((task) => task.handle === handle);
    if (isKnown) throw new SqsError('UnsupportedOperation', 'Only active tasks can be cancelled.');
    throw new SqsError('ResourceNotFoundException', 'The task does not exist.');
  }

  #source(arn: string): Queue {
    const queue = this.#dependencies.queues.byArn(arn);
    if (queue === undefined) throw new SqsError('ResourceNotFoundException', 'The source queue does not exist.');
    return queue;
  }

  /** Stops at the first message whose origin is unknown. */
  #move(
    messages: readonly Message[],
    source: Queue,
    destinationArn: string | undefined,
  ): { moved: number; failureReason: string | undefined } {
    for (const [moved, message] of messages.entries()) {
      const target = this.#dependencies.queues.byArn(destinationArn ?? message.deadLetterSource ?? '');
      if (target === undefined) return { moved, failureReason: 'CouldNotDetermineMessageSource' };
      this.#dependencies.resend(message, source, target);
    }
    return { moved: messages.length, failureReason: undefined };
  }
}
