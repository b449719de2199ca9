/** From values to pixels, and the round numbers that stand beside an axis. */
export type Scale = (value: number) => number;

export const linear =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale =>
  (value) =>
    to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start);

/** Round numbers within the range, about `count` of them. */
export function niceTicks(from: number, to: number, count: number): readonly number[] {
  const rough = (to - from) / Math.max(1, count);
  if (!(rough > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.75) ?? rough;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  // Multiplied, not added up: 0.1 + 0.2 would stand there as 0.30000000000000004.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** The range of the values, with some air; a flat line lies in the middle. */
export function paddedRange(values: Iterable<number>, includeZero: boolean): readonly [number, number] {
  let low = includeZero ? 0 : Number.POSITIVE_INFINITY;
  let high = includeZero ? 0 : Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const air = low === high ? Math.max(1, Math.abs(low) * 0.1) : (high - low) * 0.08;
  return [includeZero && low === 0 ? 0 : low - air, high + air];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const TIME_STEPS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
] as const;

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export interface TimeTick {
  readonly at: number;
  readonly label: string;
}

/** Full minutes, hours or days in the zone of the one who looks, at most `count`. */
export function timeTicks(from: number, to: number, count: number): readonly TimeTick[] {
  const step = TIME_STEPS.find((candidate) => (to - from) / candidate <= count) ?? 30 * DAY;
  // Days begin at midnight there, not in UTC.
  const shift = new Date(from).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((from - shift) / step) * step + shift;
  const ticks: TimeTick[] = [];
  for (let at = first; at <= to; at += step) {
    const midnight = new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0;
    const format = step >= DAY || (midnight && step >= MINUTE) ? date : step < MINUTE ? clockWithSeconds : clock;
    ticks.push({ at, label: format.format(at) });
  }
  return ticks;
}
