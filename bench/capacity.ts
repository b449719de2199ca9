import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What DynamoDB says a stretch of work consumed. */
export interface Usage {
  /** Of tables and indexes together. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Requests, by command: `UpdateCommand` → 2. */
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

const READS: readonly string[] = ['GetCommand', 'BatchGetCommand', 'QueryCommand', 'ScanCommand'];

/**
 * Asks for the consumed capacity of every request of the client and adds it up. A request refused by its condition is
 * counted as a call but reports no units, although DynamoDB charges for it.
 */
export function meterCapacity(client: Pick<DynamoDBDocumentClient, 'send'>): CapacityMeter {
  let calls = new Map<string, number>();
  let units = new Map<string, number>();
  const send = client.send.bind(client) as (command: object) => Promise<unknown>;
  const metered = async (command: { readonly input: object }): Promise<unknown> => {
    const name = command.constructor.name;
    calls.set(name, (calls.get(name) ?? 0) + 1);
    Object.assign(command.input, { ReturnConsumedCapacity: 'INDEXES' });
    const output = await send(command);
    const { ConsumedCapacity = [] } = output as { readonly ConsumedCapacity?: Consumed | readonly Consumed[] };
    const direction = READS.includes(name) ? 'read' : 'write';
    for (const [target, amount] of [ConsumedCapacity].flat().flatMap(targetsOf)) {
      const unit = `${direction} ${target}`;
      units.set(unit, (units.get(unit) ?? 0) + amount);
    }
    return output;
  };
  Object.assign(client, { send: metered });
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
