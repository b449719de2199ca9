import type { MessageContent } from './message.ts';
import type { QueueAttributes } from './queue-attributes.ts';

/** A message as it is kept; times are epoch milliseconds. */
export interface KeptMessage {
  readonly id: string;
  readonly content: MessageContent;
  readonly sentAt: number;
  readonly sequence: number;
  /** Of a delayed message. In-flight messages are not kept as such: whoever worked on them is dead when they are read again. */
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly receivedElsewhere: number;
  readonly firstReceivedAt?: number | undefined;
  readonly deadLetterSource?: string | undefined;
}

export interface KeptQueue {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly lastSequence: number;
}

/** What happened, in the fewest words that bring it back. */
export type Change =
  | { readonly type: 'queue'; readonly queue: KeptQueue }
  | { readonly type: 'queue-deleted'; readonly name: string }
  | { readonly type: 'put'; readonly name: string; readonly message: KeptMessage }
  | { readonly type: 'received'; readonly name: string; readonly ids: readonly string[]; readonly at: number }
  | { readonly type: 'removed'; readonly name: string; readonly id: string }
  /** Out of one queue and into another: one line, so that a process that dies while it writes neither loses nor doubles it. */
  | {
      readonly type: 'moved';
      readonly from: string;
      readonly id: string;
      readonly name: string;
      readonly message: KeptMessage;
    }
  | { readonly type: 'purged'; readonly name: string };

/** Where the engine writes what it must not forget. */
export interface Journal {
  /** What was there when the journal was opened. */
  readonly restored: readonly RestoredQueue[];
  append(change: Change): void;
  /**
   * Everything appended so far outlives this process. Throws when it can't be written; it is tried again with the next flush.
   * `snapshot` describes the whole present state, for when the journal is due to be written anew.
   */
  flush(snapshot: () => Iterable<Change>): void;
  close(): void;
}

/** A queue as a journal describes it. */
export interface RestoredQueue extends KeptQueue {
  readonly messages: readonly KeptMessage[];
}

export const noJournal: Journal = { restored: [], append: () => {}, flush: () => {}, close: () => {} };

/** Plays changes back in their order. */
export class Replay {
  readonly #queues = new Map<string, ReplayedQueue>();

  apply(change: Change): void {
    if (change.type === 'queue') {
      const known = this.#queues.get(change.queue.name);
      if (known === undefined) this.#queues.set(change.queue.name, new ReplayedQueue(change.queue));
      else known.queue = change.queue;
      return;
    }
    if (change.type === 'queue-deleted') {
      this.#queues.delete(change.name);
      return;
    }
    const kept = this.#kept(change.name);
    const { messages } = kept;
    switch (change.type) {
      case 'moved':
        this.#kept(change.from).messages.delete(change.id);
        kept.put(change.message);
        break;
      case 'put':
        kept.put(change.message);
        break;
      case 'received':
        for (const id of change.ids) {
          const message = messages.get(id);
          if (message === undefined) continue;
          const { receiveCount, firstReceivedAt = change.at } = message;
          messages.set(id, { ...message, receiveCount: receiveCount + 1, firstReceivedAt, visibleAt: 0 });
        }
        break;
      case 'removed':
        messages.delete(change.id);
        break;
      case 'purged':
        messages.clear();
        break;
    }
  }

  result(): RestoredQueue[] {
    return [...this.#queues.values()].map((kept) => kept.result());
  }

  #kept(name: string): ReplayedQueue {
    const kept = this.#queues.get(name);
    if (kept === undefined) throw new Error(`a message of the unknown queue ${name}`);
    return kept;
  }
}

class ReplayedQueue {
  queue: KeptQueue;
  readonly messages = new Map<string, KeptMessage>();
  #lastSequence = 0;

  constructor(queue: KeptQueue) {
    this.queue = queue;
  }

  put(message: KeptMessage): void {
    this.messages.set(message.id, message);
    this.#lastSequence = Math.max(this.#lastSequence, message.sequence);
  }

  result(): RestoredQueue {
    const lastSequence = Math.max(this.queue.lastSequence, this.#lastSequence);
    return { ...this.queue, lastSequence, messages: [...this.messages.values()] };
  }
}
