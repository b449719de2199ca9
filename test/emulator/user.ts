import { expect } from 'vitest';
import type { Aws } from './aws.ts';
import type { Deployment } from './setup.ts';

export interface User {
  /** Calls the API; throws unless it answers with the status. */
  call<T>(method: string, path: string, options?: { readonly body?: unknown; readonly status?: number }): Promise<T>;
}

const COGNITO = 'AWSCognitoIdentityProviderService';
const PASSWORD = 'Driftless-2026!';

/** Adds a person to the user pool as an administrator would, and signs in: the token is made by the deployed trigger. */
export async function signIn(
  { tenantId, role }: { readonly tenantId: string; readonly role: 'viewer' | 'operator' },
  deployment: Deployment,
  aws: Aws,
): Promise<User> {
  const { userPoolId: UserPoolId, userPoolClientId: ClientId } = deployment;
  const cognito = (action: string, body: object) =>
    aws.call('cognito-idp', `${COGNITO}.${action}`, { UserPoolId, ...body });
  // Of this run: an emulator that was left running may know the name from another.
  const Username = `${role}-${Date.now().toString(36)}@${tenantId}.example`;
  await cognito('AdminCreateUser', {
    Username,
    MessageAction: 'SUPPRESS',
    UserAttributes: [
      { Name: 'email', Value: Username },
      { Name: 'email_verified', Value: 'true' },
      { Name: 'custom:tenant_id', Value: tenantId },
      { Name: 'custom:role', Value: role },
    ],
  });
  await cognito('AdminSetUserPassword', { Username, Password: PASSWORD, Permanent: true });
  const { AuthenticationResult } = (await cognito('AdminInitiateAuth', {
    ClientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: Username, PASSWORD },
  })) as { AuthenticationResult: { AccessToken: string } };
  return caller(deployment.apiUrl, AuthenticationResult.AccessToken);
}

/** A caller with any token, or none. */
export function caller(apiUrl: string, token: string | undefined): User {
  return {
    async call<T>(method: string, path: string, { body, status = 200 }: { body?: unknown; status?: number } = {}) {
      const response = await fetch(apiUrl + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      expect(response.status, `${method} ${path}: ${text}`).toBe(status);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
  };
}
