import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../../model/ids.ts';
import type { Clock } from '../clock.ts';
import type { KeyService } from './key-service.ts';

/** A KMS call per run would cost more than the run; a key taken away from us stops working within this time. */
const CACHE_MS = 5 * 60_000;
const MAX_CACHED = 1_000;

export interface DataKeyDeps {
  readonly keys: KeyService;
  readonly clock: Clock;
  /** The `tenants` table: item `tenant#<tenantId>` / `data-key`. */
  readonly tenants: { readonly client: DynamoDBDocumentClient; readonly tableName: string };
}

/** The tenants' data keys in clear text, kept in memory for five minutes. */
export interface DataKeys {
  /** Undefined when the tenant has none yet. */
  find(tenantId: TenantId): Promise<Uint8Array | undefined>;
  /** Makes one where there is none; of two that do so at once both get the same. */
  findOrCreate(tenantId: TenantId): Promise<Uint8Array>;
  /** Reads the key anew next time. */
  forget(tenantId: TenantId): void;
}

export function createDataKeys({ keys, clock, tenants }: DataKeyDeps): DataKeys {
  const cache = new Map<TenantId, { readonly until: number; readonly key: Promise<Uint8Array | undefined> }>();

  const itemKey = (tenantId: TenantId) => ({ pk: `tenant#${tenantId}`, sk: 'data-key' });

  async function read(tenantId: TenantId): Promise<Uint8Array | undefined> {
    const { Item: item } = await tenants.client.send(
      new GetCommand({ TableName: tenants.tableName, Key: itemKey(tenantId), ConsistentRead: true }),
    );
    return item === undefined ? undefined : keys.decryptDataKey(tenantId, item.encryptedKey as Uint8Array);
  }

  async function create(tenantId: TenantId): Promise<Uint8Array> {
    const { plain, encrypted } = await keys.generateDataKey(tenantId);
    try {
      await tenants.client.send(
        new PutCommand({
          TableName: tenants.tableName,
          Item: { ...itemKey(tenantId), encryptedKey: encrypted, createdAt: clock.now() },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
      return plain;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
      // Another was first: what is sealed with our key nobody could open.
      const theirs = await read(tenantId);
      if (theirs === undefined) throw new Error('The data key vanished while it was read', { cause: error });
      return theirs;
    }
  }

  /** One reading for all who ask at once; neither a failure nor "none yet" is remembered. */
  async function cached(
    tenantId: TenantId,
    load: () => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> {
    const known = cache.get(tenantId);
    if (known !== undefined && known.until > clock.now()) return known.key;
    if (cache.size >= MAX_CACHED) cache.clear();
    const entry = { until: clock.now() + CACHE_MS, key: load() };
    cache.set(tenantId, entry);
    const drop = (): void => {
      if (cache.get(tenantId) === entry) cache.delete(tenantId);
    };
    try {
      const key = await entry.key;
      if (key === undefined) drop();
      return key;
    } catch (error) {
      drop();
      throw error;
    }
  }

  return {
    find: (tenantId) => cached(tenantId, () => read(tenantId)),
    async findOrCreate(tenantId) {
      const load = async (): Promise<Uint8Array> => (await read(tenantId)) ?? (await create(tenantId));
      // A `find` that is under way may come back with nothing.
      return (await cached(tenantId, load)) ?? (await create(tenantId));
    },
    forget: (tenantId) => void cache.delete(tenantId),
  };
}
