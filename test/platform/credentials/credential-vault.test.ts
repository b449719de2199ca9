import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PermanentError } from '../../../functions/model/failure.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import { createCredentialVault } from '../../../functions/platform/credentials/credential-vault.ts';
import type { KeyService } from '../../../functions/platform/credentials/key-service.ts';
import { createKmsKeyService } from '../../../functions/platform/credentials/kms-key-service.ts';
import { createLocalKeyService, loadMasterKey } from '../../../functions/platform/credentials/local-key-service.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { virtualClock } from '../support/virtual-clock.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const masterKey = Buffer.alloc(32, 7);
let tenants = 0;
const aTenant = () => asTenantId(`tenant-${++tenants}`);
const one = asIntegrationId('integration-1');
const two = asIntegrationId('integration-2');

/** The local key service, counting what KMS would charge for. */
function countedKeys() {
  const real = createLocalKeyService({ masterKey });
  const calls = { generated: 0, decrypted: 0 };
  const keys: KeyService = {
    generateDataKey: (tenant) => {
      calls.generated += 1;
      return real.generateDataKey(tenant);
    },
    decryptDataKey: (tenant, encrypted) => {
      calls.decrypted += 1;
      return real.decryptDataKey(tenant, encrypted);
    },
  };
  return { keys, calls };
}

function aWorker() {
  const clock = virtualClock();
  const { keys, calls } = countedKeys();
  const table = { client: db.client, tableName: db.tables.tenants };
  return { vault: createCredentialVault({ keys, clock, tenants: table }), clock, calls };
}

const storedKey = async (tenant: string) =>
  (
    await db.client.send(
      new GetCommand({ TableName: db.tables.tenants, Key: { pk: `tenant#${tenant}`, sk: 'data-key' } }),
    )
  ).Item;

describe('sealed credentials', () => {
  it('are opened by another worker', async () => {
    const tenant = aTenant();
    const credentials = { apiKey: 'key-canary-123456', username: 'юзер', password: 'p"\\' };
    const sealed = await aWorker().vault.seal(tenant, one, credentials);
    expect(await aWorker().vault.open(tenant, one, sealed)).toEqual(credentials);
  });

  it('show nothing of what is in them, and are never twice the same', async () => {
    const { vault } = aWorker();
    const tenant = aTenant();
    const first = await vault.seal(tenant, one, { apiKey: 'canary-secret-1' });
    const second = await vault.seal(tenant, one, { apiKey: 'canary-secret-1' });
    expect(Buffer.from(first.sealed, 'base64').toString('latin1')).not.toContain('canary');
    expect(first.sealed).not.toBe(second.sealed);
  });

  it('have a hint only where the key is long enough', async () => {
    const { vault } = aWorker();
    const tenant = aTenant();
    expect((await vault.seal(tenant, one, { apiKey: '12345678' })).hint).toBe('5678');
    expect(await vault.seal(tenant, one, { apiKey: '1234567' })).not.toHaveProperty('hint');
    expect(await vault.seal(tenant, one, { password: 'long enough to have one' })).not.toHaveProperty('hint');
  });

  it('cannot be moved to another integration or tenant', async () => {
    const { vault } = aWorker();
    const [mine, theirs] = [aTenant(), aTenant()];
    const sealed = await vault.seal(mine, one, { token: 'canary' });
    await vault.seal(theirs, one, { token: 'x' });
    await expect(vault.open(mine, two, sealed)).rejects.toThrow('belong to another integration');
    await expect(vault.open(theirs, one, sealed)).rejects.toThrow(PermanentError);
  });

  it('that were changed in any bit are not opened', async () => {
    const { vault } = aWorker();
    const tenant = aTenant();
    const sealed = await vault.seal(tenant, one, { token: 'canary' });
    const bytes = Buffer.from(sealed.sealed, 'base64');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const error = await vault.open(tenant, one, { sealed: changed.toString('base64') }).catch((e: unknown) => e);
        expect(error).toBeInstanceOf(PermanentError);
        expect(String(error)).not.toContain('canary');
      }),
      { numRuns: 60 },
    );
    await expect(vault.open(tenant, one, { sealed: '' })).rejects.toThrow(PermanentError);
  });

  it('whose data key is gone ask a person to set them again', async () => {
    const tenant = aTenant();
    const sealed = await aWorker().vault.seal(tenant, one, { token: 'canary' });
    await db.client.send(
      new DeleteCommand({ TableName: db.tables.tenants, Key: { pk: `tenant#${tenant}`, sk: 'data-key' } }),
    );
    await expect(aWorker().vault.open(tenant, one, sealed)).rejects.toThrow('Set them again');
    expect(await storedKey(tenant)).toBeUndefined();
  });
});

