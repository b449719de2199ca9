import type { IntegrationId } from './ids.ts';

/** Secrets of one integration, in clear text. Lives only in a worker's memory. */
export interface Credentials {
  readonly apiKey?: string;
  readonly apiSecret?: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}
export const CREDENTIAL_NAMES = [
  'apiKey',
  'apiSecret',
  'username',
  'password',
  'token',
] as const satisfies readonly (keyof Credentials)[];

/** Under this id a tenant's own secrets (the default key of its vehicles) are sealed, in place of an integration's. */
export const TENANT_SECRETS = 'tenant-settings' as IntegrationId;
