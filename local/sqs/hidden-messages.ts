import type { Message } from './message.ts';

/**
 * Messages that wait to become visible, the next one first: a binary heap in which every message knows its place, so that a
 * deleted one leaves at once instead of holding its body in memory until its visibility would have ended.
 */
export class HiddenMessages {
  readonly #heap: Message[] = [];

  get nextVisibleAt(): number | undefined {
    return this.#heap[0]?.visibleAt;
  }

  add(message: Message): void {
    this.#place(message, this.#heap.length);
    this.#rise(message);
  }

  /** After `visibleAt` of a hidden message was changed. */
  moved(message: Message): void {
    this.#rise(message);
    this.#sink(message);
  }

  remove(message: Message): void {
    const index = message.hiddenIndex;
    const last = this.#heap.pop();
    message.hiddenIndex = -1;
    if (last === undefined || last === message) return;
    this.#place(last, index);
    this.moved(last);
  }

  /** Removes and gives the message that is visible by `now`, longest visible first. */
  takeVisible(now: number): Message | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.visibleAt > now) return undefined;
    this.remove(first);
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #place(message: Message, index: number): void {
    this.#heap[index] = message;
    message.hiddenIndex = index;
  }

  #rise(message: Message): void {
    while (message.hiddenIndex > 0) {
      const parent = this.#heap[(message.hiddenIndex - 1) >> 1];
      if (parent === undefined || !isBefore(message, parent)) return;
      this.#swap(message, parent);
    }
  }

  #sink(message: Message): void {
    for (;;) {
      const left = this.#heap[2 * message.hiddenIndex + 1];
      const right = this.#heap[2 * message.hiddenIndex + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, message)) return;
      this.#swap(child, message);
    }
  }

  #swap(one: Message, other: Message): void {
    const index = one.hiddenIndex;
    this.#place(one, other.hiddenIndex);
    this.#place(other, index);
  }
}

function isBefore(one: Message, other: Message): boolean {
  return one.visibleAt === other.visibleAt ? one.sequence < other.sequence : one.visibleAt < other.visibleAt;
}
