import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ApiError } from '../kinds/route.ts';
import { parseIntegrationId, type TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Database } from '../store/database.ts';
import { getIntegration } from '../store/integrations.ts';
import type { ApiRoute } from './api-route.ts';
import { allIntegrations } from './list-page.ts';
import { invalid, pathParameters, queryParameters } from './read-input.ts';

/**
 * The integration a route is about, looked up within the caller's tenant only. 404 for another tenant's, for one of another
 * kind and for one that never was: the three can't be told apart.
 */
export async function findIntegration(
  { integration: wanted }: ApiRoute,
  event: APIGatewayProxyEventV2,
  tenantId: TenantId,
  db: Database,
): Promise<Integration | undefined> {
  if (wanted === undefined) return undefined;
  const named = wanted.from === 'path' ? pathParameters(event).id : queryParameters(event).integrationId;
  if (named === undefined && wanted.from === 'query') return theOnlyOne(tenantId, wanted.kind, db);
  const id = parseIntegrationId(named);
  const found = id && (await getIntegration(tenantId, id, db));
  if (found === undefined || (wanted.kind !== undefined && found.kind !== wanted.kind)) throw noSuchIntegration();
  return found;
}

/** Stops at the second: with two, the request has to say which. */
async function theOnlyOne(tenantId: TenantId, kind: KindName | undefined, db: Database): Promise<Integration> {
  let only: Integration | undefined;
  for await (const integration of allIntegrations(tenantId, db)) {
    if (kind !== undefined && integration.kind !== kind) continue;
    if (only !== undefined) {
      throw invalid([
        { path: 'integrationId', message: `is needed: there is more than one ${kind ?? ''} integration` },
      ]);
    }
    only = integration;
  }
  if (only === undefined) throw noSuchIntegration();
  return only;
}

export const noSuchIntegration = (): ApiError => new ApiError(404, 'not_found', 'There is no such integration.');
