import { parseDate, parseIsoDate } from './date.ts';
import { type Path, readPath } from './path.ts';

/** How far an incremental source was read, as the source wrote it: a time, an id, a version. */
export type Increment = string | number;

/** What has been read: up to `after`, and at `after` itself the rows with these hashes (an inclusive source sends them again). */
export interface Progress {
  readonly after: Increment | null;
  readonly edge: readonly string[];
}

const MAX_EDGE = 64;
const MAX_LENGTH = 500;

/** Undefined when the row has none. */
export function readIncrement(row: unknown, path: Path): Increment | undefined {
  const value = readPath(row, path);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH ? value : undefined;
}

/**
 * The row's own time (epoch ms) when its increment is one: a date in ISO 8601, or whatever a field of type date accepts where
 * the same path is such a field. A bare number may as well be an id.
 */
export function ownTime(value: Increment, isDateField: boolean): number | undefined {
  if (isDateField) return parseDate(value);
  return typeof value === 'string' ? parseIsoDate(value) : undefined;
}

/** Takes in one more row; never moves back. */
export function advance(progress: Progress, value: Increment, rowHash: string): Progress {
  const { after, edge } = progress;
  if (after === null || compareIncrements(value, after) > 0) return { after: value, edge: [rowHash] };
  if (String(value) !== String(after) || edge.includes(rowHash) || edge.length >= MAX_EDGE) return progress;
  return { after, edge: [...edge, rowHash] };
}

/** Whether an earlier run has stored this very row. */
export function isKnown(before: Progress, value: Increment, rowHash: string): boolean {
  return before.after !== null && String(value) === String(before.after) && before.edge.includes(rowHash);
}

/** Numbers by size, dates by time (then by text: a source may count microseconds), everything else as text. */
export function compareIncrements(a: Increment, b: Increment): number {
  const text = (): number => (String(a) < String(b) ? -1 : Number(String(a) > String(b)));
  const [integerA, integerB] = [integer(a), integer(b)];
  if (integerA !== undefined && integerB !== undefined) return integerA < integerB ? -1 : Number(integerA > integerB);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [timeA, timeB] = [parseIsoDate(String(a)), parseIsoDate(String(b))];
  return timeA !== undefined && timeB !== undefined ? timeA - timeB || text() : text();
}

/** Ids outgrow what a number holds exactly. */
function integer(value: Increment): bigint | undefined {
  return /^-?\d{1,40}$/.test(String(value)) ? BigInt(value) : undefined;
}
