import { randomUUID } from 'node:crypto';
import type { Clock } from '../../functions/platform/clock.ts';
import { type Journal, noJournal } from './journal.ts';
import type { Message } from './message.ts';
import { MessageMoves } from './message-move.ts';
import type { NewMessage, Queue, QueueCounts } from './queue.ts';
import type { QueueAttributes } from './queue-attributes.ts';
import { QueueRegistry } from './queue-registry.ts';
import { QueueWaiters } from './queue-waiters.ts';
import { findByReceiptHandle, ReceiptHandles } from './receipt-handle.ts';
import { checkSending, contentOf, type SendEntry } from './sending.ts';
import { integerParameter, invalidParameter, SqsError } from './sqs-error.ts';

const MOST_IN_FLIGHT = 120_000;
const PURGE_PAUSE_MS = 60_000;
const VISIBILITY_SECONDS = [0, 43_200] as const;

export interface SqsEngineOptions {
  readonly clock: Clock;
  /** Default: kept in memory only. */
  readonly journal?: Journal | undefined;
  /** Message ids. Default: random UUIDs. */
  readonly newId?: (() => string) | undefined;
  /** Default us-east-1. */
  readonly region?: string | undefined;
  /** Default 000000000000. */
  readonly accountId?: string | undefined;
}

export interface SentMessage {
  readonly id: string;
  readonly bodyMd5: string;
  /** FIFO queues only. */
  readonly sequence: number | undefined;
}

export interface ReceiveOptions {
  /** 1 to 10; default 1. */
  readonly maximum?: number | undefined;
  /** Default: the queue's. */
  readonly visibilitySeconds?: number | undefined;
  /** 0 to 20; default: the queue's. */
  readonly waitSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * SQS in this process, as far as one account in one region can see it. Every refusal is an SqsError. It needs no timers but for
 * long polls: what became visible in the meantime is found out when somebody looks.
 */
export class SqsEngine {
  readonly queues: QueueRegistry;
  readonly moves: MessageMoves;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #handles: ReceiptHandles;
  readonly #waiters: QueueWaiters;
  #closed = false;

