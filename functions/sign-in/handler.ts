import middy from '@middy/core';
import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';

/**
 * Cognito's pre-token-generation trigger: copies the user's tenant and role into both tokens under the names the API reads
 * from any issuer (`tenant_id`, `role`), because Cognito itself would put them into ID tokens only, as `custom:tenant_id`.
 * Only an administrator can write these attributes (lib/sign-in.ts). A user without a tenant gets no claim, and the API
 * refuses the token; a role nobody set reads only.
 */
async function addClaims(event: PreTokenGenerationV2TriggerEvent): Promise<PreTokenGenerationV2TriggerEvent> {
  const attributes = event.request.userAttributes;
  const tenantId = attributes['custom:tenant_id'];
  if (tenantId === undefined || tenantId === '') return event;
  const role = attributes['custom:role'] === 'operator' ? 'operator' : 'viewer';
  const claims = { claimsToAddOrOverride: { tenant_id: tenantId, role } };
  return {
    ...event,
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: claims, idTokenGeneration: claims } },
  };
}

export const handler = middy<PreTokenGenerationV2TriggerEvent, PreTokenGenerationV2TriggerEvent>(addClaims);
