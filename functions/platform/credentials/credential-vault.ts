import { createHash } from 'node:crypto';
import type { Credentials } from '../../model/credentials.ts';
import { PermanentError, RetryLater } from '../../model/failure.ts';
import type { IntegrationId, TenantId } from '../../model/ids.ts';
import type { SealedCredentials } from '../../model/integration.ts';
import { createDataKeys, type DataKeyDeps } from './data-keys.ts';
import { seal, unseal } from './sealed-box.ts';

const VERSION = 1;
const KEY_MARK_BYTES = 4;
/** The last four characters of a shorter key would give away too much of it. */
const MIN_LENGTH_FOR_HINT = 8;

/** Credentials at rest: sealed with the tenant's data key, and to one integration, so that none can be moved to another. */
export interface CredentialVault {
  seal(tenantId: TenantId, integrationId: IntegrationId, credentials: Credentials): Promise<SealedCredentials>;
  /** Throws PermanentError 'config' when they cannot be opened and must be set again, RetryLater while the key cannot be had. */
  open(tenantId: TenantId, integrationId: IntegrationId, sealed: SealedCredentials): Promise<Credentials>;
}

/** `sealed` is base64 of: version (1 byte), mark of the data key (4), nonce (12), ciphertext, tag (16). */
export function createCredentialVault(deps: DataKeyDeps): CredentialVault {
  const dataKeys = createDataKeys(deps);

  /** The tenant's key, if it is the one with this mark; a cached one may be from before the table was restored. */
  async function keyMarked(mark: Buffer, tenantId: TenantId): Promise<Uint8Array | undefined> {
    const key = await dataKeys.find(tenantId);
    if (key === undefined || markOf(key).equals(mark)) return key;
    dataKeys.forget(tenantId);
    const current = await dataKeys.find(tenantId);
    return current !== undefined && markOf(current).equals(mark) ? current : undefined;
  }

  return {
    async seal(tenantId, integrationId, credentials) {
      const key = await dataKeys.findOrCreate(tenantId);
      const box = seal(key, Buffer.from(JSON.stringify(credentials)), contextOf(tenantId, integrationId));
      const sealed = Buffer.concat([Buffer.from([VERSION]), markOf(key), box]).toString('base64');
      const { apiKey = '' } = credentials;
      return apiKey.length < MIN_LENGTH_FOR_HINT ? { sealed } : { sealed, hint: apiKey.slice(-4) };
    },

    async open(tenantId, integrationId, { sealed }) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes[0] !== VERSION) throw cannotOpen('they are of an unknown version');
      const key = await keyMarked(bytes.subarray(1, 1 + KEY_MARK_BYTES), tenantId).catch((error: unknown) => {
        throw passesByItself(error) ? notNow(error, deps.clock.now()) : error;
      });
      if (key === undefined) throw cannotOpen('they were sealed with a key that is gone');
      const plain = unseal(key, bytes.subarray(1 + KEY_MARK_BYTES), contextOf(tenantId, integrationId));
      if (plain === undefined) throw cannotOpen('they were changed, or belong to another integration');
      return JSON.parse(plain.toString()) as Credentials;
    },
  };
}

const contextOf = (tenantId: TenantId, integrationId: IntegrationId): string =>
  JSON.stringify(['credentials', VERSION, tenantId, integrationId]);

const markOf = (key: Uint8Array): Buffer =>
  createHash('sha256').update('mark').update(key).digest().subarray(0, KEY_MARK_BYTES);

const cannotOpen = (why: string): PermanentError =>
  new PermanentError(`The stored credentials cannot be opened: ${why}. Set them again`, 'config');

const LOOK_AGAIN_MS = 60_000;

/** Nothing that an integration could be blamed for, or switched off: its run is put off. */
const notNow = ({ name }: Error, now: number): RetryLater =>
  new RetryLater(now + LOOK_AGAIN_MS, `the credentials cannot be opened right now (${name})`, 'paused');

const BUSY = /throttl|throughput|toomany|limitexceeded/i;

/** KMS or the table was out of reach, at fault or too busy. What they refuse (a disabled key, a permission) a person has to mend. */
function passesByItself(error: unknown): error is Error {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { httpStatusCode = 0 } = error.$metadata as { readonly httpStatusCode?: number };
  return httpStatusCode === 0 || httpStatusCode >= 500 || BUSY.test(error.name);
}
