import type { Context, PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { handler } from '../../functions/sign-in/handler.ts';

/** As Cognito asks, version 2. */
function asked(userAttributes: Record<string, string>): PreTokenGenerationV2TriggerEvent {
  return {
    version: '2',
    triggerSource: 'TokenGeneration_Authentication',
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_abc',
    userName: 'jo',
    callerContext: { awsSdkVersion: '3', clientId: 'console' },
    request: { userAttributes, groupConfiguration: {}, scopes: ['openid'] },
    response: { claimsAndScopeOverrideDetails: {} },
  } as PreTokenGenerationV2TriggerEvent;
}

async function claimsFor(attributes: Record<string, string>) {
  const { response } = await handler(asked(attributes), {} as Context);
  const details = response.claimsAndScopeOverrideDetails;
  expect(details?.idTokenGeneration).toEqual(details?.accessTokenGeneration);
  return details?.accessTokenGeneration?.claimsToAddOrOverride;
}

describe('the claims of a token', () => {
  it('are the tenant and the role an administrator has set', async () => {
    const attributes = { email: 'jo@example.com', 'custom:tenant_id': 'acme', 'custom:role': 'operator' };
    expect(await claimsFor(attributes)).toEqual({ tenant_id: 'acme', role: 'operator' });
  });

  it('let someone without a role, or with a strange one, read only', async () => {
    expect(await claimsFor({ 'custom:tenant_id': 'acme' })).toEqual({ tenant_id: 'acme', role: 'viewer' });
    expect(await claimsFor({ 'custom:tenant_id': 'acme', 'custom:role': 'admin' })).toMatchObject({ role: 'viewer' });
  });

  it('name no tenant where none was set', async () => {
    expect(await claimsFor({ 'custom:role': 'operator' })).toBeUndefined();
    expect(await claimsFor({ 'custom:tenant_id': '', 'custom:role': 'operator' })).toBeUndefined();
  });
});
