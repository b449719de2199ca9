import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { TenantId } from '../../model/ids.ts';
import type { KeyService } from './key-service.ts';

/** Data keys under a KMS key; the encryption context ties each to its tenant and names the tenant in CloudTrail. */
export function createKmsKeyService({
  client,
  keyId,
}: {
  readonly client: KMSClient;
  readonly keyId: string;
}): KeyService {
  const context = (tenantId: TenantId) => ({ tenant: tenantId });
  return {
    async generateDataKey(tenantId) {
      const { Plaintext: plain, CiphertextBlob: encrypted } = await client.send(
        new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: context(tenantId) }),
      );
      if (plain === undefined || encrypted === undefined) throw new Error('KMS answered without a data key');
      return { plain, encrypted };
    },
    async decryptDataKey(tenantId, encrypted) {
      const { Plaintext: plain } = await client.send(
        new DecryptCommand({ KeyId: keyId, CiphertextBlob: encrypted, EncryptionContext: context(tenantId) }),
      );
      if (plain === undefined) throw new Error('KMS answered without a data key');
      return plain;
    },
  };
}
