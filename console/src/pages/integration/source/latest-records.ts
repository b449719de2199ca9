import type { RecordPage, SourceRecord } from '../../../api/kind-types.ts';

/** The newest values of a source, newest first. */
export interface LatestRecords {
  readonly records: readonly SourceRecord[];
  /** There are older ones. */
  readonly older: boolean;
}

type ReadRecords = (query: { readonly from?: string; readonly cursor?: string | undefined }) => Promise<RecordPage>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How far back it is looked, further each time; null: to the beginning. */
const BACK = [MINUTE, 15 * MINUTE, 2 * HOUR, DAY, 14 * DAY, 365 * DAY, null] as const;
/** Pages read of a stretch before later ones are tried. */
const MAX_PAGES = 4;
const MAX_PROBES = 24;

/**
 * The API gives values by time, oldest first. So that the newest come without reading all, shorter stretches up to the
 * present are tried before longer ones, and in one that holds too much the newest are searched by halves.
 */
export async function readLatest(read: ReadRecords, now: number): Promise<LatestRecords> {
  for (const [index, back] of BACK.entries()) {
    const found = await readFrom(read, back === null ? null : now - back, now);
    if (found.records.length > 0 || back === null) {
      // An earlier, shorter stretch was empty, so whether there are older values is known only of a whole one.
      return { records: found.records.toReversed(), older: found.cut || index < BACK.length - 1 };
    }
  }
  return { records: [], older: false };
}

async function readFrom(
  read: ReadRecords,
  from: number | null,
  now: number,
): Promise<{ readonly records: readonly SourceRecord[]; readonly cut: boolean }> {
  const first = await readPages(read, from);
  if (!first.more) return { records: first.records, cut: false };
  let low = timeOfLast(first.records);
  // A value may be of the future, as the source tells its times.
  let high = Math.max(now, low) + 1;
  for (let probe = 0; probe < MAX_PROBES && high - low > 1; probe += 1) {
    const middle = Math.floor((low + high) / 2);
    const { records, nextCursor } = await read({ from: new Date(middle).toISOString() });
    if (records.length === 0) high = middle;
    else if (nextCursor === null) return { records, cut: true };
    else low = Math.max(middle, timeOfLast(records));
  }
  return { records: (await readPages(read, low)).records, cut: true };
}

const timeOfLast = (records: readonly SourceRecord[]): number => Date.parse(records.at(-1)?.at ?? '');

async function readPages(read: ReadRecords, from: number | null) {
  const records: SourceRecord[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await read({ ...(from !== null && { from: new Date(from).toISOString() }), cursor });
    records.push(...answer.records);
    cursor = answer.nextCursor ?? undefined;
    if (cursor === undefined) return { records, more: false };
  }
  return { records, more: true };
}

/** The newest value of each field, in the order of the fields. */
export function latestOf(records: readonly SourceRecord[], fields: readonly string[]): readonly SourceRecord[] {
  const newest = new Map<string, SourceRecord>();
  for (const record of records) if (!newest.has(record.field)) newest.set(record.field, record);
  const names = [...new Set([...fields, ...newest.keys()])];
  return names.flatMap((name) => newest.get(name) ?? []);
}
