import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ErrorAnswer } from './error-answer.ts';

export type Answer = APIGatewayProxyStructuredResultV2;

/** Nothing the API answers is a page: no browser should run, frame, sniff or keep any of it. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

export function noContent(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { statusCode: status, headers: { 'cache-control': 'no-store', ...headers } };
}

export function errorJson({ status, code, message, details, headers }: Omit<ErrorAnswer, 'unexpected'>): Answer {
  return json(status, { error: { code, message, ...(details !== undefined && { details }) } }, headers);
}

/** 304 to who has this very body. The browser must ask each time: what it has may be another tenant's, after a new sign-in. */
export function withETag(answer: Answer, event: Pick<APIGatewayProxyEventV2, 'headers'>): Answer {
  const etag = `"${createHash('sha256')
    .update(answer.body ?? '')
    .digest('base64url')
    .slice(0, 27)}"`;
  const headers = { ...answer.headers, etag, 'cache-control': 'private, no-cache', vary: 'authorization' };
  const known = headerOf(event, 'if-none-match') ?? '';
  const unchanged = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  return unchanged
    ? noContent(304, { etag, 'cache-control': 'private, no-cache', vary: 'authorization' })
    : { ...answer, headers };
}

/** The finished answer: security headers, the request's id, and no body to HEAD. */
export function finish(answer: Answer, event: APIGatewayProxyEventV2): Answer {
  const { requestId, http } = event.requestContext;
  const headers = { ...SECURITY_HEADERS, ...answer.headers, ...(requestId && { 'x-request-id': requestId }) };
  if (http.method !== 'HEAD') return { ...answer, headers };
  const { body: _, ...bodiless } = answer;
  return { ...bodiless, headers };
}

/** API Gateway lower-cases the names; other callers of the handler may not. */
function headerOf(event: Pick<APIGatewayProxyEventV2, 'headers'>, name: string): string | undefined {
  return lowerCaseHeaders(event)[name];
}

export function lowerCaseHeaders(
  event: Pick<APIGatewayProxyEventV2, 'headers'>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}
