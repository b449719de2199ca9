import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { LeaseLost } from '../../model/failure.ts';
import { integrationKey } from '../../model/ids.ts';
import { conditionFailed } from '../../store/database.ts';
import type { DataTable, TestRun } from '../kind.ts';
import { cutBlocks, readBlock } from './blocks.ts';
import { FIRST_TIME } from './date.ts';
import type { Row } from './extract.ts';
import { shortHash } from './hash.ts';

/**
 * The source's own items, all in the integration's partition:
 *
 *   value#<time of the first row>#<hash>#<part>   a page of rows. Keys are made of time and content, so that storing the
 *                                                 same again stores nothing new.
 *   edge#<0 or 1>#<part>                          hashes of the rows at the increment reached, where they are many.
 *   stage#<hash>#<part>                           rows of a walk that is not done yet; no reader looks at them.
 *
 * Rows without a time of their own belong to the slot of their run: all parts of one answer together are a *batch*, visible
 * when all its parts are there. A slot that is run again after a crash, and answered otherwise, leaves two batches: the higher
 * token counts. Not so when they were read from different cursors (a run by hand at the very time of a slot): both count.
 * Rows with a time of their own stand in pages of a day at most, each for itself.
 */
export interface ValuePage {
  readonly sk: string;
  /** Run that stored it. */
  readonly token: number;
  /** Epoch ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** How many data values are in it. */
  readonly values: number;
  readonly data: Uint8Array;
  /** Present on a part of a batch. */
  readonly batch?: { readonly hash: string; readonly parts: number; readonly readFrom: string };
  /** Epoch seconds; absent: kept for ever. */
  readonly expiresAt?: number;
}

/** A row with its time. */
export type TimedRow = Row & { readonly at: number };

/** One integration's partition. */
export interface Place {
  readonly data: DataTable;
  readonly pk: string;
  /** Epoch ms: what had expired by then is not shown, swept or not. */
  readonly now: number;
}

export const placeOf = (run: Pick<TestRun, 'tenantId' | 'integrationId' | 'data' | 'clock'>): Place => ({
  data: run.data,
  pk: integrationKey(run.tenantId, run.integrationId),
  now: run.clock.now(),
});

export const DAY_MS = 24 * 3600_000;

/** Who stores, and for how long. */
export interface Storing {
  readonly token: number;
  /** Null: for ever. */
  readonly retentionDays: number | null;
}

/** Stores the rows of one slot, read from the cursor `readFrom`, as one batch. Throws LeaseLost when a later run has stored the same. */
export async function storeBatch(
  rows: readonly TimedRow[],
  { slot, readFrom, ...storing }: Storing & { readonly slot: number; readonly readFrom: string },
  place: Place,
): Promise<void> {
  const blocks = cutBlocks(rows);
  const hash = shortHash([readFrom, ...blocks.map((block) => shortHash(block.data))].join());
  const pages = blocks.map((block, part) => ({
    ...pageOf(block, slot, slot, storing),
    sk: `value#${timeKey(slot)}#${hash}#${partKey(part)}`,
    batch: { hash, parts: blocks.length, readFrom },
  }));
  await putFenced(pages, place);
}

async function putFenced(items: readonly { readonly token: number }[], place: Place): Promise<void> {
  await forEach(items, async (item) => {
    const stored = await putIf(item, 'attribute_not_exists(pk) OR #token <= :token', item.token, place);
    if (!stored) throw new LeaseLost('A later run has stored this slot');
  });
}

/**
 * Stores an edge for the cursor to name, which has named `inUse` so far; answers the keys. There are two places, and the one
 * in use stays as it is: a run that dies before its cursor moves is made again from what the cursor names.
 */
export async function storeEdge(
  rows: readonly Row[],
  inUse: readonly string[],
  token: number,
  place: Place,
): Promise<string[]> {
  const side = inUse[0]?.startsWith('edge#0#') ? 1 : 0;
  const items = cutBlocks(rows).map(({ data }, part) => ({ sk: `edge#${side}#${partKey(part)}`, token, data }));
  await putFenced(items, place);
  return items.map(({ sk }) => sk);
}

/** Stores rows that have a time of their own; answers the longest time (ms) that one page spans. */
export async function storeDated(rows: readonly TimedRow[], storing: Storing, place: Place): Promise<number> {
  const inOrder = rows.toSorted((a, b) => a.at - b.at);
  const pages = cutBlocks(inOrder, DAY_MS).map((block) => {
    const page = pageOf(block, block.rows[0]?.at ?? 0, block.rows.at(-1)?.at ?? 0, storing);
    return { ...page, sk: `value#${timeKey(page.firstAt)}#${shortHash(block.data)}#${partKey(0)}` };
  });
  // The same page from an earlier attempt stays as it is.
  await forEach(pages, async (page) => {
    await putIf(page, 'attribute_not_exists(pk)', undefined, place);
  });
  return pages.reduce((longest, page) => Math.max(longest, page.lastAt - page.firstAt), 0);
}

