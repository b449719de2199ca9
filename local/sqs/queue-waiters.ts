import type { Clock } from '../../functions/platform/clock.ts';
import type { Queue } from './queue.ts';

const WOKEN = new Error('woken');

/** Receives that wait for a message (long polls). */
export class QueueWaiters {
  readonly #clock: Clock;
  readonly #waiting = new Map<Queue, Set<AbortController>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the queue changed or at `until` (epoch ms), whichever is first; rejects with the signal's reason. */
  async wait(queue: Queue, until: number, signal?: AbortSignal): Promise<void> {
    const wake = new AbortController();
    const waiting = this.#waiting.get(queue) ?? new Set();
    this.#waiting.set(queue, waiting.add(wake));
    const abort = (): void => wake.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      await this.#clock.sleep(until - this.#clock.now(), wake.signal);
    } catch (error) {
      if (error !== WOKEN) throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      waiting.delete(wake);
      if (waiting.size === 0) this.#waiting.delete(queue);
    }
  }

  /** Something in the queue became visible, or will do so earlier than before. */
  wake(queue: Queue): void {
    for (const wake of this.#waiting.get(queue) ?? []) wake.abort(WOKEN);
  }

  wakeAll(): void {
    for (const queue of this.#waiting.keys()) this.wake(queue);
  }
}
