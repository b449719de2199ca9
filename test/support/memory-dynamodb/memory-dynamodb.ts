import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type TableName, type TableNames, tables } from '../../../functions/store/tables.ts';
import { clone } from './clone.ts';
import { applyUpdate, type Item, parseCondition } from './expression.ts';
import { MemoryTable } from './memory-table.ts';
import { parseUpdateStatement } from './statement.ts';

/**
 * DynamoDB in memory, behind the document client's `send`: a simulation makes millions of calls, and an engine in another
 * process would take hours for them. It evaluates every condition; the store's contract suite shows that it does so as the
 * embedded engine and the emulator do. It throws on every option it does not know.
 */
export class MemoryDynamoDb {
  private readonly stores = new Map<string, MemoryTable>();
  readonly tables: TableNames;
  /** Commands carried out, by name. */
  readonly calls = new Map<string, number>();

  constructor({
    prefix = 'memory',
    now = Date.now,
    indexLagMs = () => 0,
    shortPage = () => false,
  }: MemoryOptions = {}) {
    this.tables = Object.fromEntries(
      Object.keys(tables).map((name) => [name, `${prefix}-${name}`]),
    ) as unknown as TableNames;
    for (const [name, definition] of Object.entries(tables)) {
      this.stores.set(`${prefix}-${name}`, new MemoryTable(definition, { now, indexLagMs, shortPage }));
    }
  }

  get client(): DynamoDBDocumentClient {
    return { send: (command: AnyCommand) => this.send(command) } as unknown as DynamoDBDocumentClient;
  }

  table(name: TableName): MemoryTable {
    return this.store(this.tables[name]);
  }

  async send(command: AnyCommand): Promise<unknown> {
    const name = command.constructor.name;
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const input = defined(command.input);
    switch (name) {
      case 'GetCommand':
        return this.get(input);
      case 'PutCommand':
        return this.put(input);
      case 'UpdateCommand':
        return this.update(input);
      case 'DeleteCommand':
        return this.delete(input);
      case 'QueryCommand':
        return this.store(input.TableName).query(input);
      case 'BatchGetCommand':
        return this.batchGet(input);
      case 'BatchWriteCommand':
        return this.batchWrite(input);
      case 'TransactWriteCommand':
        return this.transact(input);
      case 'BatchExecuteStatementCommand':
        return this.statements(input);
      default:
        throw new Error(`the memory engine does not know ${name}`);
    }
  }

  private store(name: unknown): MemoryTable {
    const store = this.stores.get(String(name));
    if (store === undefined) throw named('ResourceNotFoundException', `no table ${name}`);
    return store;
  }

  private get(input: Input): unknown {
    known(input, ['TableName', 'Key', 'ConsistentRead', 'ProjectionExpression', 'ExpressionAttributeNames']);
    const item = this.store(input.TableName).get(input.Key as Item);
    return item === undefined ? {} : { Item: clone(item) };
  }

  private put(input: Input): unknown {
    known(input, [...CONDITIONAL, 'Item']);
    const store = this.store(input.TableName);
    const item = input.Item as Item;
    const old = store.get(item);
    check(input, old, new Set());
    store.set(withoutUndefined(item));
    return input.ReturnValues === 'ALL_OLD' && old !== undefined ? { Attributes: clone(old) } : {};
  }

  private update(input: Input): unknown {
    known(input, [...CONDITIONAL, 'Key', 'UpdateExpression']);
    const store = this.store(input.TableName);
    const old = store.get(input.Key as Item);
    // The condition comes first: an update that could not be carried out is no error where the condition fails.
    check(input, old, usedByUpdate(input));
    const text = String(input.UpdateExpression);
    const touched = new Set<string>();
    const updated = applyUpdate(text, old ?? (input.Key as Item), placeholdersOf(input), new Set(), touched);
    store.set(updated);
    switch (input.ReturnValues) {
      case 'ALL_NEW':
        return { Attributes: clone(updated) };
      case 'ALL_OLD':
        return old === undefined ? {} : { Attributes: clone(old) };
      case 'UPDATED_NEW':
        return {
          Attributes: clone(Object.fromEntries(Object.entries(updated).filter(([name]) => touched.has(name)))),
        };
      case undefined:
      case 'NONE':
        return {};
      default:
        throw new Error(`the memory engine does not know ReturnValues ${input.ReturnValues}`);
    }
  }

  private delete(input: Input): unknown {
    known(input, [...CONDITIONAL, 'Key']);
    const store = this.store(input.TableName);
    const old = store.get(input.Key as Item);
    check(input, old, new Set());
    store.remove(input.Key as Item);
    return input.ReturnValues === 'ALL_OLD' && old !== undefined ? { Attributes: clone(old) } : {};
  }

