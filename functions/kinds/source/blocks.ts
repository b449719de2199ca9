import { gunzipSync, gzipSync } from 'node:zlib';
import { UpstreamError } from '../../model/failure.ts';
import type { Json } from './convert.ts';
import type { Row } from './extract.ts';

/** Many rows in one item: a page of columns, compressed. A thousand values take a few KB instead of a thousand items. */
export interface Block<R extends Row = Row> {
  readonly rows: readonly R[];
  readonly data: Uint8Array;
}

/** An item may have 400 KB; the rest is for keys and what other attributes there are. */
const MAX_BYTES = 300_000;
const MAX_CHARS = 1_000_000;
const MAX_ROWS = 2000;

/**
 * Cuts rows, in their order, into blocks. Throws UpstreamError `too_large` when a single row does not fit into one.
 * `maxSpanMs` is the longest time between the first and the last row of a block, for rows in order of time.
 */
export function cutBlocks<R extends Row>(rows: readonly R[], maxSpanMs = Number.POSITIVE_INFINITY): Block<R>[] {
  const blocks: Block<R>[] = [];
  let group: R[] = [];
  let chars = 0;
  const close = (): void => {
    if (group.length > 0) blocks.push(...compress(group));
    group = [];
    chars = 0;
  };
  for (const row of rows) {
    const length = JSON.stringify(row.values).length;
    const span = (row.at ?? 0) - (group[0]?.at ?? row.at ?? 0);
    if (group.length >= MAX_ROWS || chars + length > MAX_CHARS || span >= maxSpanMs) close();
    group.push(row);
    chars += length;
  }
  close();
  return blocks;
}

function compress<R extends Row>(rows: readonly R[]): Block<R>[] {
  const data = gzipSync(JSON.stringify(toColumns(rows)));
  if (data.length <= MAX_BYTES) return [{ rows, data }];
  if (rows.length === 1)
    throw new UpstreamError('one row of the source is too large to be stored', { problem: 'too_large' });
  const half = Math.ceil(rows.length / 2);
  return [...compress(rows.slice(0, half)), ...compress(rows.slice(half))];
}

interface Columns {
  readonly fields: readonly string[];
  /** Time, then one value per field; null where the row has none (a null of the source is never stored). */
  readonly rows: readonly (readonly [number | null, ...Json[]])[];
}

function toColumns(rows: readonly Row[]): Columns {
  const fields = [...new Set(rows.flatMap((row) => row.values.map(([name]) => name)))].sort();
  return {
    fields,
    rows: rows.map((row) => {
      const values = new Map(row.values);
      return [row.at, ...fields.map((name) => values.get(name) ?? null)];
    }),
  };
}

export function readBlock(data: Uint8Array): Row[] {
  const { fields, rows } = JSON.parse(gunzipSync(data).toString()) as Columns;
  return rows.map(([at, ...values]) => ({
    at,
    values: fields.flatMap((name, index) => {
      const value = values[index] ?? null;
      return value === null ? [] : [[name, value] as const];
    }),
  }));
}
