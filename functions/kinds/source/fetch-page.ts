import { PermanentError, UpstreamError } from '../../model/failure.ts';
import { parseJson } from '../../platform/http/parse-json.ts';
import { redact } from '../../platform/redact.ts';
import type { TestRun } from '../kind.ts';
import type { Increment } from './increment.ts';
import { type Items, locateItems } from './items.ts';
import { nextPosition } from './next-page.ts';
import { readPath } from './path.ts';
import { buildRequest, type Position, secretsOf, type Validators } from './request.ts';
import type { SourceSettings } from './settings.ts';

export interface Page extends Items {
  readonly next: Position | null;
  /** What to ask with next time, whether this has changed. */
  readonly validators: Validators;
}

/** One page of the source; null when it says that nothing has changed (asked only with `validators`). */
export async function fetchPage(
  run: TestRun,
  settings: SourceSettings,
  position: Position,
  { after, validators }: { readonly after: Increment | null; readonly validators: Validators | null },
): Promise<Page | null> {
  const request = buildRequest(settings, run.credentials, position, after, validators);
  const { headers, status, text, url } = await run.upstream.send(request).catch((error: unknown) => {
    throw credentialsRefused(error, settings) ?? error;
  });
  if (status === 304) return null;
  if (status === 404 || status === 204) return { items: [], path: '.', next: null, validators: {} };
  try {
    const body = parseJson(text, { bigIntegers: 'string' });
    if (settings.graphql) refuseGraphqlErrors(body);
    const found = locateItems(body, settings);
    const next = nextPosition(settings, position, { body, headers, url, rowCount: found.items.length });
    return { ...found, next, validators: validatorsOf(headers) };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const message = `bad answer from ${URL.parse(settings.url)?.origin}: ${error.message}`;
    // A path in the message may be a name that the source chose.
    throw new UpstreamError(redact(message, secretsOf(settings, run.credentials)), { problem: error.problem, status });
  }
}

function credentialsRefused(error: unknown, { auth }: SourceSettings): PermanentError | undefined {
  if (!(error instanceof UpstreamError) || (error.status !== 401 && error.status !== 403)) return undefined;
  const advice =
    auth === 'none'
      ? 'the source wants credentials: set auth and credentials'
      : `check the credentials for auth ${auth}`;
  return new PermanentError(`${error.message}: ${advice}`, 'auth');
}

/** GraphQL answers 200 for its errors; what came beside them is incomplete, and storing it would move the cursor past the rest. */
function refuseGraphqlErrors(body: unknown): void {
  const errors = readPath(body, ['errors']);
  if (errors === undefined || errors === null || (Array.isArray(errors) && errors.length === 0)) return;
  // A list by the specification; not every server keeps to it.
  const first = Array.isArray(errors) ? errors[0] : errors;
  const message = typeof first === 'string' ? first : readPath(first, ['message']);
  const words = typeof message === 'string' ? message.slice(0, 1000) : 'without a message';
  throw new UpstreamError(`GraphQL error: ${words}`, { problem: 'bad_body' });
}

const MAX_VALIDATOR_LENGTH = 256;

function validatorsOf(headers: Readonly<Record<string, string>>): Validators {
  const usable = (value: string | undefined): string | undefined =>
    value !== undefined && value.length <= MAX_VALIDATOR_LENGTH && /^[\x20-\x7e]+$/.test(value) ? value : undefined;
  return { etag: usable(headers.etag), lastModified: usable(headers['last-modified']) };
}