function pageOf(
  block: { readonly rows: readonly TimedRow[]; readonly data: Uint8Array },
  firstAt: number,
  lastAt: number,
  { token, retentionDays }: Storing,
): Omit<ValuePage, 'sk'> {
  const values = block.rows.reduce((sum, row) => sum + row.values.length, 0);
  const kept = retentionDays === null ? {} : { expiresAt: Math.ceil((lastAt + retentionDays * DAY_MS) / 1000) };
  return { token, firstAt, lastAt, values, data: block.data, ...kept };
}

const AT_ONCE = 8;

async function forEach<T, R>(list: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < list.length; from += AT_ONCE) {
    results.push(...(await Promise.all(list.slice(from, from + AT_ONCE).map(act))));
  }
  return results;
}

async function putIf(item: object, condition: string, token: number | undefined, place: Place): Promise<boolean> {
  try {
    await place.data.client.send(
      new PutCommand({
        TableName: place.data.tableName,
        Item: { ...item, pk: place.pk },
        ConditionExpression: condition,
        ...(token !== undefined && {
          ExpressionAttributeNames: { '#token': 'token' },
          ExpressionAttributeValues: { ':token': token },
        }),
      }),
    );
    return true;
  } catch (error) {
    if (conditionFailed(error)) return false;
    throw error;
  }
}

/** Pages whose first row is in [from, to), by time or against it. `to` null: all from there on. */
export async function* readPages(
  from: number,
  to: number | null,
  place: Place,
  direction: 'forwards' | 'backwards' = 'forwards',
): AsyncGenerator<ValuePage> {
  let startKey: Record<string, unknown> | undefined;
  // Most readers want a few pages: 1 MB at once would be read, and paid, for nothing.
  let limit = 16;
  do {
    const found = await place.data.client.send(
      new QueryCommand({
        TableName: place.data.tableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': place.pk,
          ':from': `value#${timeKey(from)}`,
          // Keys go on behind the time: this one is before all of time `to`, and behind all of any earlier time.
          ':to': to === null ? 'value#~' : `value#${timeKey(to)}`,
        },
        ScanIndexForward: direction === 'forwards',
        Limit: limit,
        ...(startKey && { ExclusiveStartKey: startKey }),
      }),
    );
    const pages = (found.Items ?? []) as ValuePage[];
    yield* pages.filter(({ expiresAt }) => expiresAt === undefined || expiresAt * 1000 > place.now);
    startKey = found.LastEvaluatedKey;
    limit = Math.min(limit * 2, 1000);
  } while (startKey !== undefined);
}

const STAGE_KEPT_SECONDS = 24 * 3600;

/** Keeps rows of a walk that goes on later; answers the keys to find them by. The table sweeps them when nobody comes back. */
export async function stageRows(rows: readonly Row[], now: number, place: Place): Promise<string[]> {
  const blocks = cutBlocks(rows);
  const hash = shortHash(blocks.map((block) => shortHash(block.data)).join());
  const expiresAt = Math.floor(now / 1000) + STAGE_KEPT_SECONDS;
  const items = blocks.map((block, part) => ({ sk: `stage#${hash}#${partKey(part)}`, data: block.data, expiresAt }));
  await forEach(items, ({ sk, data }) => {
    const { client, tableName } = place.data;
    return client.send(new PutCommand({ TableName: tableName, Item: { pk: place.pk, sk, data, expiresAt } }));
  });
  return items.map((item) => item.sk);
}

/** The rows of these items, in order; undefined when some are gone. */
export async function readParts(keys: readonly string[], place: Place): Promise<Row[] | undefined> {
  const { client, tableName } = place.data;
  const items = await forEach(keys, async (sk) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { pk: place.pk, sk }, ConsistentRead: true }),
    );
    return Item?.data as Uint8Array | undefined;
  });
  const rows = items.flatMap((data) => (data === undefined ? [] : readBlock(data)));
  return items.includes(undefined) ? undefined : rows;
}

/** Milliseconds from the year 1 on, so that times before 1970 sort as well. */
const timeKey = (at: number): string => String(Math.max(0, at - FIRST_TIME)).padStart(15, '0');
const partKey = (part: number): string => String(part).padStart(4, '0');