  private batchGet(input: Input): unknown {
    const Responses: Record<string, Item[]> = {};
    for (const [name, request] of Object.entries(input.RequestItems as Record<string, { Keys: Item[] }>)) {
      if (request.Keys.length > 100) throw named('ValidationException', 'too many keys');
      Responses[name] = request.Keys.flatMap((key): Item[] => {
        const item = this.store(name).get(key);
        return item === undefined ? [] : [clone(item)];
      });
    }
    return { Responses, UnprocessedKeys: {} };
  }

  private batchWrite(input: Input): unknown {
    const all = Object.entries(input.RequestItems as Record<string, readonly WriteRequest[]>);
    if (all.reduce((total, [, requests]) => total + requests.length, 0) > 25) {
      throw named('ValidationException', 'too many items');
    }
    for (const [name, requests] of all) {
      for (const request of requests) {
        if (request.PutRequest) this.store(name).set(withoutUndefined(request.PutRequest.Item));
        else if (request.DeleteRequest) this.store(name).remove(request.DeleteRequest.Key);
        else throw new Error('the memory engine does not know this write request');
      }
    }
    return { UnprocessedItems: {} };
  }

  private transact(input: Input): unknown {
    known(input, ['TransactItems', 'ClientRequestToken']);
    const items = input.TransactItems as readonly Record<string, Input>[];
    const reasons = items.map((entry) => this.checkTransactItem(entry));
    if (reasons.some((reason) => reason.Code !== 'None')) {
      throw new TransactionCanceledException({
        message: `Transaction cancelled: ${reasons.map((reason) => reason.Code).join(', ')}`,
        CancellationReasons: reasons,
        $metadata: {},
      });
    }
    for (const entry of items) {
      const { Put, Update, Delete } = entry;
      if (Put) this.put(Put);
      if (Update) this.update(Update);
      if (Delete) this.delete(Delete);
    }
    return {};
  }

  private checkTransactItem(entry: Record<string, Input>): CancellationReason {
    const [[, input] = []] = Object.entries(entry);
    if (input === undefined) throw new Error('an empty transaction item');
    const old = this.store(input.TableName).get((input.Item ?? input.Key) as Item);
    try {
      check(input, old, usedByUpdate(input));
      return { Code: 'None' };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { Code: 'ConditionalCheckFailed', ...(error.Item && { Item: error.Item }) };
    }
  }

  private statements(input: Input): unknown {
    const statements = input.Statements as readonly { Statement: string; Parameters: readonly unknown[] }[];
    if (statements.length > 25) throw named('ValidationException', 'too many statements');
    return {
      Responses: statements.map(({ Statement, Parameters }) => {
        const { tableName, set, where } = parseUpdateStatement(Statement, Parameters);
        const store = this.store(tableName);
        const old = store.get(where);
        if (old === undefined || Object.entries(where).some(([name, value]) => old[name] !== value)) {
          return { Error: { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' } };
        }
        store.set({ ...old, ...set });
        return {};
      }),
    };
  }
}

export interface MemoryOptions {
  readonly prefix?: string;
  readonly now?: () => number;
  /** How long an index shows what was before a write; called per write. */
  readonly indexLagMs?: () => number;
  /** Ends a query's page after its first item, as DynamoDB may; called per query. */
  readonly shortPage?: () => boolean;
}

interface AnyCommand {
  readonly input: unknown;
}
type Input = Readonly<Record<string, unknown>>;
interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

const CONDITIONAL = [
  'TableName',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
  'ReturnConsumedCapacity',
] as const;

function known(input: Input, names: readonly string[]): void {
  const unknown = Object.keys(input).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`the memory engine does not know ${unknown.join(', ')}`);
}

const defined = (input: unknown): Input =>
  Object.fromEntries(Object.entries(input as object).filter(([, value]) => value !== undefined));

const placeholdersOf = (input: Input) => ({
  names: (input.ExpressionAttributeNames ?? {}) as Record<string, string>,
  values: (input.ExpressionAttributeValues ?? {}) as Record<string, unknown>,
});

const placeholdersIn = new Map<string, readonly string[]>();

function usedByUpdate(input: Input): Set<string> {
  const text = String(input.UpdateExpression ?? '');
  let names = placeholdersIn.get(text);
  if (names === undefined) {
    names = [...text.matchAll(/[#:]\w+/g)].map(([name]) => name);
    placeholdersIn.set(text, names);
  }
  return new Set(names);
}

/** Throws when the condition fails, and when a placeholder is not used, as DynamoDB does. */
function check(input: Input, old: Item | undefined, used: Set<string>): void {
  const placeholders = placeholdersOf(input);
  const condition = input.ConditionExpression;
  const holds = condition === undefined || parseCondition(String(condition), placeholders, used)(old ?? {});
  for (const name of [...Object.keys(placeholders.names), ...Object.keys(placeholders.values)]) {
    if (!used.has(name)) throw named('ValidationException', `Value unused in expressions: ${name}`);
  }
  if (holds) return;
  throw new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && old !== undefined && { Item: marshall(old) }),
  });
}

function withoutUndefined(item: Item): Item {
  return Object.fromEntries(Object.entries(clone(item)).filter(([, value]) => value !== undefined));
}

export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
