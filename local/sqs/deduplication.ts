import type { Message } from './message.ts';

/** SQS remembers a deduplication id for five minutes, also after the message was deleted. */
const REMEMBERED_MS = 300_000;

type Sent = Pick<Message, 'id' | 'sequence'>;

/** What a FIFO queue remembers of the messages it was sent. */
export class Deduplication {
  // In the order of sending, so that the oldest are at the front.
  readonly #sent = new Map<string, Sent & { readonly until: number }>();

  /** The earlier message with this id, if it is still remembered. */
  find(id: string, now: number): Sent | undefined {
    for (const [old, { until }] of this.#sent) {
      if (until > now) break;
      this.#sent.delete(old);
    }
    return this.#sent.get(id);
  }

  remember(id: string, { id: messageId, sequence }: Sent, sentAt: number): void {
    this.#sent.set(id, { id: messageId, sequence, until: sentAt + REMEMBERED_MS });
  }
}
