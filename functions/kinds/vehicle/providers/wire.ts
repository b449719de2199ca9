import { UpstreamError } from '../../../model/failure.ts';

/** Reading what a vehicle said, strictly: a wrong type is an error that says where; nothing is guessed. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function badAnswer(message: string): UpstreamError {
  return new UpstreamError(`error: ${message}`, { problem: 'bad_body' });
}

export function objectAt(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw badAnswer(`${where} is not an object`);
}

export function listAt(value: unknown, where: string, most = 100_000): readonly unknown[] {
  if (!Array.isArray(value)) throw badAnswer(`${where} is not a list`);
  if (value.length > most) throw badAnswer(`${where} has ${value.length} entries, more than ${most}`);
  return value;
}

/** Entries that could not be read. */
export interface Refused {
  readonly count: number;
  /** What was wrong with the first; null when there is none. */
  readonly problem: string | null;
}

export const NONE_REFUSED: Refused = { count: 0, problem: null };

export const addRefused = (a: Refused, b: Refused): Refused => ({
  count: a.count + b.count,
  problem: a.problem ?? b.problem,
});

export const inWords = ({ count, problem }: Refused): string =>
  `error: ${count === 1 ? '1 entry' : `${count} entries`} left out that could not be read: ${problem}`;

export interface Readable<T> {
  readonly entries: readonly T[];
  readonly refused: Refused;
}

/** Reads a list entry by entry: one that cannot be read is left out and told, or it would cost the others every time. */
export function readEach<T>(list: readonly unknown[], read: (entry: unknown, i: number) => T): Readable<T> {
  const entries: T[] = [];
  let refused = NONE_REFUSED;
  for (const [i, entry] of list.entries()) {
    try {
      entries.push(read(entry, i));
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      refused = addRefused(refused, { count: 1, problem: error.message.replace(/^error: /, '') });
    }
  }
  return { entries, refused };
}

/** Text of at most 200 characters; longer text is cut. */
export function textAt(value: unknown, where: string): string {
  if (typeof value === 'string') return value.slice(0, 200);
  throw badAnswer(`${where} is not a text`);
}

const LONGEST_MARK = 4000;

/** Text that only its author understands and that is sent back to it: whole, or it would be another mark. */
export function markAt(value: unknown, where: string): string {
  if (typeof value !== 'string') throw badAnswer(`${where} is not a text`);
  if (value.length > LONGEST_MARK) throw badAnswer(`${where} is longer than ${LONGEST_MARK} characters`);
  return value;
}

export function textOrNull(value: unknown, where: string): string | null {
  return value === null || value === undefined ? null : textAt(value, where);
}

export function finiteAt(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw badAnswer(`${where} is not a finite number`);
}

export function finiteOrNull(value: unknown, where: string): number | null {
  return value === null || value === undefined ? null : finiteAt(value, where);
}

/** A whole number, or a text, that names something. */
export function idAt(value: unknown, where: string): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && value !== '' && value.length <= 64) return value;
  throw badAnswer(`${where} is not an id`);
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;
/** 2286-11-20: as far as thirteen digits of milliseconds go. */
const LATEST_TIME = 9_999_999_999_999;

/** Epoch ms of an ISO 8601 time with its zone. */
export function timeAt(value: unknown, where: string): number {
  const time = typeof value === 'string' && ISO_TIME.test(value) ? Date.parse(value) : Number.NaN;
  if (time >= 0 && time <= LATEST_TIME) return time;
  throw badAnswer(`${where} is not a time (ISO 8601 with a zone)`);
}

export function timeOrNull(value: unknown, where: string): number | null {
  return value === null || value === undefined ? null : timeAt(value, where);
}

/** A name that comes from outside and becomes part of a key or a message. */
export const isPlainName = (name: string): boolean => /^[A-Za-z0-9_.-]{1,64}$/.test(name);
