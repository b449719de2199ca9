import { LeaseLost, PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import type { Pause } from '../kind.ts';
import type { FiscalDocument } from './fiscal-document.ts';

/** A fiscal data operator, as one run of one register talks to it. */
export interface Operator {
  /**
   * Sends the document. Sending the same parcel again must be safe: the operator knows it by its key.
   * May throw what `Upstream` throws; `attempt` turns that into an answer.
   */
  send(parcel: Parcel): Promise<Answer>;
  /** Asks whether the operator has it. */
  ask(parcel: Parcel): Promise<Answer>;
  /** How long an operator that is still at work is left alone before it is asked, ms. */
  readonly patienceMs: number;
}

export interface Parcel {
  /** The idempotency key. */
  readonly key: string;
  readonly document: FiscalDocument;
  /** Epoch ms. */
  readonly createdAt: number;
  /** The operator's own name for it, once it has given one. */
  readonly ref: string | null;
}

export type Answer =
  | { readonly kind: 'accepted'; readonly fiscal: Readonly<Record<string, unknown>> }
  /** Taken, and worked on; ask again by `ref`. */
  | { readonly kind: 'working'; readonly ref: string }
  /** The operator does not have it. `assumed`: it cannot be asked, only sending it again can tell. */
  | { readonly kind: 'absent'; readonly assumed?: boolean }
  /** This time it did not work. `possiblySent`: the operator may have it all the same. `renew`: needs a new key to be sent again. */
  | { readonly kind: 'failed'; readonly message: string; readonly possiblySent: boolean; readonly renew?: boolean }
  /** It never will: the document was looked at and refused, with these words. */
  | { readonly kind: 'rejected'; readonly message: string }
  /** Nothing will work on this register until a person has mended something. The document was not taken. */
  | { readonly kind: 'pause'; readonly pause: Pause; readonly message: string; readonly renew?: boolean }
  /** Not now; the document was not taken. */
  | { readonly kind: 'deferred'; readonly error: RetryLater };

/** Statuses that may come from something in front of the operator while the operator itself carries the request out. */
const NOT_CARRIED_OUT = [408, 425, 503];

/**
 * Turns whatever a call to the operator ends with into an answer. A fault of ours in handling one document counts as a
 * failure of that document, so that it can hold up its neighbours only until it is set aside.
 */
export async function attempt(call: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LeaseLost) throw error;
    if (error instanceof RetryLater) return { kind: 'deferred', error };
    if (error instanceof UpstreamError) return failed(error.message, mayHaveBeenSent(error));
    if (error instanceof PermanentError) {
      if (error.about === 'auth' || error.about === 'config') {
        return { kind: 'pause', pause: error.about, message: error.message };
      }
      return error.about === 'rejected' ? { kind: 'rejected', message: error.message } : failed(error.message, false);
    }
    const name = error instanceof Error ? error.name : typeof error;
    return failed(`The worker failed while it sent this receipt (${name}).`, true);
  }
}

const failed = (message: string, possiblySent: boolean): Answer => ({ kind: 'failed', message, possiblySent });

function mayHaveBeenSent(error: UpstreamError): boolean {
  if (error.problem === 'status') return error.status === undefined || !NOT_CARRIED_OUT.includes(error.status);
  return error.outcomeUnknown || error.problem === 'bad_body' || error.problem === 'too_large';
}
