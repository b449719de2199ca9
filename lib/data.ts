import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TABLE_NAMES, type TableName, TTL_ATTRIBUTE, tableNames, tables } from '../functions/store/tables.ts';
import type { Configuration } from './configuration.ts';
import type { LambdaFunction } from './lambda-function.ts';

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

const READ = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'] as const;
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'] as const;

/** The tables, as functions/store/tables.ts defines them. On demand: nothing is paid while nothing is due. */
export class Data extends Construct {
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly indexes: readonly { readonly table: Table; readonly index: string }[];
  private readonly prefix: string;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    this.prefix = configuration.prefix;
    const names = tableNames(configuration.prefix);
    const made = TABLE_NAMES.map((name) => [name, this.table(name, names[name], configuration.disposable)] as const);
    this.tables = Object.fromEntries(made) as Record<TableName, Table>;
    this.indexes = TABLE_NAMES.flatMap((name) =>
      tables[name].indexes.map((index) => ({ table: this.tables[name], index: index.name })),
    );
  }

  grantReadWrite(fn: LambdaFunction, names: readonly TableName[]): void {
    const resources = names.flatMap((name) => {
      const arn = this.tables[name].tableArn;
      return [arn, ...tables[name].indexes.map((index) => `${arn}/index/${index.name}`)];
    });
    fn.allow([...READ, ...WRITE], resources);
    fn.setEnvironment('TABLE_PREFIX', this.prefix);
  }

  /** A run reads its integration and changes it; it makes none, looks for no others and removes none. */
  grantRun(fn: LambdaFunction, names: readonly TableName[]): void {
    fn.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [this.tables.integrations.tableArn]);
    this.grantReadWrite(fn, names);
  }

  /** The dispatcher reads the due index and moves slots, 25 in a PartiQL batch. */
  grantDispatch(fn: LambdaFunction): void {
    const { tableArn } = this.tables.integrations;
    fn.allow(['dynamodb:Query'], [`${tableArn}/index/due`]);
    fn.allow(['dynamodb:PartiQLUpdate'], [tableArn]);
    fn.setEnvironment('TABLE_PREFIX', this.prefix);
  }

  private table(name: TableName, physicalName: string, disposable: boolean): Table {
    const definition = tables[name];
    const key = (attribute: { name: string; type: 'S' | 'N' }) => ({
      name: attribute.name,
      type: TYPES[attribute.type],
    });
    const table = new Table(this, name, {
      tableName: physicalName,
      partitionKey: key(definition.partitionKey),
      ...(definition.sortKey ? { sortKey: key(definition.sortKey) } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: !disposable,
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      timeToLiveAttribute: TTL_ATTRIBUTE,
    });
    for (const index of definition.indexes) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: key(index.partitionKey),
        sortKey: key(index.sortKey),
        ...(index.projection === 'KEYS_ONLY'
          ? { projectionType: ProjectionType.KEYS_ONLY }
          : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...index.projection] }),
      });
    }
    return table;
  }
}
