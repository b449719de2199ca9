import { convert, type DataType, describe, type Json } from './convert.ts';
import { discoverFields, fieldName } from './discover.ts';
import { shortHash } from './hash.ts';
import {
  advance,
  INLINE_HASHES,
  type Increment,
  isKnown,
  ownTime,
  type Progress,
  type Reach,
  readIncrement,
} from './increment.ts';
import { formatPath, type Path, readPath } from './path.ts';
import type { Field, SourceSettings } from './settings.ts';

/** What is stored of one row: a value for each field that was found. */
export interface Row {
  /** The row's own time in epoch ms; null: the time of the run's slot. */
  readonly at: number | null;
  readonly values: readonly (readonly [field: string, value: Json])[];
}

export interface Extracted {
  readonly rows: readonly Row[];
  /** Rows that an earlier run has stored. */
  readonly known: number;
  readonly badRows: number;
  readonly badValues: number;
  /** The first thing that was wrong: where, what was expected, what was there; never the value. */
  readonly problem: string | null;
  /** Indexes of the configured fields that some row had, if only as null. */
  readonly seen: readonly number[];
  readonly progress: Progress;
  /** Tells this content from another. */
  readonly hash: string;
  readonly chars: number;
}

const MAX_UNNAMED_FIELDS = 100;

/**
 * The values of one page of rows. A value of the wrong type is left out and counted, and so is a row that is none (or, for an
 * incremental source, has no increment): one bad record never costs its batch-mates.
 * `before` is what earlier runs have stored, `progress` how far this run has come, which of these rows it has met included.
 */
export function extractRows(
  items: readonly unknown[],
  page: number,
  settings: Reading,
  before: Progress,
  progress: Progress,
): Extracted {
  const rows: Row[] = [];
  const texts: string[] = [];
  const seen = new Set<number>();
  const count = { known: 0, badRows: 0, badValues: 0 };
  let problem: string | null = null;
  const reached: Reach = { after: progress.after, edge: new Set(progress.edge) };
  for (const [index, item] of items.entries()) {
    const read = readRow(item, settings, seen);
    if (read.problems[0] !== undefined) problem ??= `page ${page}, row ${index + 1}: ${read.problems[0]}`;
    if (read.row === null) {
      count.badRows += 1;
      continue;
    }
    count.badValues += read.problems.length;
    const text = JSON.stringify([read.increment ?? null, read.row.values]);
    texts.push(text);
    if (read.increment !== undefined) {
      const rowHash = shortHash(text);
      advance(reached, read.increment, rowHash, read.row.at === null ? Number.POSITIVE_INFINITY : INLINE_HASHES);
      if (isKnown(before, read.increment, rowHash)) {
        count.known += 1;
        continue;
      }
    }
    rows.push(read.row);
  }
  return {
    rows,
    ...count,
    problem,
    seen: [...seen],
    progress: reached,
    hash: shortHash(texts.join('\n')),
    chars: texts.reduce((sum, text) => sum + text.length, 0),
  };
}

type Reading = Pick<SourceSettings, 'fields' | 'incremental'>;

interface ReadRow {
  /** Null: it is none, or cannot be placed. */
  readonly row: Row | null;
  readonly increment?: Increment;
  readonly problems: readonly string[];
}

function readRow(item: unknown, { fields, incremental }: Reading, seen: Set<number>): ReadRow {
  const wantsObject = fields?.every((field) => field.path.length > 0) ?? false;
  if (item === null || item === undefined || (wantsObject && typeof item !== 'object')) {
    return { row: null, problems: [`should be an object, but is ${describe(item)}`] };
  }
  const read = fields === null ? everyScalar(item) : configured(item, fields, seen);
  if (incremental === null) return { row: { at: null, values: read.values }, problems: read.problems };
  const path = formatPath(incremental.path);
  const increment = readIncrement(item, incremental.path);
  if (increment === undefined) {
    const found = describe(readPath(item, incremental.path));
    return { row: null, problems: [`${path} (incremental.path) should be a string or a number, but is ${found}`] };
  }
  const at = timeOf(increment, { fields, incremental }) ?? null;
  return { row: { at, values: read.values }, increment, problems: read.problems };
}

/** The own time (epoch ms) of rows with this increment. */
export function timeOf(increment: Increment, { fields, incremental }: Reading): number | undefined {
  const path = incremental && formatPath(incremental.path);
  return ownTime(
    increment,
    fields?.some((field) => field.dataType === 'date' && formatPath(field.path) === path) ?? false,
  );
}

interface ReadValues {
  readonly values: [string, Json][];
  readonly problems: string[];
}

function configured(item: unknown, fields: readonly Field[], seen: Set<number>): ReadValues {
  const read: ReadValues = { values: [], problems: [] };
  for (const [index, { name, path, dataType }] of fields.entries()) {
    const value = readPath(item, path);
    if (value === undefined) continue;
    seen.add(index);
    if (value !== null) take(read, name, path, value, dataType);
  }
  return read;
}

function everyScalar(item: unknown): ReadValues {
  const read: ReadValues = { values: [], problems: [] };
  const scalars = discoverFields(item).filter(({ type }) => type !== 'object' && type !== 'array');
  for (const { path, value } of scalars.slice(0, MAX_UNNAMED_FIELDS)) {
    take(read, fieldName(path), path, value, undefined);
  }
  if (scalars.length > MAX_UNNAMED_FIELDS) {
    read.problems.push(`has more than ${MAX_UNNAMED_FIELDS} fields: choose them with config.fields`);
  }
  return read;
}

function take(to: ReadValues, name: string, path: Path, value: unknown, dataType: DataType | undefined): void {
  const converted = convert(value, dataType);
  if ('value' in converted) to.values.push([name, converted.value]);
  else to.problems.push(`${formatPath(path)} should be ${converted.expected}, but is ${converted.found}`);
}
