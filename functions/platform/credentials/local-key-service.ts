import { randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import type { TenantId } from '../../model/ids.ts';
import type { KeyService } from './key-service.ts';
import { seal, unseal } from './sealed-box.ts';

const KEY_BYTES = 32;

/** KMS's part in local mode: data keys under a 32-byte master key. */
export function createLocalKeyService({ masterKey }: { readonly masterKey: Uint8Array }): KeyService {
  if (masterKey.length !== KEY_BYTES) throw new Error(`The master key must have ${KEY_BYTES} bytes`);
  const context = (tenantId: TenantId): string => `data-key of ${tenantId}`;
  return {
    async generateDataKey(tenantId) {
      const plain = randomBytes(KEY_BYTES);
      return { plain, encrypted: seal(masterKey, plain, context(tenantId)) };
    },
    async decryptDataKey(tenantId, encrypted) {
      const plain = unseal(masterKey, encrypted, context(tenantId));
      if (plain === undefined) throw new Error('The data key was made with another master key, or for another tenant');
      return plain;
    },
  };
}

/** The master key in a file; makes one, readable by the owner only, where there is none. Two that start at once agree on one. */
export async function loadMasterKey(path: string): Promise<Uint8Array> {
  const key = await readFile(path).catch(ifAbsent);
  if (key !== undefined) return key;
  // Written elsewhere and then linked: a file that is there is complete.
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return readFile(path);
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
