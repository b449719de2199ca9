import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ApiError } from '../kinds/route.ts';
import { parseIntegrationId, type TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import { getIntegration } from '../store/integrations.ts';
import type { ApiDeps, ApiRoute } from './api-route.ts';
import { pathParameters, queryParameters } from './read-input.ts';

/**
 * The integration a route is about, looked up within the caller's tenant only. 404 for another tenant's, for one of another
 * kind and for one that never was: the three can't be told apart.
 */
export async function findIntegration(
  { integration: wanted }: ApiRoute,
  event: APIGatewayProxyEventV2,
  tenantId: TenantId,
  { db, only }: Pick<ApiDeps, 'db' | 'only'>,
): Promise<Integration | undefined> {
  if (wanted === undefined) return undefined;
  const named = wanted.from === 'path' ? pathParameters(event).id : queryParameters(event).integrationId;
  const id = parseIntegrationId(named);
  const leftOut = named === undefined && wanted.from === 'query';
  const found = leftOut ? await only.find(tenantId, wanted.kind) : id && (await getIntegration(tenantId, id, db));
  if (found !== undefined && (wanted.kind === undefined || found.kind === wanted.kind)) return found;
  throw leftOut ? new ApiError(404, 'not_found', `There is no ${wanted.kind} integration yet.`) : noSuchIntegration();
}

export const noSuchIntegration = (): ApiError => new ApiError(404, 'not_found', 'There is no such integration.');
