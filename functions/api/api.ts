import middy, { type MiddyfiedHandler } from '@middy/core';
import httpRouterHandler, { type Method } from '@middy/http-router';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Answer, errorJson, finish, json, noContent } from './answer.ts';
import { answerRoute } from './answer-route.ts';
import type { ApiDeps } from './api-route.ts';
import { toErrorAnswer } from './error-answer.ts';
import { OPENAPI_PATH, openApiDocument } from './openapi.ts';
import { requestLog } from './request-log.ts';
import { routeTable } from './route-table.ts';

export type Api = MiddyfiedHandler<APIGatewayProxyEventV2, Answer>;
type Respond = (event: APIGatewayProxyEventV2) => Promise<Answer>;

/** The HTTP API as a Lambda handler behind an API Gateway HTTP API (payload 2.0) with a JWT authorizer. */
export function createApi(deps: ApiDeps): Api {
  const router = httpRouterHandler<APIGatewayProxyEventV2, Answer>({
    routes: methodTable(deps).map(({ method, path, respond }) => ({ method, path, handler: respond })),
    notFoundResponse: nothingHere,
  });
  return middy<APIGatewayProxyEventV2, Answer>()
    .use(requestLog(deps))
    .use(finished)
    .use(errorAnswers(deps))
    .handler((event, context, options) => (mayBeCutShort(event) ? nothingHere() : router(event, context, options)));
}

/**
 * The router takes a slash at the end of every path. Clients make `/integrations/x/` of `/integrations/x/devices/..` before
 * they send it: a DELETE of a device would be one of the integration.
 */
function mayBeCutShort({ requestContext: { http } }: APIGatewayProxyEventV2): boolean {
  return http.path.endsWith('/') && http.method !== 'GET' && http.method !== 'HEAD';
}

const nothingHere = (): Answer =>
  errorJson({ status: 404, code: 'not_found', message: 'There is nothing at this address.' });

type Middleware = middy.MiddlewareObj<APIGatewayProxyEventV2, Answer>;

const finished: Middleware = { after: finishResponse, onError: finishResponse };

function finishResponse(request: Parameters<NonNullable<Middleware['after']>>[0]): void {
  if (request.response) request.response = finish(request.response, request.event);
}

function errorAnswers({ clock }: Pick<ApiDeps, 'clock'>): Middleware {
  return {
    onError(request) {
      const { unexpected: _, ...answer } = toErrorAnswer(request.error, clock);
      request.response = errorJson(answer);
    },
  };
}

interface MethodRoute {
  readonly method: Method;
  readonly path: string;
  readonly respond: Respond;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const satisfies readonly Method[];

/** Every method of every path: HEAD as GET, OPTIONS tells what there is, and the others are 405. */
function methodTable(deps: ApiDeps): readonly MethodRoute[] {
  const routes = routeTable(deps.kinds);
  // Made when it is first asked for: a cold start need not wait for it.
  let openApi: ReturnType<typeof openApiDocument> | undefined;
  const byPath = new Map<string, Map<Method, Respond>>();
  const add = (path: string, method: Method, respond: Respond): void => {
    const methods = byPath.get(path) ?? new Map<Method, Respond>();
    byPath.set(path, methods.set(method, respond));
    if (method === 'GET') methods.set('HEAD', respond);
  };
  // Open to everyone: it describes the program, not a tenant.
  add(OPENAPI_PATH, 'GET', async () => {
    openApi ??= openApiDocument(routes, deps.kinds);
    return json(200, openApi, { 'cache-control': 'public, max-age=300' });
  });
  for (const route of routes) add(route.path, route.method, (event) => answerRoute(route, event, deps));
  return [...byPath].flatMap(([path, methods]) => {
    const allow = METHODS.filter((method) => methods.has(method) || method === 'OPTIONS').join(', ');
    const message = `This address takes ${allow}.`;
    const refuse: Respond = async () =>
      errorJson({ status: 405, code: 'method_not_allowed', message, headers: { allow } });
    methods.set('OPTIONS', async () => noContent(204, { allow }));
    return METHODS.map((method) => ({ method, path, respond: methods.get(method) ?? refuse }));
  });
}
