import {
  BatchGetCommand,
  DeleteCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { LeaseLost } from '../../model/failure.ts';
import type { IntegrationKey } from '../../model/ids.ts';
import { conditionFailed } from '../../store/database.ts';
import type { DataTable } from '../kind.ts';

/**
 * One carrier integration's partition of the data table. What lies in it, by sort key:
 *
 * `device#<deviceId>`    a link: written by people only (links.ts)
 * `ordinals`             how many ordinals were given to links
 * `state#<page>`         the states of up to 100 devices, compressed; fenced by the run's token (device-pages.ts)
 * `day#<page>#<date>`    bytes used that day by each device of the page; fenced; ages
 * `confirmed`            when each page was last read without a change; fenced
 * `claim#iccid#<iccid>`  the last claim of a SIM and its answer; ages (claims.ts)
 * `claim#key#<key>`      the same under the caller's Idempotency-Key
 */
export interface Partition {
  get(sk: string): Promise<Item | undefined>;
  /** Those of the keys that exist, in any order. */
  getAll(sks: readonly string[]): Promise<readonly Item[]>;
  /** All items of a range, read to its end. Eventually consistent only where told. */
  query(range: Range, consistency?: 'eventual'): Promise<readonly Item[]>;
  /** The first of a range, after a sort key. */
  queryFirst(range: Range, limit: number, after: string | undefined): Promise<readonly Item[]>;
  put(sk: string, item: Item): Promise<void>;
  /** False when there is one already. */
  putNew(sk: string, item: Item): Promise<boolean>;
  /** False unless the attribute there still is what it was. */
  replace(sk: string, item: Item, still: { readonly name: string; readonly was: unknown }): Promise<boolean>;
  /** Throws LeaseLost when a run with a greater token has written it. */
  putFenced(sk: string, item: Item, token: number): Promise<void>;
  /** False when there was none. */
  delete(sk: string): Promise<boolean>;
  /** Counts from 0; every call gets a number of its own. */
  nextNumber(sk: string): Promise<number>;
}

export type Item = Readonly<Record<string, unknown>>;
export type Range = { readonly prefix: string } | { readonly from: string; readonly to: string };

export function openPartition(pk: IntegrationKey, { client, tableName: TableName }: DataTable): Partition {
  const queryInput = (range: Range): QueryCommandInput => ({
    TableName,
    KeyConditionExpression:
      'prefix' in range ? 'pk = :pk AND begins_with(sk, :prefix)' : 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':pk': pk,
      ...('prefix' in range ? { ':prefix': range.prefix } : { ':from': range.from, ':to': range.to }),
    },
  });

  const getAll: Partition['getAll'] = async (sks) => {
    const items: Item[] = [];
    let wanted: Record<string, unknown>[] = sks.map((sk) => ({ pk, sk }));
    while (wanted.length > 0) {
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({ RequestItems: { [TableName]: { Keys: wanted.slice(0, 100), ConsistentRead: true } } }),
      );
      items.push(...(Responses?.[TableName] ?? []));
      wanted = [...(UnprocessedKeys?.[TableName]?.Keys ?? []), ...wanted.slice(100)];
    }
    return items;
  };

  return {
    getAll,
    get: async (sk) => (await getAll([sk]))[0],

    async query(range, consistency) {
      const items: Item[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const answer = await client.send(
          new QueryCommand({
            ...queryInput(range),
            ConsistentRead: consistency !== 'eventual',
            ExclusiveStartKey: start,
          }),
        );
        items.push(...(answer.Items ?? []));
        start = answer.LastEvaluatedKey;
      } while (start !== undefined);
      return items;
    },

    async queryFirst(range, limit, after) {
      const { Items } = await client.send(
        new QueryCommand({
          ...queryInput(range),
          Limit: limit,
          ConsistentRead: true,
          ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
        }),
      );
      return Items ?? [];
    },

    async put(sk, item) {
      await client.send(new PutCommand({ TableName, Item: { ...item, pk, sk } }));
    },

    putNew: (sk, item) =>
      unlessRefused(() =>
        client.send(
          new PutCommand({
            TableName,
            Item: { ...item, pk, sk },
            ConditionExpression: 'attribute_not_exists(#sk)',
            ExpressionAttributeNames: { '#sk': 'sk' },
          }),
        ),
      ),

    replace: (sk, item, { name, was }) =>
      unlessRefused(() =>
        client.send(
          new PutCommand({
            TableName,
            Item: { ...item, pk, sk },
            ConditionExpression: '#name = :was',
            ExpressionAttributeNames: { '#name': name },
            ExpressionAttributeValues: { ':was': was },
          }),
        ),
      ),

    async putFenced(sk, item, token) {
      const written = await unlessRefused(() =>
        client.send(
          new PutCommand({
            TableName,
            Item: { ...item, pk, sk, token },
            ConditionExpression: 'attribute_not_exists(#token) OR #token <= :token',
            ExpressionAttributeNames: { '#token': 'token' },
            ExpressionAttributeValues: { ':token': token },
          }),
        ),
      );
      if (!written) throw new LeaseLost('a newer run has stored devices');
    },

    async delete(sk) {
      const { Attributes } = await client.send(
        new DeleteCommand({ TableName, Key: { pk, sk }, ReturnValues: 'ALL_OLD' }),
      );
      return Attributes !== undefined;
    },

    async nextNumber(sk) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: { pk, sk },
          UpdateExpression: 'ADD #given :one',
          ExpressionAttributeNames: { '#given': 'given' },
          ExpressionAttributeValues: { ':one': 1 },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      return Number(Attributes?.given) - 1;
    },
  };
}

async function unlessRefused(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (conditionFailed(error)) return false;
    throw error;
  }
}
