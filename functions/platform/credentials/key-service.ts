import type { TenantId } from '../../model/ids.ts';

/** Makes and opens the data keys of tenants. A data key opens only for the tenant it was made for. */
export interface KeyService {
  /** A new 256-bit key: in clear text, and encrypted for keeping. */
  generateDataKey(tenantId: TenantId): Promise<{ readonly plain: Uint8Array; readonly encrypted: Uint8Array }>;
  decryptDataKey(tenantId: TenantId, encrypted: Uint8Array): Promise<Uint8Array>;
}
