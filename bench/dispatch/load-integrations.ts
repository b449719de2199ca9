import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { asIntegrationId } from '../../functions/model/ids.ts';
import { newItem } from '../../functions/store/integration-item.ts';
import { TENANT } from '../rig.ts';

const LANES = 12;
const PER_CALL = 25;

/** Puts `count` integrations into the table, the one with number n due at `dueAt(n)`. */
export async function loadIntegrations(
  count: number,
  dueAt: (number: number) => number,
  { client, tableName, shards }: { client: DynamoDBClient; tableName: string; shards: number },
): Promise<void> {
  const now = Date.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next += PER_CALL;
      const requests = Array.from({ length: Math.min(PER_CALL, count - from) }, (_, index) => {
        const number = from + index;
        const plan = { send: [], nextSyncAt: dueAt(number), watchedSlot: null };
        const item = newItem({ ...DRAFT, id: asIntegrationId(`integration-${number}`) }, now, plan, shards);
        return { PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } };
      });
      await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

const DRAFT = {
  tenantId: TENANT,
  name: 'Fleet of the north',
  kind: 'carrier',
  provider: 'hologram',
  baseUrl: null,
  accountId: '4711',
  config: {},
  // Long: what was moved on in one tick is hardly due in another.
  syncInterval: 30 * 86_400,
  syncEnabled: true,
  credentials: null,
} as const;
