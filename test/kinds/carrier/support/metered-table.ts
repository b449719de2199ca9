import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DataTable } from '../../../../functions/kinds/kind.ts';

/** The same table, counting the write units of every command. */
export function meteredTable({ client, tableName }: DataTable): {
  readonly table: DataTable;
  readonly writeUnits: number;
  reset(): void;
} {
  let units = 0;
  const send = async (command: { input: Record<string, unknown>; constructor: { name: string } }): Promise<unknown> => {
    command.input.ReturnConsumedCapacity = 'TOTAL';
    const answer = (await client.send(command as never)) as { ConsumedCapacity?: unknown };
    if (/^(Put|Update|Delete|BatchWrite|TransactWrite)/.test(command.constructor.name)) units += unitsIn(answer);
    return answer;
  };
  return {
    table: { client: { send } as unknown as DynamoDBDocumentClient, tableName },
    get writeUnits() {
      return units;
    },
    reset() {
      units = 0;
    },
  };
}

function unitsIn({ ConsumedCapacity: consumed }: { ConsumedCapacity?: unknown }): number {
  const all = (Array.isArray(consumed) ? consumed : [consumed]) as ({ CapacityUnits?: number } | undefined)[];
  if (all.some((each) => each?.CapacityUnits === undefined)) throw new Error('no consumed capacity was told');
  return all.reduce((sum, each) => sum + (each?.CapacityUnits ?? 0), 0);
}
