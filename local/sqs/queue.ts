import { Deduplication } from './deduplication.ts';
import { HiddenMessages } from './hidden-messages.ts';
import type { Message, MessageContent } from './message.ts';
import { type QueueAttributes, type QueueSettings, settingsOf } from './queue-attributes.ts';
import { ReadyMessages } from './ready-messages.ts';

export interface QueueCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
}

/** What a message brings along when it enters a queue. Times are epoch milliseconds. */
export interface NewMessage {
  readonly id: string;
  readonly content: MessageContent;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receiveCount?: number | undefined;
  readonly receivedElsewhere?: number | undefined;
  readonly firstReceivedAt?: number | undefined;
  readonly deadLetterSource?: string | undefined;
  /** When it comes back from disk. */
  readonly sequence?: number | undefined;
}

/**
 * The messages of one queue and where each of them is. It knows nothing of time but what it is told: call `advance(now)` before
 * looking. What SQS promises about it all (redrive, limits, errors) is the engine's.
 */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly deduplication: Deduplication;
  modifiedAt: number;
  purgedAt = Number.NEGATIVE_INFINITY;
  tags: Record<string, string> = {};
  #attributes: QueueAttributes;
  #settings: QueueSettings;
  #lastSequence = 0;
  #delayed = 0;
  #inFlight = 0;
  readonly #messages = new Map<string, Message>();
  readonly #ready: ReadyMessages;
  readonly #hidden = new HiddenMessages();

  constructor(name: string, arn: string, attributes: QueueAttributes, createdAt: number) {
    this.name = name;
    this.arn = arn;
    this.createdAt = createdAt;
    this.modifiedAt = createdAt;
    this.#attributes = attributes;
    this.#settings = settingsOf(attributes);
    this.#ready = new ReadyMessages(this.#settings.isFifo);
    this.deduplication = new Deduplication();
  }

  get attributes(): QueueAttributes {
    return this.#attributes;
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  get counts(): QueueCounts {
    return { ready: this.#ready.size, delayed: this.#delayed, inFlight: this.#inFlight };
  }

  /** When the next hidden message becomes visible. */
  get nextVisibleAt(): number | undefined {
    return this.#hidden.nextVisibleAt;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** In the order in which they were put in. */
  messages(): IterableIterator<Message> {
    return this.#messages.values();
  }

  find(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  configure(attributes: QueueAttributes, now: number): void {
    this.#attributes = attributes;
    this.#settings = settingsOf(attributes);
    this.modifiedAt = now;
  }

  /** After a restart no number is given out twice, also when the messages that had them are gone. */
  continueAfter(sequence: number): void {
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
  }

  put(entry: NewMessage, now: number): Message {
    this.continueAfter(entry.sequence ?? this.#lastSequence + 1);
    const message: Message = {
      id: entry.id,
      content: entry.content,
      sentAt: entry.sentAt,
      sequence: entry.sequence ?? this.#lastSequence,
      receiveCount: entry.receiveCount ?? 0,
      receivedElsewhere: entry.receivedElsewhere ?? 0,
      firstReceivedAt: entry.firstReceivedAt,
      receiptHandle: undefined,
      deadLetterSource: entry.deadLetterSource,
      place: 'new',
      visibleAt: entry.visibleAt,
      hiddenIndex: -1,
    };
    this.#messages.set(message.id, message);
    if (entry.visibleAt > now) {
      message.place = 'delayed';
      this.#delayed += 1;
      this.#hidden.add(message);
    } else {
      message.place = 'ready';
      this.#ready.add(message);
    }
    return message;
  }

  /** Makes visible what has become so by `now`. */
  advance(now: number): void {
    for (let message = this.#hidden.takeVisible(now); message !== undefined; message = this.#hidden.takeVisible(now)) {
      this.#leaveHidden(message);
      message.place = 'ready';
      this.#ready.add(message);
    }
  }

  /** The next visible message by fairness; it is in flight, but not hidden before `hide`. `sameReceive` is empty at the start of a receive. */
  take(sameReceive: Set<string>): Message | undefined {
    const message = this.#ready.take(sameReceive);
    if (message === undefined) return undefined;
    message.place = 'inFlight';
    this.#inFlight += 1;
    return message;
  }

  /** Hides a message that was taken, or changes how long it stays hidden. */
  hide(message: Message, until: number): void {
    message.visibleAt = until;
    if (message.hiddenIndex < 0) this.#hidden.add(message);
    else this.#hidden.moved(message);
  }

  remove(message: Message): void {
    const { place } = message;
    message.place = 'gone';
    this.#messages.delete(message.id);
    if (message.hiddenIndex >= 0) this.#hidden.remove(message);
    if (place === 'ready') this.#ready.removed(message);
    else this.#leaveHidden(message, place);
  }

  purge(now: number): void {
    this.purgedAt = now;
    this.#messages.clear();
    this.#ready.clear();
    this.#hidden.clear();
    this.#delayed = 0;
    this.#inFlight = 0;
  }

  #leaveHidden(message: Message, place = message.place): void {
    if (place === 'delayed') {
      this.#delayed -= 1;
    } else {
      this.#inFlight -= 1;
      this.#ready.settled(message);
    }
  }
}
