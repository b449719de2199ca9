import { parseDate, parseIsoDate } from './date.ts';
import { type Path, readPath } from './path.ts';

/** How far an incremental source was read, as the source wrote it: a time, an id, a version. */
export type Increment = string | number;

/** What has been read: up to `after`, and at `after` itself the rows with these hashes (an inclusive source sends them again). */
export interface Progress {
  readonly after: Increment | null;
  readonly edge: ReadonlySet<string>;
}

/** Up to so many hashes lie in the cursor (or the checkpoint) itself and cost nothing; more have items of their own. */
export const INLINE_HASHES = 64;
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

/** A walk's own progress. */
export interface Reach extends Progress {
  after: Increment | null;
  edge: Set<string>;
}

/** Takes in one more row, remembering at most `most` at one increment; never moves back. */
export function advance(reach: Reach, value: Increment, rowHash: string, most: number): void {
  if (reach.after === null || compareIncrements(value, reach.after) > 0) {
    reach.after = value;
    reach.edge = new Set([rowHash]);
  } else if (String(value) === String(reach.after) && reach.edge.size < most) reach.edge.add(rowHash);
}

/** Whether an earlier run has stored this very row. */
export function isKnown(before: Progress, value: Increment, rowHash: string): boolean {
  return before.after !== null && String(value) === String(before.after) && before.edge.has(rowHash);
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
