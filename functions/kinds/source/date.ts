const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?(Z|z|[+-]\d{2}(?::?\d{2})?))?)?$/;

/** The years 1 to 9999. */
export const FIRST_TIME = -62_135_596_800_000;
export const LAST_TIME = 253_402_300_799_999;

/** Epoch ms of an ISO 8601 date or date and time; without a zone it is UTC. Undefined for anything else, such as 30 February. */
export function parseIsoDate(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  if (year === 0 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(2000, 0, 1, hour, minute, second, ms));
  // Date.UTC takes the years 0 to 99 for the 20th century.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = offsetMinutes(match[8]);
  const at = offset === undefined ? Number.NaN : date.getTime() - offset * 60_000;
  // A zone can lead out of the years that ISO 8601 writes with four digits.
  return at >= FIRST_TIME && at <= LAST_TIME ? at : undefined;
}

function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

const FIRST_SECOND = 100_000_000;
const FIRST_MILLISECOND = 100_000_000_000;
const LAST_MILLISECOND = 10_000_000_000_000;

/** Epoch ms of a count of seconds (from 1973 on) or of milliseconds since 1970; undefined for a number that is neither. */
function parseEpoch(value: number): number | undefined {
  if (value >= FIRST_MILLISECOND && value < LAST_MILLISECOND) return Math.round(value);
  if (value >= FIRST_SECOND && value < FIRST_MILLISECOND / 10) return Math.round(value * 1000);
  return undefined;
}

/** A date however a source writes it: ISO 8601, or a number of seconds or milliseconds, also as text. */
export function parseDate(value: unknown): number | undefined {
  if (typeof value === 'number') return parseEpoch(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return /^\d{9,13}(\.\d+)?$/.test(text) ? parseEpoch(Number(text)) : parseIsoDate(text);
}
