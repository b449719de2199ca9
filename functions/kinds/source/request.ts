import type { Credentials } from '../../model/credentials.ts';
import { PermanentError } from '../../model/failure.ts';
import type { UpstreamRequest } from '../../platform/upstream/upstream.ts';
import { isHeaderValue } from './headers.ts';
import type { Increment } from './increment.ts';
import type { SourceSettings } from './settings.ts';
import { withParameters } from './source-url.ts';

/** Which page to ask for. All absent: the first one, of a source that does not count its pages. */
export interface Position {
  readonly page?: number | undefined;
  readonly cursor?: string | number | undefined;
  /** A whole address that the source gave for its next page; on the origin of the first one. */
  readonly link?: string | undefined;
}

/** What the last answer is recognised by when the source is asked whether it has changed. */
export interface Validators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/**
 * The request for one page. For REST, page, cursor and increment are query parameters; for GraphQL they are variables, so
 * that the query itself stays as it was written.
 * Throws PermanentError when a credential is missing or cannot be sent.
 */
export function buildRequest(
  settings: SourceSettings,
  credentials: Credentials,
  position: Position,
  after: Increment | null,
  validators: Validators | null,
): UpstreamRequest {
  const { graphql, method } = settings;
  const parameters = position.link === undefined ? parametersOf(settings, position, after) : [];
  const query = graphql ? [] : parameters.map(([name, value]) => [name, String(value)] as const);
  const body = graphql
    ? JSON.stringify({
        query: graphql.query,
        variables: { ...graphql.variables, ...Object.fromEntries(parameters) },
        operationName: graphql.operationName,
      })
    : textOf(settings.body);
  return {
    method,
    url: withParameters(position.link ?? settings.url, query),
    headers: {
      accept: 'application/json',
      ...(method === 'POST' && body !== undefined && { 'content-type': 'application/json' }),
      ...settings.headers,
      ...authHeaders(settings, credentials),
      ...(validators?.etag !== undefined && { 'if-none-match': validators.etag }),
      ...(validators?.lastModified !== undefined && { 'if-modified-since': validators.lastModified }),
    },
    ...(method === 'POST' && body !== undefined && { body }),
    timeoutMs: settings.timeoutMs,
    redirects: method === 'GET' ? 'same-origin' : 'none',
    secrets: secretsOf(settings, credentials),
    accept: [...(validators ? [304] : []), ...((position.page ?? 1) > 1 ? [404] : [])],
  };
}

function parametersOf(
  { pagination, incremental }: SourceSettings,
  position: Position,
  after: Increment | null,
): (readonly [string, Increment])[] {
  const place = position.page ?? position.cursor;
  return [
    ...(incremental !== null && after !== null ? [[incremental.param, after] as const] : []),
    ...(pagination.type !== 'none' && pagination.size ? [[pagination.size.param, pagination.size.value] as const] : []),
    ...(place === undefined ? [] : [[pagination.param, place] as const]),
  ];
}

function textOf(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

function authHeaders(settings: SourceSettings, credentials: Credentials): Record<string, string> {
  const need = (name: keyof Credentials): string => {
    const value = credentials[name];
    if (value === undefined || value === '') {
      throw new PermanentError(`auth ${settings.auth} needs credentials.${name}, which is not set`, 'config');
    }
    if (!isHeaderValue(value) && settings.auth !== 'basic') {
      throw new PermanentError(`credentials.${name} has characters that cannot be sent in a header`, 'config');
    }
    return value;
  };
  switch (settings.auth) {
    case 'none':
      return {};
    case 'apiKey':
      return { [settings.authHeader]: need('apiKey') };
    case 'bearer':
      return { authorization: `Bearer ${need('token')}` };
    case 'basic': {
      const username = need('username');
      // The first colon ends the user name.
      if (username.includes(':')) throw new PermanentError('credentials.username must not contain a colon', 'config');
      return { authorization: `Basic ${Buffer.from(`${username}:${need('password')}`).toString('base64')}` };
    }
  }
}

/** Headers that carry no secret and would only make messages unreadable. */
const HARMLESS = new Set(['accept', 'accept-language', 'content-type', 'user-agent', 'cache-control']);

/** What must not come back in an error: a header that a person configured may well hold a key. */
export function secretsOf(settings: SourceSettings, credentials: Credentials): string[] {
  const headers = Object.entries(settings.headers).filter(([name]) => !HARMLESS.has(name));
  const values = [...Object.values(credentials), ...headers.map(([, value]) => value)];
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}
