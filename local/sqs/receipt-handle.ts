import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import { SqsError } from './sqs-error.ts';

/** Gives every receive of every message a handle of its own, also over restarts. */
export class ReceiptHandles {
  readonly #origin: string;
  #issued = 0;

  /** `startedAt`: epoch ms; tells this engine's handles from those of its predecessor on the same data. */
  constructor(startedAt: number) {
    this.#origin = startedAt.toString(36);
  }

  issue(queue: Queue, message: Message): string {
    this.#issued += 1;
    const text = [queue.name, message.id, this.#origin, this.#issued.toString(36)].join('|');
    return Buffer.from(text).toString('base64');
  }
}

/**
 * The message a handle was issued for, if the handle is its latest one; undefined when the message is gone or was received again.
 * Throws ReceiptHandleIsInvalid when it is no handle of this queue.
 */
export function findByReceiptHandle(queue: Queue, handle: string): Message | undefined {
  const [queueName, id, ...serial] = Buffer.from(handle, 'base64').toString().split('|');
  if (queueName !== queue.name || id === undefined || serial.length !== 2) {
    throw new SqsError(
      'ReceiptHandleIsInvalid',
      'The input receipt handle is not a valid receipt handle of this queue.',
    );
  }
  const message = queue.find(id);
  return message?.receiptHandle === handle ? message : undefined;
}
