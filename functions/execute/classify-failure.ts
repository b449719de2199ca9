import type { KindPolicy } from '../kinds/kind.ts';
import { LeaseLost, PermanentError, RetryLater, UpstreamError } from '../model/failure.ts';
import type { Trigger } from '../model/integration.ts';

/** What a failed attempt means for the schedule. The one place that decides it. */
export type Failure =
  /** Put off: no failure, no retry used up. */
  | {
      readonly type: 'deferral';
      readonly until: number;
      readonly message: string;
      readonly reason: RetryLater['reason'];
      readonly openMs: number | undefined;
      readonly details: RetryLater['details'];
    }
  /** Another run has taken over: store nothing. */
  | { readonly type: 'lost' }
  | {
      readonly type: 'failure';
      readonly message: string;
      /** Which retry is next, from 1; 0 where there are none. */
      readonly retry: number;
      /** Seconds until the message comes again; null when it does not. */
      readonly retryIn: number | null;
      /** The last retry has failed: it is given up on. */
      readonly exhausted: boolean;
      /** A person has to change something before it can work. */
      readonly permanent: boolean;
      readonly auth: boolean;
    };

/** SQS moves a message to the DLQ after this many receives. */
export const MAX_RECEIVES = 4;
const FIRST_RETRY_SECONDS = 60;
const LONGEST_DEFERRAL_MS = 24 * 3600_000;
const LONGEST_MESSAGE = 500;

export interface Attempt {
  readonly trigger: Trigger;
  /** How often SQS has delivered the message, this time included. */
  readonly receiveCount: number;
  /** Failed attempts in a row before this one, whatever messages brought them. */
  readonly failedBefore: number;
  /** Epoch ms. */
  readonly now: number;
}

export function classifyFailure(error: unknown, policy: KindPolicy, attempt: Attempt): Failure {
  if (error instanceof LeaseLost) return { type: 'lost' };
  if (error instanceof RetryLater) {
    const until = Math.min(Math.max(error.until, attempt.now + 1000), attempt.now + LONGEST_DEFERRAL_MS);
    const { reason, openMs, details } = error;
    return { type: 'deferral', until, message: shorten(error.message), reason, openMs, details };
  }
  const permanent = error instanceof PermanentError;
  return {
    type: 'failure',
    message: messageOf(error),
    permanent,
    auth: permanent && error.about === 'auth',
    ...ladder(permanent, policy, attempt),
  };
}

/** 60, 120, 240 s, then the DLQ. A manual run is the person's to try again; so is what a person must mend first, unless failing disables. */
function ladder(
  permanent: boolean,
  policy: KindPolicy,
  attempt: Attempt,
): Pick<Failure & { type: 'failure' }, 'retry' | 'retryIn' | 'exhausted'> {
  const pointless = permanent && policy.onExhausted === 'stay';
  if (policy.retries === 0 || attempt.trigger === 'manual' || pointless) {
    return { retry: 0, retryIn: null, exhausted: false };
  }
  const retry = attemptNumber(policy, attempt);
  if (retry > policy.retries) return { retry, retryIn: null, exhausted: true };
  return { retry, retryIn: FIRST_RETRY_SECONDS * 2 ** (retry - 1), exhausted: false };
}

/**
 * How many attempts have failed now. A message that is delivered again counts by itself; where failing disables, failures in a
 * row count on when a deferral came between them, which began a new message.
 */
function attemptNumber(policy: KindPolicy, { trigger, receiveCount, failedBefore }: Attempt): number {
  const countsOn = policy.onExhausted === 'disable' && trigger !== 'redrive';
  return countsOn ? Math.max(receiveCount, failedBefore + 1) : receiveCount;
}

/** Words for a person, at most 500 characters. Anything that is not one of our own errors is a bug and says so. */
export function messageOf(error: unknown): string {
  if (error instanceof UpstreamError || error instanceof PermanentError || error instanceof RetryLater) {
    return shorten(error.message);
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return shorten(`internal error, please report it (${what})`);
}

const shorten = (text: string): string =>
  text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE - 1)}…`;
