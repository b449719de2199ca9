import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import { ApiError } from '../route.ts';
import { failureWords } from './failure-words.ts';

/** What a call to the carrier, made for somebody who waits for the answer, failed of. */
export function toApiError(error: unknown, title: string): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof RetryLater) {
    return error.reason === 'rate_limited'
      ? new ApiError(429, 'rate_limited', error.message, { retryAt: new Date(error.until).toISOString() })
      : new ApiError(503, 'upstream_unavailable', error.message, { retryAt: new Date(error.until).toISOString() });
  }
  if (error instanceof PermanentError)
    return new ApiError(422, error.about === 'auth' ? 'upstream_auth' : 'rejected', error.message);
  if (error instanceof UpstreamError) {
    return error.status === 403
      ? new ApiError(422, 'upstream_auth', failureWords(title, error))
      : new ApiError(502, 'upstream_error', failureWords(title, error));
  }
  throw error;
}
