import { type AttributeJson, fromAttributes, toAttribute, toAttributes } from './attribute-value.ts';

type Members = Readonly<Record<string, unknown>>;

/** Which parts of an operation's input and output are values of ours, and not DynamoDB's own. */
interface WireForm {
  readonly operation: string;
  readonly input: Readonly<Record<string, (part: never) => unknown>>;
  readonly output: Readonly<Record<string, (part: never) => unknown>>;
}

const VALUES = { ExpressionAttributeValues: toAttributes };
const KEY_AND_VALUES = { Key: toAttributes, ...VALUES };
const ATTRIBUTES = { Attributes: fromAttributes };

const items = (list: readonly Record<string, AttributeJson>[]): unknown => list.map(fromAttributes);
const mapped = <In, Out>(record: Readonly<Record<string, In>>, change: (value: In) => Out): Record<string, Out> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

interface KeysOfTable {
  readonly Keys: readonly Members[];
}
type Writes = readonly { readonly PutRequest?: { Item: Members }; readonly DeleteRequest?: { Key: Members } }[];

const keysWith = (change: (key: never) => unknown) => (tables: Readonly<Record<string, KeysOfTable>>) =>
  mapped(tables, (table) => ({ ...table, Keys: table.Keys.map((key) => change(key as never)) }));

const writesWith = (change: (item: never) => unknown) => (tables: Readonly<Record<string, Writes>>) =>
  mapped(tables, (writes) =>
    writes.map(({ PutRequest, DeleteRequest }) => ({
      ...(PutRequest && { PutRequest: { Item: change(PutRequest.Item as never) } }),
      ...(DeleteRequest && { DeleteRequest: { Key: change(DeleteRequest.Key as never) } }),
    })),
  );

interface StatementAnswer {
  readonly Item?: Record<string, AttributeJson>;
  readonly Error?: { readonly Item?: Record<string, AttributeJson> };
}

/** By the name of lib-dynamodb's command. Whatever is not here goes the SDK's way. */
export const WIRE_FORMS: Readonly<Record<string, WireForm | undefined>> = {
  GetCommand: { operation: 'GetItem', input: KEY_AND_VALUES, output: { Item: fromAttributes } },
  PutCommand: { operation: 'PutItem', input: { Item: toAttributes, ...VALUES }, output: ATTRIBUTES },
  UpdateCommand: { operation: 'UpdateItem', input: KEY_AND_VALUES, output: ATTRIBUTES },
  DeleteCommand: { operation: 'DeleteItem', input: KEY_AND_VALUES, output: ATTRIBUTES },
  QueryCommand: {
    operation: 'Query',
    input: { ExclusiveStartKey: toAttributes, ...VALUES },
    output: { Items: items, LastEvaluatedKey: fromAttributes },
  },
  BatchGetCommand: {
    operation: 'BatchGetItem',
    input: { RequestItems: keysWith(toAttributes) },
    output: {
      Responses: (tables: Readonly<Record<string, Record<string, AttributeJson>[]>>) => mapped(tables, items),
      UnprocessedKeys: keysWith(fromAttributes),
    },
  },
  BatchWriteCommand: {
    operation: 'BatchWriteItem',
    input: { RequestItems: writesWith(toAttributes) },
    output: { UnprocessedItems: writesWith(fromAttributes) },
  },
  BatchExecuteStatementCommand: {
    operation: 'BatchExecuteStatement',
    input: {
      Statements: (list: readonly { readonly Parameters?: readonly unknown[] }[]) =>
        list.map(({ Parameters, ...rest }) => ({
          ...rest,
          ...(Parameters && { Parameters: Parameters.map(toAttribute) }),
        })),
    },
    output: {
      Responses: (list: readonly StatementAnswer[]) =>
        list.map(({ Item, Error: problem, ...rest }) => ({
          ...rest,
          ...(Item && { Item: fromAttributes(Item) }),
          ...(problem && { Error: { ...problem, ...(problem.Item && { Item: fromAttributes(problem.Item) }) } }),
        })),
    },
  },
};

/** Parts that are absent stay absent. */
export function convert(parts: Members, conversions: WireForm['input']): Record<string, unknown> {
  const converted: Record<string, unknown> = { ...parts };
  for (const name in conversions) {
    if (converted[name] !== undefined) converted[name] = conversions[name]?.(converted[name] as never);
  }
  return converted;
}
