import { BatchExecuteStatementCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { KindName } from '../model/kind-name.ts';
import { dueShardOf } from '../model/slot.ts';
import type { Database } from './database.ts';

/** An entry of the due index: just what a message needs. */
export interface DueEntry {
  readonly tenantId: TenantId;
  readonly id: IntegrationId;
  readonly kind: KindName;
  readonly nextSyncAt: number;
  /** Null for an on-demand integration without an interval of its own. */
  readonly syncInterval: number | null;
  readonly scheduleVersion: number;
  readonly watchedSlot: number | null;
}

/**
 * Entries of one shard due up to `until`, oldest first, a page at a time. The index is a hint, eventually consistent:
 * `advanceSlots` checks every entry against the item itself.
 */
export async function* dueEntries(shard: number, until: number, db: Database): AsyncGenerator<readonly DueEntry[]> {
  let start: Record<string, unknown> | undefined;
  do {
    const { Items, LastEvaluatedKey } = await db.client.send(
      new QueryCommand({
        TableName: db.tables.integrations,
        IndexName: 'due',
        KeyConditionExpression: 'dueShard = :shard AND nextSyncAt <= :until',
        ExpressionAttributeValues: { ':shard': shard, ':until': until },
        ExclusiveStartKey: start,
        Limit: 1000,
      }),
    );
    start = LastEvaluatedKey;
    if (Items !== undefined && Items.length > 0) yield Items.map(toDueEntry);
  } while (start !== undefined);
}

function toDueEntry(item: Record<string, unknown>): DueEntry {
  const { pk, kind, nextSyncAt, syncInterval, scheduleVersion, watchedSlot } = item as {
    pk: string;
    kind: KindName;
    nextSyncAt: number;
    syncInterval?: number;
    scheduleVersion: number;
    watchedSlot?: number;
  };
  const separator = pk.lastIndexOf('#');
  return {
    tenantId: pk.slice(0, separator) as TenantId,
    id: pk.slice(separator + 1) as IntegrationId,
    kind,
    nextSyncAt,
    syncInterval: syncInterval ?? null,
    scheduleVersion,
    watchedSlot: watchedSlot ?? null,
  };
}

export interface SlotAdvance {
  readonly entry: DueEntry;
  readonly next: number;
  /** The slot whose message the entry watches from now on; null for an ordinary entry. */
  readonly watch: number | null;
}

/** DynamoDB takes 25 statements in one call, each with a condition and an outcome of its own. */
const STATEMENTS_PER_CALL = 25;

/**
 * Moves index entries past the slots that were enqueued, each only if nobody has moved it since it was read.
 * `refused` counts entries that somebody else moved (harmless: their messages are duplicates that the worker refuses).
 */
export async function advanceSlots(
  advances: readonly SlotAdvance[],
  db: Database,
): Promise<{ readonly advanced: number; readonly refused: number; readonly throttled: number }> {
  let advanced = 0;
  let refused = 0;
  let throttled = 0;
  for (let i = 0; i < advances.length; i += STATEMENTS_PER_CALL) {
    const group = advances.slice(i, i + STATEMENTS_PER_CALL);
    const { Responses } = await db.client.send(
      new BatchExecuteStatementCommand({ Statements: group.map((advance) => statement(advance, db)) }),
    );
    for (const response of Responses ?? []) {
      if (response.Error === undefined) advanced += 1;
      else if (response.Error.Code === 'ConditionalCheckFailed') refused += 1;
      else if (BUSY.has(response.Error.Code)) throttled += 1;
      else throw new Error(`slots cannot be moved on: ${response.Error.Code}: ${response.Error.Message}`);
    }
  }
  return { advanced, refused, throttled };
}

/** What passes by itself. Anything else (a permission, a statement nobody understands) would stay for ever: it has to be seen. */
const BUSY: ReadonlySet<string | undefined> = new Set([
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'TransactionConflict',
  'InternalServerError',
]);

/** The table's name comes from configuration, never from a request. */
function statement({ entry, next, watch }: SlotAdvance, db: Database): { Statement: string; Parameters: unknown[] } {
  const second = watch === null ? 'enqueuedFrom' : 'watchedSlot';
  return {
    Statement: `UPDATE "${db.tables.integrations}" SET nextSyncAt=?, ${second}=?, dueShard=? WHERE pk=? AND nextSyncAt=? AND scheduleVersion=?`,
    Parameters: [
      next,
      watch ?? entry.nextSyncAt,
      // Its shard may have changed: after a deployment with more of them everything moves with its next slot.
      dueShardOf(entry.id, db.dueShards),
      `${entry.tenantId}#${entry.id}`,
      entry.nextSyncAt,
      entry.scheduleVersion,
    ],
  };
}
