import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ApiError } from '../kinds/route.ts';
import { parseTenantId, type TenantId } from '../model/ids.ts';

export interface Caller {
  readonly tenantId: TenantId;
  readonly role: 'viewer' | 'operator';
}

/** Who calls, by the claims of the token that API Gateway has verified. Nothing else in a request can name a tenant. */
export function authenticate(event: APIGatewayProxyEventV2): Caller {
  const { tenant_id, role } = claimsOf(event);
  const tenantId = parseTenantId(tenant_id);
  if (tenantId === undefined) {
    throw new ApiError(401, 'unauthorized', 'Sign in: a bearer token with the claim tenant_id is needed.');
  }
  if (role === undefined) {
    throw new ApiError(
      401,
      'unauthorized',
      'The token has no claim role (viewer or operator). Ask your administrator.',
    );
  }
  if (role !== 'viewer' && role !== 'operator') {
    throw new ApiError(403, 'forbidden', 'The role in the token is neither viewer nor operator.');
  }
  return { tenantId, role };
}

export function requireRole(caller: Caller, role: 'viewer' | 'operator'): void {
  if (role === 'operator' && caller.role !== 'operator') {
    throw new ApiError(403, 'forbidden', 'This needs the role operator; yours is viewer.');
  }
}

/** The caller, or undefined, for the log. */
export function callerOf(event: APIGatewayProxyEventV2): Caller | undefined {
  try {
    return authenticate(event);
  } catch {
    return undefined;
  }
}

/** The type of an event without an authorizer has no claims; API Gateway adds them. */
function claimsOf(event: APIGatewayProxyEventV2): Readonly<Record<string, unknown>> {
  const context = event.requestContext as { authorizer?: { jwt?: { claims?: Readonly<Record<string, unknown>> } } };
  return context.authorizer?.jwt?.claims ?? {};
}
