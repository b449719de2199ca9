import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What DynamoDB says a stretch of work consumed. */
export interface Usage {
  /** Of tables and indexes together. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Requests, by command: `UpdateItemCommand` → 2. */
  readonly calls: Readonly<Record<string, number>>;
  /** Units by where they went: `write integrations`, `write integrations/due`, `read data`. */
  readonly byTarget: Readonly<Record<string, number>>;
}

export interface CapacityMeter {
  /** Since the last reset. */
  usage(): Usage;
  reset(): void;
}

interface Consumed {
  readonly TableName?: string;
  readonly CapacityUnits?: number;
  readonly Table?: { readonly CapacityUnits?: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>;
}

const READS: readonly string[] = ['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand'];

/**
 * Asks for the consumed capacity of every request of the client and adds it up. A request refused by its condition is
 * counted as a call but reports no units, although DynamoDB charges for it.
 */
export function meterCapacity(client: Pick<DynamoDBClient, 'middlewareStack'>): CapacityMeter {
  let calls = new Map<string, number>();
  let units = new Map<string, number>();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = context.commandName ?? 'unknown';
      calls.set(command, (calls.get(command) ?? 0) + 1);
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } });
      const { ConsumedCapacity = [] } = result.output as { readonly ConsumedCapacity?: Consumed | readonly Consumed[] };
      const direction = READS.includes(command) ? 'read' : 'write';
      for (const [target, amount] of [ConsumedCapacity].flat().flatMap(targetsOf)) {
        const name = `${direction} ${target}`;
        units.set(name, (units.get(name) ?? 0) + amount);
      }
      return result;
    },
    { step: 'initialize', name: 'meterCapacity' },
  );
  const total = (direction: string): number =>
    [...units].reduce((sum, [name, amount]) => (name.startsWith(direction) ? sum + amount : sum), 0);
  return {
    usage: () => ({
      writeUnits: total('write'),
      readUnits: total('read'),
      calls: Object.fromEntries(calls),
      byTarget: Object.fromEntries(units),
    }),
    reset() {
      calls = new Map();
      units = new Map();
    },
  };
}

/** By table and index, the table without the deployment's prefix. */
function targetsOf({
  TableName = '',
  CapacityUnits = 0,
  Table,
  GlobalSecondaryIndexes = {},
}: Consumed): [string, number][] {
  const table = TableName.slice(TableName.lastIndexOf('-') + 1);
  const indexes = Object.entries(GlobalSecondaryIndexes).map(
    ([name, { CapacityUnits: amount = 0 }]): [string, number] => [`${table}/${name}`, amount],
  );
  const inIndexes = indexes.reduce((sum, [, amount]) => sum + amount, 0);
  return [[table, Table?.CapacityUnits ?? CapacityUnits - inIndexes], ...indexes];
}

export const callsOf = ({ calls }: Usage): number => Object.values(calls).reduce((sum, count) => sum + count, 0);