  constructor({ clock, journal, newId, region, accountId }: SqsEngineOptions) {
    this.#clock = clock;
    this.#newId = newId ?? randomUUID;
    this.#handles = new ReceiptHandles(clock.now());
    this.#waiters = new QueueWaiters(clock);
    this.queues = new QueueRegistry({
      clock,
      journal: journal ?? noJournal,
      region: region ?? 'us-east-1',
      accountId: accountId ?? '000000000000',
    });
    this.moves = new MessageMoves({ queues: this.queues, resend: (...move) => this.#resend(...move), clock });
  }

  /** See `QueueRegistry.configure`; what waits for the queue looks again. */
  configure(queue: Queue, attributes: QueueAttributes): void {
    this.queues.configure(queue, attributes);
    this.#waiters.wake(queue);
  }

  deleteQueue(queue: Queue): void {
    this.queues.delete(queue);
    this.#waiters.wake(queue);
  }

  send(queue: Queue, entry: SendEntry): SentMessage {
    const delayMs = checkSending(queue, entry);
    const now = this.#clock.now();
    const content = contentOf(queue, entry);
    const { deduplicationId } = content;
    const earlier = deduplicationId === undefined ? undefined : queue.deduplication.find(deduplicationId, now);
    const sent = earlier ?? this.#put(queue, { id: this.#newId(), content, sentAt: now, visibleAt: now + delayMs });
    if (earlier === undefined && deduplicationId !== undefined)
      queue.deduplication.remember(deduplicationId, sent, now);
    this.queues.commit();
    const sequence = queue.settings.isFifo ? sent.sequence : undefined;
    return { id: sent.id, bodyMd5: content.bodyMd5, sequence };
  }

  /** Up to `maximum` messages, waiting for the first one as long as allowed. Rejects with the signal's reason when it is aborted. */
  async receive(queue: Queue, options: ReceiveOptions = {}): Promise<Message[]> {
    const { visibilityMs, waitMs } = queue.settings;
    const { visibilitySeconds, waitSeconds } = options;
    const maximum = integerParameter('MaxNumberOfMessages', options.maximum, [1, 10], 1);
    const hiddenMs =
      integerParameter('VisibilityTimeout', visibilitySeconds, VISIBILITY_SECONDS, visibilityMs / 1000) * 1000;
    const waitUntil =
      this.#clock.now() + integerParameter('WaitTimeSeconds', waitSeconds, [0, 20], waitMs / 1000) * 1000;
    for (;;) {
      // While it waited the queue may have been deleted.
      this.queues.get(queue.name);
      const now = this.#clock.now();
      const messages = this.#take(queue, maximum, hiddenMs, now);
      if (messages.length > 0 || now >= waitUntil || this.#closed) return messages;
      await this.#waiters.wait(queue, Math.min(waitUntil, queue.nextVisibleAt ?? waitUntil), options.signal);
    }
  }

  /** Does nothing when the message is gone or was received again since. */
  delete(queue: Queue, receiptHandle: string): void {
    const message = findByReceiptHandle(queue, receiptHandle);
    if (message === undefined) return;
    const { isFifo } = queue.settings;
    queue.advance(this.#clock.now());
    if (isFifo && message.place !== 'inFlight') {
      throw invalidParameter('ReceiptHandle', 'The receipt handle has expired');
    }
    this.#remove(queue, message);
    this.queues.commit();
    // The next message of its group may be received now.
    if (isFifo) this.#waiters.wake(queue);
  }

  changeVisibility(queue: Queue, receiptHandle: string, seconds: number): void {
    integerParameter('VisibilityTimeout', seconds, VISIBILITY_SECONDS, 0);
    const message = findByReceiptHandle(queue, receiptHandle);
    if (message === undefined) {
      throw invalidParameter(
        'ReceiptHandle',
        'Message does not exist or is not available for visibility timeout change',
      );
    }
    const now = this.#clock.now();
    queue.advance(now);
    if (message.place !== 'inFlight') {
      throw new SqsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    queue.hide(message, now + seconds * 1000);
    this.#waiters.wake(queue);
  }

  purge(queue: Queue): void {
    const now = this.#clock.now();
    if (now - queue.purgedAt < PURGE_PAUSE_MS) {
      throw new SqsError('PurgeQueueInProgress', 'Only one PurgeQueue operation is allowed every 60 seconds.');
    }
    queue.purge(now);
    this.queues.record({ type: 'purged', name: queue.name });
    this.queues.commit();
  }

  counts(queue: Queue): QueueCounts {
    queue.advance(this.#clock.now());
    return queue.counts;
  }

  /** Epoch ms at which the next delayed or received message becomes visible, for a simulation to jump to; undefined when none waits. */
  nextEventAt(): number | undefined {
    let next: number | undefined;
    for (const { nextVisibleAt } of this.queues.all()) {
      if (nextVisibleAt !== undefined && (next === undefined || nextVisibleAt < next)) next = nextVisibleAt;
    }
    return next;
  }

  /** Ends long polls with what is there, and gives the data directory free. */
  close(): void {
    this.#closed = true;
    this.#waiters.wakeAll();
    this.queues.close();
  }

  #take(queue: Queue, maximum: number, hiddenMs: number, now: number): Message[] {
    queue.advance(now);
    if (queue.counts.inFlight >= MOST_IN_FLIGHT) {
      throw new SqsError('OverLimit', `More than ${MOST_IN_FLIGHT} messages of the queue are in flight.`);
    }
    const taken: Message[] = [];
    const groups = new Set<string>();
    while (taken.length < maximum) {
      const message = queue.take(groups);
      if (message === undefined) break;
      if (message.sentAt + queue.settings.retentionMs <= now) this.#remove(queue, message);
      else if (!this.#deadLetter(queue, message, now)) taken.push(message);
    }
    for (const message of taken) {
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.receiptHandle = this.#handles.issue(queue, message);
      // Not before all were taken: with a visibility of 0 the same message would be taken again.
      queue.hide(message, now + hiddenMs);
    }
    if (taken.length > 0) {
      this.queues.record({ type: 'received', name: queue.name, ids: taken.map(({ id }) => id), at: now });
    }
    this.queues.commit();
    return taken;
  }

  /** Moves a message that was received often enough. SQS, too, does so when somebody asks for it once more. */
  #deadLetter(queue: Queue, message: Message, now: number): boolean {
    const { redrive, isFifo } = queue.settings;
    const receivedHere = message.receiveCount - message.receivedElsewhere;
    if (redrive === undefined || receivedHere < redrive.maxReceiveCount) return false;
    const target = this.queues.byArn(redrive.deadLetterTargetArn);
    if (target === undefined) return false;
    this.#move(message, queue, target, {
      id: message.id,
      content: message.content,
      // In a standard queue the age goes on: the retention of the dead-letter queue counts from the first sending.
      sentAt: isFifo ? now : message.sentAt,
      visibleAt: now,
      receiveCount: message.receiveCount,
      receivedElsewhere: message.receiveCount,
      firstReceivedAt: message.firstReceivedAt,
      deadLetterSource: queue.arn,
    });
    return true;
  }

  /** A dead letter that is moved becomes a new message: new id, new age, never received. */
  #resend(message: Message, from: Queue, to: Queue): void {
    const now = this.#clock.now();
    this.#move(message, from, to, { id: this.#newId(), content: message.content, sentAt: now, visibleAt: now });
    this.queues.commit();
  }

  #move(message: Message, from: Queue, to: Queue, entry: NewMessage): void {
    from.remove(message);
    this.queues.recordMove(message, from, to, to.put(entry, this.#clock.now()));
    this.#waiters.wake(to);
  }

  #put(queue: Queue, entry: NewMessage): Message {
    const message = queue.put(entry, this.#clock.now());
    this.queues.recordPut(queue, message);
    this.#waiters.wake(queue);
    return message;
  }

  #remove(queue: Queue, message: Message): void {
    queue.remove(message);
    this.queues.record({ type: 'removed', name: queue.name, id: message.id });
  }
}
