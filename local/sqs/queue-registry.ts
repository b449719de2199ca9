import type { Clock } from '../../functions/platform/clock.ts';
import type { Change, Journal, KeptMessage } from './journal.ts';
import type { Message } from './message.ts';
import { Queue } from './queue.ts';
import { checkAttributes, defaultAttributes, type QueueAttributes } from './queue-attributes.ts';
import { allowsRedriveFrom, parseRedrivePolicy } from './redrive.ts';
import { invalidParameter, SqsError } from './sqs-error.ts';

const QUEUE_NAME = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO_QUEUE_NAME = /^[A-Za-z0-9_-]{1,75}\.fifo$/;

export interface QueueRegistryOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly region: string;
  readonly accountId: string;
}

/** The queues there are, and their way into the journal. */
export class QueueRegistry {
  readonly region: string;
  readonly accountId: string;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #queues = new Map<string, Queue>();

  constructor({ clock, journal, region, accountId }: QueueRegistryOptions) {
    this.region = region;
    this.accountId = accountId;
    this.#clock = clock;
    this.#journal = journal;
    this.#restore();
  }

  /** The queue of this name, created where it is missing. Throws QueueNameExists when it is there with other attributes. */
  create(name: string, attributes: QueueAttributes = {}, tags: Readonly<Record<string, string>> = {}): Queue {
    const isFifo = attributes.FifoQueue === 'true';
    if (!(isFifo ? FIFO_QUEUE_NAME : QUEUE_NAME).test(name)) {
      throw invalidParameter(
        'QueueName',
        'It can have 80 letters, digits, - and _; a FIFO queue, and only one, ends in .fifo',
      );
    }
    checkAttributes(attributes);
    const existing = this.#queues.get(name);
    if (existing !== undefined) {
      const different = Object.keys(attributes).find((key) => existing.attributes[key] !== attributes[key]);
      if (different === undefined) return existing;
      throw new SqsError('QueueNameExists', `A queue already exists with the same name and another ${different}.`);
    }
    const arn = this.arnOf(name);
    this.#checkRedrivePolicy(arn, isFifo, attributes);
    const queue = new Queue(name, arn, { ...defaultAttributes(), ...attributes }, this.#clock.now());
    queue.tags = { ...tags };
    this.#queues.set(name, queue);
    this.#keep(queue);
    return queue;
  }

  /** An empty value takes an attribute away. */
  configure(queue: Queue, attributes: QueueAttributes): void {
    checkAttributes(attributes);
    const { isFifo } = queue.settings;
    if (attributes.FifoQueue !== undefined && attributes.FifoQueue !== String(isFifo)) {
      throw invalidParameter('FifoQueue', 'It is decided when the queue is created');
    }
    this.#checkRedrivePolicy(queue.arn, isFifo, attributes);
    const merged = Object.entries({ ...queue.attributes, ...attributes }).filter(([, value]) => value !== '');
    queue.configure(Object.fromEntries(merged), this.#clock.now());
    this.#keep(queue);
  }

  tag(queue: Queue, tags: Readonly<Record<string, string>>): void {
    queue.tags = { ...tags };
    this.#keep(queue);
  }

  delete(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.record({ type: 'queue-deleted', name: queue.name });
    this.commit();
  }

  /** Throws QueueDoesNotExist. */
  get(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  byArn(arn: string): Queue | undefined {
    const queue = this.#queues.get(arn.slice(arn.lastIndexOf(':') + 1));
    return queue?.arn === arn ? queue : undefined;
  }

  all(): Queue[] {
    return [...this.#queues.values()];
  }

  /** The queues whose dead letters go to this one. */
  sourcesOf(queue: Queue): Queue[] {
    return this.all().filter(({ settings }) => settings.redrive?.deadLetterTargetArn === queue.arn);
  }

  arnOf(name: string): string {
    return `arn:aws:sqs:${this.region}:${this.accountId}:${name}`;
  }

  record(change: Change): void {
    this.#journal.append(change);
  }

  recordPut(queue: Queue, message: Message): void {
    this.record({ type: 'put', name: queue.name, message: keptMessage(message) });
  }

  recordMove(moved: Message, from: Queue, to: Queue, message: Message): void {
    this.record({ type: 'moved', from: from.name, id: moved.id, name: to.name, message: keptMessage(message) });
  }

  /** What was recorded outlives this process when this returns. */
  commit(): void {
    this.#journal.flush(() => this.#snapshot());
  }

  close(): void {
    this.#journal.close();
  }

  #checkRedrivePolicy(arn: string, isFifo: boolean, attributes: QueueAttributes): void {
    const policy = parseRedrivePolicy(attributes.RedrivePolicy ?? '');
    if (policy === undefined) return;
    const target = this.byArn(policy.deadLetterTargetArn);
    if (target === undefined) throw invalidParameter('RedrivePolicy', 'The dead-letter target does not exist');
    if (target.arn === arn) throw invalidParameter('RedrivePolicy', 'A queue can not be its own dead-letter queue');
    if (target.settings.isFifo !== isFifo) {
      throw invalidParameter('RedrivePolicy', 'The dead-letter queue must be of the same type as the queue');
    }
    if (!allowsRedriveFrom(target.attributes.RedriveAllowPolicy, arn)) {
      throw invalidParameter('RedrivePolicy', 'The RedriveAllowPolicy of the dead-letter queue forbids this queue');
    }
  }

  #keep(queue: Queue): void {
    this.record(queueChange(queue));
    this.commit();
  }

  *#snapshot(): Iterable<Change> {
    for (const queue of this.#queues.values()) {
      yield queueChange(queue);
      for (const message of queue.messages()) yield { type: 'put', name: queue.name, message: keptMessage(message) };
    }
  }

  #restore(): void {
    const now = this.#clock.now();
    for (const { name, attributes, tags, createdAt, lastSequence, messages } of this.#journal.restored) {
      const queue = new Queue(name, this.arnOf(name), attributes, createdAt);
      queue.tags = { ...tags };
      for (const message of messages) {
        queue.put(message, now);
        const { deduplicationId } = message.content;
        if (deduplicationId !== undefined) queue.deduplication.remember(deduplicationId, message, message.sentAt);
      }
      queue.continueAfter(lastSequence);
      this.#queues.set(name, queue);
    }
  }
}

function queueChange({ name, attributes, tags, createdAt, lastSequence }: Queue): Change {
  return { type: 'queue', queue: { name, attributes, tags, createdAt, lastSequence } };
}

/** Without what only a living process knows. */
function keptMessage(message: Message): KeptMessage {
  const { id, content, sentAt, sequence, receiveCount, receivedElsewhere, firstReceivedAt, deadLetterSource } = message;
  const visibleAt = message.place === 'delayed' ? message.visibleAt : 0;
  return {
    id,
    content,
    sentAt,
    sequence,
    visibleAt,
    receiveCount,
    receivedElsewhere,
    firstReceivedAt,
    deadLetterSource,
  };
}
