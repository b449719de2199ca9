/** Ids are branded, so that a tenant can only come from authentication or from a message, never from a stray string. */
export type TenantId = string & { readonly __brand: 'TenantId' };
export type IntegrationId = string & { readonly __brand: 'IntegrationId' };

const TENANT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The tenant named by a verified token or by a stored message; undefined when it is not a possible tenant id. */
export function parseTenantId(value: unknown): TenantId | undefined {
  return typeof value === 'string' && TENANT_ID.test(value) ? (value as TenantId) : undefined;
}

const INTEGRATION_ID = /^[A-Za-z0-9_-]{1,64}$/;
export function parseIntegrationId(value: unknown): IntegrationId | undefined {
  return typeof value === 'string' && INTEGRATION_ID.test(value) ? (value as IntegrationId) : undefined;
}

export const asTenantId = (value: string): TenantId => value as TenantId;
export const asIntegrationId = (value: string): IntegrationId => value as IntegrationId;

/** One integration's partition: its hot item, its history and its data all live under this key. */
export type IntegrationKey = `${string}#${string}`;
export const integrationKey = (tenantId: TenantId, id: IntegrationId): IntegrationKey => `${tenantId}#${id}`;
