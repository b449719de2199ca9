import { PermanentError, UpstreamError } from '../../model/failure.ts';
import { ApiError } from '../route.ts';
import { failureWords } from './failure-words.ts';
import { NeverSent } from './provider.ts';

/** What a call to the carrier, made for somebody who waits for the answer, failed of: for `api/error-answer.ts`, in words. */
export function wordedFailure(error: unknown, title: string): unknown {
  if (error instanceof NeverSent) return wordedFailure(error.cause, title);
  if (error instanceof PermanentError && error.about === 'rejected')
    return new ApiError(422, 'rejected', error.message);
  // The API waits no longer.
  const failed =
    error instanceof Error && error.name === 'TimeoutError' ? new UpstreamError('', { problem: 'timeout' }) : error;
  if (!(failed instanceof UpstreamError)) return failed;
  const { problem, status } = failed;
  const words = failureWords(title, failed);
  if (status === 403) return new PermanentError(words, 'auth');
  return new UpstreamError(words, { problem, ...(status !== undefined && { status }) });
}
