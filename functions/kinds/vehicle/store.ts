import { GetCommand, PutCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { LeaseLost } from '../../model/failure.ts';
import { type IntegrationId, integrationKey, type TenantId } from '../../model/ids.ts';
import { conditionFailed } from '../../store/database.ts';
import type { DataTable } from '../kind.ts';
import { type Block, type BlockStore, blockKey, blockStart } from './blocks/block.ts';

const PARALLEL_READS = 20;

/** Everything of one vehicle lies in its integration's partition of the data table: `m#<start>` blocks, `a#<id>` alarms, `channels`, `state`. */
export interface VehicleStore extends BlockStore {
  /** A document by its sort key; undefined when there is none. */
  document(sk: string): Promise<Record<string, unknown> | undefined>;
  documents(sks: readonly string[]): Promise<Record<string, unknown>[]>;
  /** All documents whose sort key begins so. */
  documentsUnder(prefix: string): Promise<Record<string, unknown>[]>;
  /** Puts a document unless a later run has. Throws LeaseLost then. */
  putDocument(sk: string, document: Readonly<Record<string, unknown>>, token: number): Promise<void>;
}

export function vehicleStore(
  owner: { tenantId: TenantId; integrationId: IntegrationId },
  data: DataTable,
): VehicleStore {
  const { client, tableName: TableName } = data;
  const pk = integrationKey(owner.tenantId, owner.integrationId);

  async function* query(input: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<Record<string, unknown>[]> {
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({ TableName, ...input, ...(from !== undefined && { ExclusiveStartKey: from }) }),
      );
      yield page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  /** False when the condition did not hold. */
  async function putIf(item: Record<string, unknown>, condition: Partial<PutCommand['input']>): Promise<boolean> {
    try {
      await client.send(new PutCommand({ TableName, Item: { pk, ...item }, ...condition }));
      return true;
    } catch (error) {
      if (conditionFailed(error)) return false;
      throw error;
    }
  }

  async function document(sk: string): Promise<Record<string, unknown> | undefined> {
    const found = await client.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }));
    return found.Item;
  }

  const blockItem = ({ start, bytes, expiresAt }: Block) => ({ sk: blockKey(start), b: bytes, expiresAt });

  return {
    // Attribute names and the numbers' own bytes count as well; 24 is more than they need.
    blockOverheadBytes: pk.length + blockKey(0).length + 24,

    addBlock: (block) => putIf(blockItem(block), { ConditionExpression: 'attribute_not_exists(pk)' }),

    replaceBlock: (old, block) =>
      putIf(blockItem(block), { ConditionExpression: 'b = :old', ExpressionAttributeValues: { ':old': old.bytes } }),

    async block(start) {
      const found = await client.send(
        new GetCommand({ TableName, Key: { pk, sk: blockKey(start) }, ConsistentRead: true }),
      );
      return found.Item === undefined ? undefined : toBlock(found.Item);
    },

    async *blocksBackwards(from, to) {
      // A look-back touches the last few blocks only: pages stay small, a strong read is paid by what it passes.
      const pages = query({ ...between(pk, from, to), ScanIndexForward: false, ConsistentRead: true, Limit: 4 });
      for await (const page of pages) for (const item of page) yield toBlock(item);
    },

    async *blocks(from, to) {
      const pages = query({ ...between(pk, from, to), ProjectionExpression: 'sk, b, expiresAt' });
      for await (const page of pages) yield page.map(toBlock);
    },

    document,

    async documents(sks) {
      const found: Record<string, unknown>[] = [];
      // One by one, since each is then tried again by itself when the table is busy; there are few.
      for (let at = 0; at < sks.length; at += PARALLEL_READS) {
        const answers = await Promise.all(sks.slice(at, at + PARALLEL_READS).map((sk) => document(sk)));
        for (const item of answers) if (item !== undefined) found.push(item);
      }
      return found;
    },

    async documentsUnder(prefix) {
      const found: Record<string, unknown>[] = [];
      const pages = query({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      });
      for await (const page of pages) found.push(...page);
      return found;
    },

    async putDocument(sk, document, token) {
      const stored = await putIf(
        { sk, ...document, fence: token },
        {
          ConditionExpression: 'attribute_not_exists(fence) OR fence <= :token',
          ExpressionAttributeValues: { ':token': token },
        },
      );
      if (!stored) throw new LeaseLost('a later run has stored this vehicle’s data');
    },
  };
}

/** Blocks whose start lies in from … to, both inclusive. */
function between(pk: string, from: number, to: number) {
  return {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': pk, ':from': blockKey(from), ':to': blockKey(to) },
  };
}

function toBlock(item: Record<string, unknown>): Block {
  return {
    start: blockStart(String(item.sk)),
    bytes: item.b instanceof Uint8Array ? item.b : new Uint8Array(),
    expiresAt: Number(item.expiresAt),
  };
}