describe('the data key', () => {
  it('is one, also when many seal for the first time at once', async () => {
    const tenant = aTenant();
    const workers = Array.from({ length: 6 }, aWorker);
    const sealed = await Promise.all(workers.map(({ vault }) => vault.seal(tenant, one, { token: 'x' })));
    expect(workers.reduce((sum, { calls }) => sum + calls.generated, 0)).toBeGreaterThan(1);
    const reader = aWorker();
    for (const each of sealed) expect(await reader.vault.open(tenant, one, each)).toEqual({ token: 'x' });
  });

  it('is stored encrypted only', async () => {
    const tenant = aTenant();
    await aWorker().vault.seal(tenant, one, { token: 'x' });
    expect(Object.keys((await storedKey(tenant)) ?? {}).sort()).toEqual(['createdAt', 'encryptedKey', 'pk', 'sk']);
  });

  it('is asked for once in five minutes', async () => {
    const tenant = aTenant();
    const sealed = await aWorker().vault.seal(tenant, one, { token: 'x' });
    const { vault, clock, calls } = aWorker();
    await Promise.all(Array.from({ length: 5 }, () => vault.open(tenant, one, sealed)));
    await vault.seal(tenant, two, { token: 'y' });
    expect(calls).toEqual({ generated: 0, decrypted: 1 });
    await clock.advance(5 * 60_000);
    await vault.open(tenant, one, sealed);
    expect(calls.decrypted).toBe(2);
  });

  it('is read anew when a restored table has another one', async () => {
    const tenant = aTenant();
    const worker = aWorker();
    await worker.vault.seal(tenant, one, { token: 'x' });
    await db.client.send(
      new DeleteCommand({ TableName: db.tables.tenants, Key: { pk: `tenant#${tenant}`, sk: 'data-key' } }),
    );
    const sealed = await aWorker().vault.seal(tenant, one, { token: 'new' });
    expect(await worker.vault.open(tenant, one, sealed)).toEqual({ token: 'new' });
  });

  it('is asked for again after a failure', async () => {
    const tenant = aTenant();
    const sealed = await aWorker().vault.seal(tenant, one, { token: 'x' });
    const real = createLocalKeyService({ masterKey });
    let fail = true;
    const vault = createCredentialVault({
      keys: {
        ...real,
        decryptDataKey: (...args) =>
          fail ? Promise.reject(new Error('KMS is throttled')) : real.decryptDataKey(...args),
      },
      clock: virtualClock(),
      tenants: { client: db.client, tableName: db.tables.tenants },
    });
    await expect(vault.open(tenant, one, sealed)).rejects.toThrow('throttled');
    fail = false;
    expect(await vault.open(tenant, one, sealed)).toEqual({ token: 'x' });
  });
});

describe('the local key service', () => {
  it('opens a data key for its tenant and under its master key only', async () => {
    const keys = createLocalKeyService({ masterKey });
    const tenant = aTenant();
    const { plain, encrypted } = await keys.generateDataKey(tenant);
    expect(Buffer.from(await keys.decryptDataKey(tenant, encrypted))).toEqual(Buffer.from(plain));
    await expect(keys.decryptDataKey(aTenant(), encrypted)).rejects.toThrow('another master key');
    await expect(
      createLocalKeyService({ masterKey: Buffer.alloc(32, 8) }).decryptDataKey(tenant, encrypted),
    ).rejects.toThrow('another master key');
    expect(() => createLocalKeyService({ masterKey: Buffer.alloc(16) })).toThrow('32 bytes');
  });

  it('keeps its master key in a file only the owner can read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'driftless-'));
    try {
      const path = join(directory, 'master.key');
      const keys = await Promise.all(Array.from({ length: 8 }, () => loadMasterKey(path)));
      for (const key of keys) expect(key).toEqual(keys[0]);
      expect(keys[0]).toHaveLength(32);
      expect(await readdir(directory)).toEqual(['master.key']);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('KMS', () => {
  it('ties every data key to its tenant by the encryption context', async () => {
    const client = new KMSClient({ region: 'eu-central-1' });
    const kms = mockClient(client);
    const bytes = new Uint8Array(32);
    const context = { tenant: 'acme' };
    kms
      .on(GenerateDataKeyCommand, { KeyId: 'key', KeySpec: 'AES_256', EncryptionContext: context })
      .resolves({ Plaintext: bytes, CiphertextBlob: new Uint8Array([1]) })
      .on(DecryptCommand, { KeyId: 'key', CiphertextBlob: new Uint8Array([1]), EncryptionContext: context })
      .resolves({ Plaintext: bytes });
    const keys = createKmsKeyService({ client, keyId: 'key' });
    const { encrypted } = await keys.generateDataKey(asTenantId('acme'));
    expect(await keys.decryptDataKey(asTenantId('acme'), encrypted)).toEqual(bytes);
    kms.reset();
  });
});
