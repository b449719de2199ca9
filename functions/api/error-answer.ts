import { ApiError } from '../kinds/route.ts';
import { LeaseLost, PermanentError, RetryLater, UpstreamError } from '../model/failure.ts';
import type { Clock } from '../platform/clock.ts';

/** `{ error: { code, message, details? } }` and its status. Never a stack, and of an unknown error not even its message. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True when nobody foresaw it: it belongs in the log with all there is. */
  readonly unexpected?: true;
}

export function toErrorAnswer(error: unknown, clock: Clock): ErrorAnswer {
  if (error instanceof ApiError) {
    const { status, code, message, details } = error;
    return {
      status,
      code,
      message,
      ...(details !== undefined && { details }),
      ...(status === 401 && { headers: { 'www-authenticate': 'Bearer' } }),
    };
  }
  if (error instanceof RetryLater) {
    const seconds = Math.max(1, Math.ceil((error.until - clock.now()) / 1000));
    return {
      status: error.reason === 'rate_limited' ? 429 : 503,
      code: error.reason,
      message: error.message,
      details: { until: new Date(error.until).toISOString() },
      headers: { 'retry-after': String(seconds) },
    };
  }
  if (error instanceof PermanentError) return { status: 422, code: `provider_${error.about}`, message: error.message };
  if (error instanceof UpstreamError) {
    const code = error.outcomeUnknown ? 'outcome_unknown' : `provider_${error.problem}`;
    return { status: 502, code, message: error.message };
  }
  if (error instanceof LeaseLost) {
    return { status: 409, code: 'conflict', message: 'Another run has taken over. Look again in a moment.' };
  }
  if (error instanceof Error && BUSY.has(error.name)) {
    return {
      status: 503,
      code: 'busy',
      message: 'The database is busy. Try again in a moment.',
      headers: { 'retry-after': '1' },
    };
  }
  return {
    status: 500,
    code: 'internal',
    message: 'Something went wrong here. Try again; if it stays, give the operators the request id of this answer.',
    unexpected: true,
  };
}

const BUSY: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionConflictException',
]);
