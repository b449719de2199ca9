/**
 * The tables, once for the stack (lib/data.ts) and for the embedded engine (local/). Pure data: no SDK, no CDK.
 *
 * integrations  one hot item per integration, a partition of its own. `due` is the sparse, sharded index the dispatcher
 *               reads: only integrations that may be scheduled are in it. `byTenant` is keys only, so no run ever writes it.
 * history       run entries by number, newest first by a backwards query; any page by number. TTL.
 * data          what the kinds store: everything of one integration in the partition `integrationKey`. TTL.
 * tenants       settings, data keys, events, dead letters, idempotency keys of a tenant. TTL.
 * limits        rate limits by credential, breakers by upstream. Written only while something is limited or failing. TTL.
 */
export interface TableDefinition {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  readonly indexes: readonly IndexDefinition[];
}
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
}
export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey: KeyAttribute;
  /** `KEYS_ONLY`, or the attributes it carries besides the keys. */
  readonly projection: 'KEYS_ONLY' | readonly string[];
}

/** Every table sweeps items by this attribute (epoch seconds), where an item has it. */
export const TTL_ATTRIBUTE = 'expiresAt';

export const TABLE_NAMES = ['integrations', 'history', 'data', 'tenants', 'limits'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export const tables: Readonly<Record<TableName, TableDefinition>> = {
  integrations: {
    partitionKey: { name: 'pk', type: 'S' },
    indexes: [
      {
        name: 'due',
        partitionKey: { name: 'dueShard', type: 'N' },
        sortKey: { name: 'nextSyncAt', type: 'N' },
        projection: ['kind', 'syncInterval', 'scheduleVersion', 'watchedSlot'],
      },
      {
        name: 'byTenant',
        partitionKey: { name: 'tenantId', type: 'S' },
        sortKey: { name: 'id', type: 'S' },
        projection: 'KEYS_ONLY',
      },
    ],
  },
  history: { partitionKey: { name: 'pk', type: 'S' }, sortKey: { name: 'run', type: 'N' }, indexes: [] },
  data: {
    partitionKey: { name: 'pk', type: 'S' },
    sortKey: { name: 'sk', type: 'S' },
    indexes: [],
  },
  tenants: { partitionKey: { name: 'pk', type: 'S' }, sortKey: { name: 'sk', type: 'S' }, indexes: [] },
  limits: { partitionKey: { name: 'pk', type: 'S' }, indexes: [] },
};

/** Physical names: one prefix per deployment (`driftless-prod-integrations`). */
export type TableNames = Readonly<Record<TableName, string>>;
export function tableNames(prefix: string): TableNames {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, `${prefix}-${name}`])) as TableNames;
}
