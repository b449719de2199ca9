import { UpstreamError } from '../../model/failure.ts';
import type { HttpRequest, HttpResponse } from '../http/http.ts';
import { redact } from '../redact.ts';

const MOST_WORDS = 200;

/** A gateway that got no answer from behind it: what was asked for may have been done. */
const UNKNOWN_OUTCOME: readonly number[] = [502, 504];

/** For an answer that is not the one wanted: says what the upstream said, shortened and without secrets. */
export function statusError(request: HttpRequest, response: HttpResponse, secrets: readonly string[]): UpstreamError {
  const words = redact(wordsOf(response.text), secrets);
  const shortened = words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
  const { status } = response;
  return new UpstreamError(`${shownUrl(request.url, secrets)} answered ${status}${shortened && `: ${shortened}`}`, {
    status,
    problem: 'status',
    outcomeUnknown: (request.method ?? 'GET') !== 'GET' && UNKNOWN_OUTCOME.includes(status),
  });
}

/** Without the query, where keys live. */
export function shownUrl(text: string, secrets: readonly string[]): string {
  const { origin, pathname } = new URL(text);
  return redact(`${origin}${pathname}`, secrets);
}

/** The message in an error body, in the forms APIs use; a text as it is; nothing of a web page. */
function wordsOf(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith('<')) return '';
  try {
    return messageIn(JSON.parse(trimmed), 4).trim();
  } catch {
    return trimmed.slice(0, 4 * MOST_WORDS).replaceAll(/\s+/g, ' ');
  }
}

const MESSAGE_NAMES = ['message', 'error_description', 'detail', 'title', 'text', 'error', 'errors', 'errorMessage'];

function messageIn(value: unknown, depth: number): string {
  if (typeof value === 'string') return value.slice(0, 4 * MOST_WORDS).replaceAll(/\s+/g, ' ');
  if (typeof value !== 'object' || value === null || depth === 0) return '';
  if (Array.isArray(value)) return messageIn(value[0], depth - 1);
  for (const name of MESSAGE_NAMES) {
    const found = Object.hasOwn(value, name) ? messageIn((value as Record<string, unknown>)[name], depth - 1) : '';
    if (found !== '') return found;
  }
  return '';
}
