/**
 * The three words a provider can say. `execute/classify-failure.ts` is the one place that turns them into a schedule.
 * Messages are shown to people and stored: never put a secret or a whole answer in one.
 */

/** Trying again will not help until a person changes something (bad key, bad configuration, rejected document). */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  /** `auth` is a rejected credential; it has an alarm of its own. */
  readonly about: 'auth' | 'config' | 'rejected' | 'limit';
  constructor(message: string, about: 'auth' | 'config' | 'rejected' | 'limit' = 'rejected') {
    super(message);
    this.about = about;
  }
}

/** Not now: a rate limit, a Retry-After, an open breaker. The run is put off until `until` (epoch ms); it is no failure. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly until: number;
  readonly reason: 'rate_limited' | 'breaker_open' | 'paused';
  /** For how long a breaker has been open by now, ms. */
  readonly openMs: number | undefined;
  /** How things stand, for the history entry and the metrics; set by the kind that passes it on. */
  details: Readonly<Record<string, number | string | null>> = {};
  constructor(
    until: number,
    message: string,
    reason: 'rate_limited' | 'breaker_open' | 'paused' = 'rate_limited',
    openMs?: number,
  ) {
    super(message);
    this.until = until;
    this.reason = reason;
    this.openMs = openMs;
  }
}

/** The upstream did not answer as it should; the next try may work. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** HTTP status, or undefined when there was no answer. */
  readonly status: number | undefined;
  readonly problem: UpstreamProblem;
  /**
   * True when the request may have been carried out although no answer came back. A caller whose request
   * is not safe to repeat must ask before it sends again.
   */
  readonly outcomeUnknown: boolean;
  constructor(
    message: string,
    facts: { status?: number; problem: UpstreamProblem; outcomeUnknown?: boolean; cause?: unknown },
  ) {
    super(message, { cause: facts.cause });
    this.status = facts.status;
    this.problem = facts.problem;
    this.outcomeUnknown = facts.outcomeUnknown ?? false;
  }
}

export type UpstreamProblem =
  | 'timeout'
  | 'connection'
  | 'dns'
  | 'tls'
  | 'status'
  | 'too_large'
  | 'bad_body'
  | 'redirect'
  | 'forbidden_address';

/** Another worker has taken over: stop at once and write nothing more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}
