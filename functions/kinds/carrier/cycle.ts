/** Billing cycles and days, all in UTC. Times are epoch milliseconds. */
export interface Cycle {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** What a usage query covers. Made once per walk, so that every device of a walk is asked about the same window. */
export interface UsageWindow {
  readonly now: number;
  /** The cycle of carriers that do not tell their own: calendar months from `config.billingCycleDay`. */
  readonly cycle: Cycle;
  /** The cycle before, while late records may still arrive for it; null afterwards. */
  readonly previous: Cycle | null;
}

export const DAY_MS = 86_400_000;
/** Carriers book usage up to two days late. */
const LATE_RECORDS_MS = 2 * DAY_MS;

/** The month-long cycle that holds `at` and begins on `firstDay` (1–28). */
export function monthCycle(at: number, firstDay: number): Cycle {
  const date = new Date(at);
  const begun = date.getUTCDate() >= firstDay ? 0 : -1;
  const month = (offset: number): number =>
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + begun + offset, firstDay);
  return { start: month(0), end: month(1) };
}

export function usageWindow(now: number, firstDay: number): UsageWindow {
  const cycle = monthCycle(now, firstDay);
  return { now, cycle, previous: mayBookLate(now, cycle) ? monthCycle(cycle.start - 1, firstDay) : null };
}

/** Whether records of the cycle before this one may still arrive. */
export const mayBookLate = (now: number, cycle: Cycle): boolean => now - cycle.start < LATE_RECORDS_MS;

/** `2026-11-22`. */
export const utcDate = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const isWithin = (at: number, cycle: Cycle): boolean => at >= cycle.start && at < cycle.end;
