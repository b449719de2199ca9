import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** API Gateway refuses larger requests itself. */
const MAX_REQUEST_BYTES = 10_000_000;

/** The whole body, or undefined when it is over the limit. */
export async function readRequest(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MAX_REQUEST_BYTES) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** A request as an HTTP API with a JWT authorizer hands it to its function (payload format 2.0). */
export function proxyEvent(
  request: IncomingMessage,
  body: Buffer,
  claims: Readonly<Record<string, unknown>> | undefined,
  requestId: string,
): APIGatewayProxyEventV2 {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  const now = new Date();
  const isText = isUtf8Text(body);
  const path = decoded(url.pathname);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: url.search.slice(1),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    ),
    ...(url.search !== '' && { queryStringParameters: joined(url.searchParams) }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      ...(claims !== undefined && { authorizer: { jwt: { claims, scopes: null } } }),
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    } as APIGatewayProxyEventV2['requestContext'],
    ...(body.length > 0 && { body: isText ? body.toString('utf8') : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** API Gateway decodes a path once, all but `%25`. An escape that means nothing stays as it is. */
function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes.replaceAll('%25', '%2525'));
    } catch {
      return escapes;
    }
  });
}

/** Repeated names are joined with a comma, as API Gateway does. */
function joined(parameters: URLSearchParams): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of parameters) result[name] = name in result ? `${result[name]},${value}` : value;
  return result;
}

function isUtf8Text(body: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body);
    return true;
  } catch {
    return false;
  }
}
