import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  type KeyAttribute,
  TABLE_NAMES,
  type TableDefinition,
  type TableNames,
  TTL_ATTRIBUTE,
  tableNames,
  tables,
} from '../../functions/store/tables.ts';

/** Creates the tables that are missing, on demand and with their indexes. Throws when one is there in another shape. */
export async function ensureTables(client: DynamoDBClient, prefix: string): Promise<TableNames> {
  const names = tableNames(prefix);
  await Promise.all(TABLE_NAMES.map((name) => ensureTable(client, createTableInput(names[name], tables[name]))));
  return names;
}

async function ensureTable(client: DynamoDBClient, input: CreateTableCommandInput): Promise<void> {
  const TableName = input.TableName;
  try {
    const { TableDescription: created } = await client.send(new CreateTableCommand(input));
    if (created?.TableStatus !== 'ACTIVE') await untilActive(client, TableName);
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    await untilActive(client, TableName);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    const difference = shapeDifference(input, Table ?? {});
    if (difference) {
      throw new Error(
        `The table ${TableName} is there with another ${difference}. Start with an empty data directory.`,
      );
    }
    return;
  }
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
    }),
  );
}

async function untilActive(client: DynamoDBClient, TableName: string | undefined): Promise<void> {
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName });
}

function createTableInput(TableName: string, definition: TableDefinition): CreateTableCommandInput {
  const keyAttributes = [definition, ...definition.indexes]
    .flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey])
    .filter((key) => key !== undefined);
  const types = new Map(keyAttributes.map(({ name, type }) => [name, type]));
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(definition.partitionKey, definition.sortKey),
    AttributeDefinitions: [...types].map(
      ([AttributeName, AttributeType]): AttributeDefinition => ({ AttributeName, AttributeType }),
    ),
    // An empty list is an error.
    ...(definition.indexes.length > 0 && {
      GlobalSecondaryIndexes: definition.indexes.map(({ name, partitionKey, sortKey, projection }) => ({
        IndexName: name,
        KeySchema: keySchema(partitionKey, sortKey),
        Projection:
          projection === 'KEYS_ONLY'
            ? { ProjectionType: 'KEYS_ONLY' as const }
            : { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...projection] },
      })),
    }),
  };
}

function keySchema(partitionKey: KeyAttribute, sortKey?: KeyAttribute): KeySchemaElement[] {
  const hash: KeySchemaElement = { AttributeName: partitionKey.name, KeyType: 'HASH' };
  return sortKey === undefined ? [hash] : [hash, { AttributeName: sortKey.name, KeyType: 'RANGE' }];
}

function shapeDifference(
  wanted: CreateTableCommandInput,
  found: TableDescription,
): 'key' | 'set of indexes' | undefined {
  const keys = (schema: readonly KeySchemaElement[] = []): string =>
    schema.map(({ AttributeName, KeyType }) => `${KeyType}:${AttributeName}`).join();
  const indexes = (
    list: CreateTableCommandInput['GlobalSecondaryIndexes'] | TableDescription['GlobalSecondaryIndexes'],
  ): string =>
    (list ?? [])
      .map(
        ({ IndexName, KeySchema, Projection }) =>
          `${IndexName}(${keys(KeySchema)})${Projection?.ProjectionType}[${[...(Projection?.NonKeyAttributes ?? [])].sort()}]`,
      )
      .sort()
      .join();
  if (keys(wanted.KeySchema) !== keys(found.KeySchema)) return 'key';
  if (indexes(wanted.GlobalSecondaryIndexes) !== indexes(found.GlobalSecondaryIndexes)) return 'set of indexes';
  return undefined;
}
