import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { IntegrationKey } from '../../model/ids.ts';
import { conditionFailed } from '../../store/database.ts';
import type { DataTable } from '../kind.ts';

/** An item of the register's partition without its partition key. */
export interface Item {
  readonly sk: string;
  readonly [attribute: string]: unknown;
}

/** `#name` stands for the attribute `name`, `:name` for `values.name`. */
export interface Condition {
  readonly that: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

export const ABSENT: Condition = { that: 'attribute_not_exists(pk)' };

export interface Page {
  readonly items: readonly Item[];
  /** Sort key to go on after; undefined at the end. */
  readonly after: string | undefined;
}

export type Step =
  | { readonly put: Item; readonly if: Condition }
  | { readonly update: string; readonly set: Readonly<Record<string, unknown>>; readonly if: Condition }
  | { readonly delete: string; readonly if: Condition };

/**
 * One register's partition of the data table: documents, the queue of those that wait, the journal of those that arrived.
 * Every read is strongly consistent: an index that lags behind could let a register go to sleep with a receipt in it.
 * Conditional writes answer whether the condition held.
 */
export interface Partition {
  readonly pk: IntegrationKey;
  get(sk: string): Promise<Item | undefined>;
  /** In no order; what does not exist is left out. */
  getMany(sks: readonly string[]): Promise<readonly Item[]>;
  put(item: Item, condition?: Condition): Promise<boolean>;
  /** Sets attributes, removes those given as null. */
  update(sk: string, set: Readonly<Record<string, unknown>>, condition: Condition): Promise<boolean>;
  delete(sk: string, condition?: Condition): Promise<boolean>;
  /** Items whose sort key begins with `prefix`, in its order. `attributes`: only these, and the sort key. */
  list(prefix: string, options?: ListOptions): Promise<Page>;
  /** How many there are: reads them all, so only for what is few. */
  count(prefix: string): Promise<number>;
  /** All or nothing. */
  transact(steps: readonly Step[]): Promise<boolean>;
}

export interface ListOptions {
  readonly limit?: number;
  readonly backwards?: boolean;
  readonly after?: string | undefined;
  readonly attributes?: readonly string[];
}

/** What BatchGetItem takes at once. */
const BATCH = 100;

export function openPartition({ client, tableName }: DataTable, pk: IntegrationKey): Partition {
  const TableName = tableName;
  const keyOf = (sk: string): { pk: string; sk: string } => ({ pk, sk });

  const query = (prefix: string, more: Partial<QueryCommandInput>): QueryCommand =>
    new QueryCommand({
      TableName,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      ConsistentRead: true,
      ...more,
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', ...more.ExpressionAttributeNames },
    });

  return {
    pk,
    async get(sk) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(sk), ConsistentRead: true }));
      return Item as Item | undefined;
    },

    async getMany(sks) {
      const found: Item[] = [];
      for (let from = 0; from < sks.length; from += BATCH) {
        let left: Record<string, unknown>[] = sks.slice(from, from + BATCH).map(keyOf);
        while (left.length > 0) {
          const { Responses, UnprocessedKeys } = await client.send(
            new BatchGetCommand({ RequestItems: { [TableName]: { Keys: left, ConsistentRead: true } } }),
          );
          found.push(...((Responses?.[TableName] ?? []) as Item[]));
          left = UnprocessedKeys?.[TableName]?.Keys ?? [];
        }
      }
      return found;
    },

    put: (item, condition) =>
      held(client.send(new PutCommand({ TableName, Item: { pk, ...item }, ...conditionOf(condition) }))),

    update: (sk, set, condition) =>
      held(client.send(new UpdateCommand({ TableName, Key: keyOf(sk), ...updateOf(set, condition) }))),

    delete: (sk, condition) =>
      held(client.send(new DeleteCommand({ TableName, Key: keyOf(sk), ...conditionOf(condition) }))),

    async list(prefix, { limit, backwards = false, after, attributes } = {}) {
      const { Items, LastEvaluatedKey } = await client.send(
        query(prefix, {
          ScanIndexForward: !backwards,
          ...(limit !== undefined && { Limit: limit }),
          ...(after !== undefined && { ExclusiveStartKey: keyOf(after) }),
          ...(attributes !== undefined && {
            ProjectionExpression: ['#sk', ...attributes.map((name) => `#${name}`)].join(', '),
            ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
          }),
        }),
      );
      return { items: (Items ?? []) as Item[], after: LastEvaluatedKey && String(LastEvaluatedKey.sk) };
    },

    async count(prefix) {
      let count = 0;
      let from: Record<string, unknown> | undefined;
      do {
        const answer = await client.send(query(prefix, { Select: 'COUNT', ...(from && { ExclusiveStartKey: from }) }));
        count += answer.Count ?? 0;
        from = answer.LastEvaluatedKey;
      } while (from !== undefined);
      return count;
    },

    transact: (steps) =>
      held(
        client.send(
          new TransactWriteCommand({
            TransactItems: steps.map((step) => {
              if ('put' in step) return { Put: { TableName, Item: { pk, ...step.put }, ...conditionOf(step.if) } };
              if ('delete' in step) return { Delete: { TableName, Key: keyOf(step.delete), ...conditionOf(step.if) } };
              return { Update: { TableName, Key: keyOf(step.update), ...updateOf(step.set, step.if) } };
            }),
          }),
        ),
      ),
  };
}

interface Expression {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

function conditionOf(condition: Condition | undefined): Expression {
  if (condition === undefined) return {};
  const names = namesIn(condition.that);
  const values = valuesOf(condition);
  return {
    ConditionExpression: condition.that,
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

function updateOf(
  set: Readonly<Record<string, unknown>>,
  condition: Condition,
): Expression & { readonly UpdateExpression: string } {
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  const kept = given.filter(([, value]) => value !== null);
  const removed = given.filter(([, value]) => value === null).map(([name]) => `#${name}`);
  const parts = [
    kept.length > 0 ? `SET ${kept.map(([name]) => `#${name} = :new_${name}`).join(', ')}` : '',
    removed.length > 0 ? `REMOVE ${removed.join(', ')}` : '',
  ];
  const UpdateExpression = parts.filter((part) => part !== '').join(' ');
  return {
    UpdateExpression,
    ConditionExpression: condition.that,
    ExpressionAttributeNames: namesIn(`${UpdateExpression} ${condition.that}`),
    ExpressionAttributeValues: {
      ...valuesOf(condition),
      ...Object.fromEntries(kept.map(([name, value]) => [`:new_${name}`, value])),
    },
  };
}

const namesIn = (expression: string): Record<string, string> =>
  Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([whole, name]) => [whole, String(name)]));

const valuesOf = ({ values = {} }: Condition): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));

async function held(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (conditionFailed(error)) return false;
    throw error;
  }
}
