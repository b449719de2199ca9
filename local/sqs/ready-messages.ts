import type { Message } from './message.ts';

/** One MessageGroupId (a tenant) of a queue. All messages without one are a group too. */
interface Group {
  readonly id: string;
  /** Oldest first from `head`; messages that were deleted while they waited are still in it and passed over. */
  messages: Message[];
  head: number;
  /** How many of `messages` are ready. */
  ready: number;
  /** Received and not yet deleted or visible again. */
  inFlight: number;
}

/** Groups that take turns, first come first served. */
class Turn {
  readonly #groups = new Set<Group>();
  // One walk for good: starting a new one each time would step over all that were deleted before, which takes seconds at 100,000.
  readonly #walk = this.#groups.values();

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  add(group: Group): void {
    this.#groups.add(group);
  }

  remove(group: Group): void {
    this.#groups.delete(group);
  }

  takeFirst(): Group | undefined {
    const group = this.#walk.next().value;
    if (group !== undefined) this.#groups.delete(group);
    return group;
  }
}

/**
 * The visible messages of a queue, picked fairly: the group with the fewest messages in flight comes first, and groups with as many
 * take turns. A tenant that sends a thousand messages waits for itself, not the others for it.
 * In a FIFO queue a group with messages in flight is not picked from at all.
 */
export class ReadyMessages {
  readonly #isFifo: boolean;
  readonly #groups = new Map<string, Group>();
  /** Groups with something ready, by their number in flight. */
  readonly #turns = new Map<number, Turn>();
  #size = 0;

  constructor(isFifo: boolean) {
    this.#isFifo = isFifo;
  }

  get size(): number {
    return this.#size;
  }

  add(message: Message): void {
    const group = this.#groupOf(message);
    // In a FIFO queue a message that comes back goes before those that were sent after it.
    if (this.#isFifo) insertBySequence(group, message);
    else group.messages.push(message);
    this.#size += 1;
    group.ready += 1;
    if (group.ready === 1) this.#queueUp(group);
  }

  /** The caller has marked it gone. */
  removed(message: Message): void {
    const group = this.#groupOf(message);
    this.#size -= 1;
    group.ready -= 1;
    if (group.ready === 0) {
      this.#leave(group);
      group.messages = [];
      group.head = 0;
    }
    this.#forgetIfEmpty(group);
  }

  /** The next message, counted as in flight from now on. `sameReceive`: groups that this receive may go on with in a FIFO queue. */
  take(sameReceive: Set<string>): Message | undefined {
    const group = this.#takeNextGroup(sameReceive);
    if (group === undefined) return undefined;
    const message = shift(group);
    this.#size -= 1;
    group.ready -= 1;
    group.inFlight += 1;
    if (group.ready > 0) this.#queueUp(group);
    sameReceive.add(group.id);
    return message;
  }

  /** A message taken before is no longer in flight: deleted, moved or about to be visible again. */
  settled(message: Message): void {
    const group = this.#groupOf(message);
    if (group.ready > 0) this.#leave(group);
    group.inFlight -= 1;
    if (group.ready > 0) this.#queueUp(group);
    this.#forgetIfEmpty(group);
  }

  clear(): void {
    this.#groups.clear();
    this.#turns.clear();
    this.#size = 0;
  }

  #takeNextGroup(sameReceive: Set<string>): Group | undefined {
    if (this.#isFifo) {
      for (const id of sameReceive) {
        const group = this.#groups.get(id);
        if (group === undefined || group.ready === 0) continue;
        this.#leave(group);
        return group;
      }
      return this.#takeFirst(0);
    }
    let fewest = Number.POSITIVE_INFINITY;
    for (const inFlight of this.#turns.keys()) if (inFlight < fewest) fewest = inFlight;
    return this.#takeFirst(fewest);
  }

  #takeFirst(inFlight: number): Group | undefined {
    const turn = this.#turns.get(inFlight);
    const group = turn?.takeFirst();
    if (turn?.isEmpty) this.#turns.delete(inFlight);
    return group;
  }

  #groupOf(message: Message): Group {
    const id = message.content.groupId ?? '';
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = { id, messages: [], head: 0, ready: 0, inFlight: 0 };
      this.#groups.set(id, group);
    }
    return group;
  }

  #queueUp(group: Group): void {
    let turn = this.#turns.get(group.inFlight);
    if (turn === undefined) {
      turn = new Turn();
      this.#turns.set(group.inFlight, turn);
    }
    turn.add(group);
  }

  #leave(group: Group): void {
    const turn = this.#turns.get(group.inFlight);
    turn?.remove(group);
    if (turn?.isEmpty) this.#turns.delete(group.inFlight);
  }

  #forgetIfEmpty(group: Group): void {
    if (group.ready === 0 && group.inFlight === 0) this.#groups.delete(group.id);
  }
}

function shift(group: Group): Message | undefined {
  let message: Message | undefined;
  do {
    message = group.messages[group.head];
    group.head += 1;
  } while (message?.place === 'gone');
  // Dropping the used-up part only when it is half of the array keeps taking cheap.
  if (group.head * 2 >= group.messages.length) {
    group.messages = group.messages.slice(group.head);
    group.head = 0;
  }
  return message;
}

function insertBySequence(group: Group, message: Message): void {
  let index = group.messages.length;
  while (index > group.head && (group.messages[index - 1]?.sequence ?? 0) > message.sequence) index -= 1;
  group.messages.splice(index, 0, message);
}
