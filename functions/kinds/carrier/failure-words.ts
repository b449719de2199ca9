import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import { redact } from '../../platform/redact.ts';

export function rejectedCredential(title: string, status: number): PermanentError {
  return new PermanentError(
    status === 403
      ? `${title} does not allow this credential to read the account (403): give it the permission, or set another one.`
      : `${title} rejected the credential (${status}): set a valid one.`,
    'auth',
  );
}

/** What carriers say of a refusal: `error`, `message`, `errorMessage` or the first of `errors`; short, without secrets. */
export function carrierWords(body: unknown, secrets: readonly string[]): string {
  return redact(firstText(body, 0) ?? '', secrets)
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function firstText(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth > 3) return undefined;
  if (Array.isArray(value)) return firstText(value[0], depth + 1);
  const fields = value as Record<string, unknown>;
  for (const name of ['error', 'message', 'errorMessage', 'detail', 'title', 'errors']) {
    const text = Object.hasOwn(fields, name) ? firstText(fields[name], depth + 1) : undefined;
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/** Why a call failed, in words a person understands. */
export function failureWords(title: string, error: unknown): string {
  if (error instanceof PermanentError || error instanceof RetryLater) return error.message;
  if (!(error instanceof UpstreamError)) return `${title}: the answer could not be used`;
  switch (error.problem) {
    case 'timeout':
      return `${title} did not answer in time`;
    case 'connection':
      return `${title} could not be reached (no connection, or it broke off)`;
    case 'dns':
      return `${title} could not be reached (its name was not found)`;
    case 'tls':
      return `${title} could not be reached (no secure connection)`;
    case 'status':
      if (error.status === 404) return `${title} does not know this device (404)`;
      if (error.status === 403) return `${title} does not allow this credential to read this (403)`;
      return error.status === undefined ? error.message : `${title} answered ${error.status}`;
    case 'too_large':
      return `${title} answered more than is accepted`;
    default:
      return error.message;
  }
}
