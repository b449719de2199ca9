import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Integration } from '../model/integration.ts';
import { type Answer, json, lowerCaseHeaders, noContent, withETag } from './answer.ts';
import type { ApiDeps, ApiRoute } from './api-route.ts';
import { authenticate, requireRole } from './authenticate.ts';
import { findIntegration } from './find-integration.ts';
import { readInput } from './read-input.ts';

/**
 * One request, in the order in which a caller may learn things: who calls, what they may do, whether the integration is
 * theirs, and only then what is wrong with the request.
 */
export async function answerRoute(route: ApiRoute, event: APIGatewayProxyEventV2, deps: ApiDeps): Promise<Answer> {
  const caller = authenticate(event);
  requireRole(caller, route.role);
  const { tenantId, role } = caller;
  // Routes that declare no integration never look at it.
  const integration = (await findIntegration(route, event, tenantId, deps)) as Integration;
  const input = await readInput(route, event, { tenantId, integration }, deps);
  const headers = lowerCaseHeaders(event);
  try {
    const result = await route.handle({ tenantId, role, headers, integration, ...input }, deps);
    const status = route.status ?? 200;
    const answer = status === 204 ? noContent(204) : json(status, result);
    return route.etag ? withETag(answer, event) : answer;
  } finally {
    // Also after an error: part of it may have been done. What a till sends changes no integration.
    if (route.method !== 'GET' && route.path.startsWith('/api/')) {
      deps.overviews.forget(tenantId);
      deps.only.forget(tenantId);
    }
  }
}
