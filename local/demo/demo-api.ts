import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** The demo's own client of the API: it creates everything as a user would. */
export interface DemoApi {
  /** The parsed answer; throws with the API's words when it refuses. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
}

export function createDemoApi(tenantId: string, api: (event: APIGatewayProxyEventV2) => Promise<unknown>): DemoApi {
  return {
    async call(method, path, body, headers = {}) {
      const [rawPath = path, rawQueryString = ''] = path.split('?');
      const answer = (await api({
        version: '2.0',
        routeKey: '$default',
        rawPath,
        rawQueryString,
        headers: { 'content-type': 'application/json', ...headers },
        ...(rawQueryString !== '' && {
          queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
        }),
        requestContext: {
          authorizer: { jwt: { claims: { tenant_id: tenantId, role: 'operator' }, scopes: null } },
          http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'driftless-demo' },
        } as unknown as APIGatewayProxyEventV2['requestContext'],
        ...(body !== undefined && { body: JSON.stringify(body) }),
        isBase64Encoded: false,
      })) as { readonly statusCode: number; readonly body?: string };
      const parsed: unknown = answer.body === undefined || answer.body === '' ? undefined : JSON.parse(answer.body);
      if (answer.statusCode >= 400) {
        throw new Error(`the demo could not ${method} ${path}: ${answer.body ?? answer.statusCode}`);
      }
      return parsed;
    },
  };
}
