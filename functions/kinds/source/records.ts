import { readBlock } from './blocks.ts';
import type { Json } from './convert.ts';
import { DAY_MS, type Place, readPages, type TimedRow, type ValuePage } from './store.ts';

export interface Range {
  /** Epoch ms, inclusive. */
  readonly from: number;
  /** Epoch ms, exclusive; null: everything from there on. */
  readonly to: number | null;
  /** Leaves out this many values at the time `from` (backwards: at the last before `to`): a reader goes on where it stopped. */
  readonly skip?: number;
  /** How far (ms) before its time the page of a row may begin. */
  readonly span: number;
}

/**
 * Stored rows by time. Rows at one time come in the order in which they were stored, so that a reader can go on after later
 * runs. A row that two runs have stored comes once; rows that one run found equal stay as many.
 */
export async function* readRows(range: Range, place: Place): AsyncGenerator<TimedRow> {
  const keep = keeper(range);
  const waiting: PlacedRow[] = [];
  for await (const group of sameTime(readPages(range.from - Math.min(range.span, DAY_MS), range.to, place))) {
    const at = group[0]?.firstAt ?? 0;
    yield* keep.rows(inOrder(waiting, at));
    if (at >= range.from) {
      for (const part of newestBatches(group)) {
        if (!keep.skipsWhole(part)) yield* keep.rows(readBlock(part.data).map((row) => ({ ...row, at })));
      }
    }
    for (const page of group) {
      if (page.batch === undefined && page.lastAt >= range.from) waiting.push(...placed(page));
    }
  }
  yield* keep.rows(inOrder(waiting, Number.POSITIVE_INFINITY));
}

/** Cuts the range and what is to be skipped out of rows that come in order. */
function keeper({ from, to, skip = 0 }: Range): {
  rows(rows: Iterable<TimedRow>): Generator<TimedRow>;
  skipsWhole(page: ValuePage): boolean;
} {
  let left = skip;
  return {
    *rows(rows) {
      for (const row of rows) {
        if (row.at < from || (to !== null && row.at >= to)) continue;
        const skipped = row.at === from ? Math.min(left, row.values.length) : 0;
        left -= skipped;
        if (skipped < row.values.length) yield skipped === 0 ? row : { at: row.at, values: row.values.slice(skipped) };
      }
    },
    // A hundred thousand rows of one slot need not be unpacked for the last hundred values.
    skipsWhole(page) {
      const whole = page.firstAt === from && page.values <= left;
      if (whole) left -= page.values;
      return whole;
    },
  };
}

async function* sameTime(pages: AsyncIterable<ValuePage>): AsyncGenerator<ValuePage[]> {
  let group: ValuePage[] = [];
  for await (const page of pages) {
    if (group[0] !== undefined && group[0].firstAt !== page.firstAt) {
      yield group;
      group = [];
    }
    group.push(page);
  }
  if (group.length > 0) yield group;
}

/** The parts of the batches that count for this slot: of those that are complete, the latest one from each cursor. */
function newestBatches(group: readonly ValuePage[]): ValuePage[] {
  const batches = [...Map.groupBy(group, (page) => page.batch?.hash ?? '').values()]
    .filter(([first, ...rest]) => first?.batch !== undefined && rest.length + 1 === first.batch.parts)
    .map((parts) => ({
      parts,
      readFrom: parts[0]?.batch?.readFrom,
      token: parts.reduce((most, part) => Math.max(most, part.token), 0),
    }))
    .sort((a, b) => a.token - b.token);
  const newest = new Map(batches.map((batch) => [batch.readFrom, batch]));
  return batches.filter((batch) => newest.get(batch.readFrom) === batch).flatMap((batch) => batch.parts);
}

interface PlacedRow extends TimedRow {
  readonly token: number;
  /** Place in its page, to keep the source's order. */
  readonly place: number;
  readonly key: string;
}

function placed(page: ValuePage): PlacedRow[] {
  return readBlock(page.data).map((row, place) => {
    const at = row.at ?? page.firstAt;
    return { at, values: row.values, token: page.token, place, key: rowKey({ at, values: row.values }) };
  });
}

/** Takes the rows before `limit` out of `waiting`, in order and without those that an earlier run has stored. */
function inOrder(waiting: PlacedRow[], limit: number): TimedRow[] {
  const ready = waiting.filter((row) => row.at < limit);
  const rest = waiting.filter((row) => row.at >= limit);
  waiting.length = 0;
  for (const row of rest) waiting.push(row);
  ready.sort((a, b) => a.at - b.at || a.token - b.token || a.place - b.place);
  // Equal rows: as many as the run that had most of them.
  const shown = new Map<string, number>();
  const ofRun = new Map<string, number>();
  return ready.filter(({ key, token }) => {
    const count = (ofRun.get(`${token} ${key}`) ?? 0) + 1;
    ofRun.set(`${token} ${key}`, count);
    if (count <= (shown.get(key) ?? 0)) return false;
    shown.set(key, count);
    return true;
  });
}

/** Equal for rows of one time with the same values. */
function rowKey({ at, values }: TimedRow): string {
  const sorted = values.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([at, ...sorted]);
}

/** Rows that are not stored yet. Equal rows count: of three that the source has, two may be new. */
export async function withoutStored(rows: readonly TimedRow[], span: number, place: Place): Promise<TimedRow[]> {
  if (rows.length === 0) return [];
  const from = rows.reduce((least, row) => Math.min(least, row.at), Number.POSITIVE_INFINITY);
  const to = rows.reduce((most, row) => Math.max(most, row.at), Number.NEGATIVE_INFINITY) + 1;
  const stored = new Map<string, number>();
  for await (const row of readRows({ from, to, span }, place)) {
    stored.set(rowKey(row), (stored.get(rowKey(row)) ?? 0) + 1);
  }
  return rows.filter((row) => {
    const left = stored.get(rowKey(row)) ?? 0;
    stored.set(rowKey(row), left - 1);
    return left <= 0;
  });
}

export interface DataValue {
  /** Epoch ms. */
  readonly at: number;
  readonly field: string;
  readonly value: Json;
}

/** What `readRows` gives, value by value. */
export async function* readValues(range: Range, place: Place): AsyncGenerator<DataValue> {
  for await (const { at, values } of readRows(range, place)) {
    for (const [field, value] of values) yield { at, field, value };
  }
}
