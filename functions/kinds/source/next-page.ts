import { UpstreamError } from '../../model/failure.ts';
import { describe } from './convert.ts';
import { formatPath, readPath } from './path.ts';
import type { Position } from './request.ts';
import type { SourceSettings } from './settings.ts';

/** One answer, as far as paging needs it. */
export interface Answer {
  readonly body: unknown;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The address that answered: relative links are relative to it. */
  readonly url: string;
  readonly rowCount: number;
}

/**
 * Where the walk begins: pages are counted from 1.
 */
export const firstPosition = ({ pagination }: SourceSettings): Position =>
  pagination.type === 'page' ? { page: 1 } : {};

/**
 * The page after `position`; null after the last one.
 * - page: goes on until a page is empty (or 404). A short page is no end: many servers cut pages shorter than asked.
 * - cursor: goes on while there is a value at `path`; ends at a missing, null, empty, false or 0 one, and when `hasNextPage`
 *   or the like beside it is false (GraphQL gives an endCursor on the last page too). A cursor that is an address is followed.
 * - link: the Link header's rel=next.
 * Throws UpstreamError when the next address is on another origin: the credentials are not meant for it.
 */
export function nextPosition(settings: SourceSettings, position: Position, answer: Answer): Position | null {
  const { type } = settings.pagination;
  if (type === 'page') return answer.rowCount === 0 ? null : { page: (position.page ?? 1) + 1 };
  if (type === 'link') {
    const link = nextLink(answer.headers.link ?? '');
    return link === undefined ? null : { link: sameOrigin(link, answer.url, settings.url) };
  }
  return type === 'cursor' ? nextCursor(settings, answer) : null;
}

const MORE = ['hasNextPage', 'has_next_page', 'hasMore', 'has_more'];

function nextCursor(settings: SourceSettings, { body, url }: Answer): Position | null {
  const { path } = settings.pagination;
  const beside = path.slice(0, -1);
  if (MORE.some((name) => readPath(body, [...beside, name]) === false)) return null;
  const cursor = readPath(body, path);
  if (cursor === undefined || cursor === null || cursor === '' || cursor === false || cursor === 0) return null;
  if (typeof cursor !== 'string' && typeof cursor !== 'number') {
    const found = describe(cursor);
    throw bad(`${formatPath(path)} (pagination.path) should be a string or a number, but is ${found}`);
  }
  if (String(cursor).length > MAX_CURSOR_LENGTH) {
    throw bad(`${formatPath(path)} (pagination.path) is longer than ${MAX_CURSOR_LENGTH} characters`);
  }
  const isAddress = /^https?:\/\//i.test(String(cursor)) && settings.graphql === null;
  return isAddress ? { link: sameOrigin(String(cursor), url, settings.url) } : { cursor };
}

const MAX_CURSOR_LENGTH = 2000;

function sameOrigin(link: string, answeredUrl: string, firstUrl: string): string {
  const target = link.length > MAX_CURSOR_LENGTH ? null : URL.parse(link, answeredUrl);
  if (target === null) throw bad('the address of the next page cannot be read');
  const origin = URL.parse(firstUrl)?.origin;
  if (target.origin !== origin || target.username !== '' || target.password !== '') {
    const message = `next page refused: it points to another origin than ${origin}, which the credentials are meant for`;
    throw new UpstreamError(message, { problem: 'redirect' });
  }
  target.hash = '';
  return target.href;
}

/** The target of rel=next in a Link header (RFC 8288), as it stands there. */
export function nextLink(header: string): string | undefined {
  // Cut off, it would be the end of the walk, and the rest of the rows would be missing.
  if (header.length > MAX_HEADER_LENGTH) throw bad(`the Link header is longer than ${MAX_HEADER_LENGTH} characters`);
  const links = header.matchAll(/<([^<>]*)>((?:\s*;\s*[^\s=;,]+(?:=(?:"[^"]*"|[^",;]*))?)*)/g);
  for (const [, target, parameters] of links) {
    // Parameter by parameter: a quoted title may hold anything, `; rel=next` too.
    const all = [...(parameters ?? '').matchAll(/;\s*([^\s=;,]+)(?:=(?:"([^"]*)"|([^",;]*)))?/g)];
    const [, , quoted, bare] = all.find(([, name]) => name?.toLowerCase() === 'rel') ?? [];
    const relations = (quoted ?? bare ?? '').trim().toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return undefined;
}

const MAX_HEADER_LENGTH = 8000;

const bad = (message: string): UpstreamError => new UpstreamError(message, { problem: 'bad_body' });
