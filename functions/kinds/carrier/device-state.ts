import { type Cycle, DAY_MS, utcDate } from './cycle.ts';
import type { DeviceInfo, DeviceReading, NetworkStatus, SimStatus, Usage } from './provider.ts';

/** What is known of one linked device. Stored as it is, so names are short words and absent means not known. */
export interface DeviceState {
  readonly bytes?: number;
  readonly limit?: number;
  readonly cycle?: Cycle;
  /** The cycle before and its total: what the carrier said last, or what was last seen of it. */
  readonly previous?: Cycle & { readonly bytes: number };
  /** When it was last read; a page that was read again unchanged has a later time of its own. */
  readonly at?: number;
  readonly sim?: SimStatus;
  readonly simWord?: string;
  readonly network?: NetworkStatus;
  readonly iccid?: string;
  /** The last run could not say how much was used; the values are older ones. */
  readonly stale?: true;
  readonly error?: string;
  /** Counter carriers: the day of the last change, and the counter that day's usage is reckoned from. */
  readonly day?: string;
  readonly dayBase?: number;
}

export interface StateChange {
  readonly state: DeviceState;
  /** Usage by UTC day that follows from it. */
  readonly days: readonly { readonly date: string; readonly bytes: number }[];
}

/** The state after one answer of the carrier; says nothing the answer does not say. */
export function afterReading(old: DeviceState, reading: DeviceReading, now: number): StateChange {
  const told = reading.info === undefined ? old : afterInfo(old, reading.info);
  const state = reading.previous === undefined ? told : { ...told, previous: reading.previous };
  if (reading.problem !== undefined) return { state: { ...state, stale: true, error: reading.problem }, days: [] };
  return reading.usage === undefined ? { state, days: [] } : afterUsage(state, reading.usage, now);
}

/** The carrier's listing was read to its end and the device was not in it, or one call for it failed. */
export const afterProblem = (old: DeviceState, error: string | undefined): DeviceState => {
  const { error: _past, ...rest } = old;
  return error === undefined ? { ...rest, stale: true } : { ...rest, stale: true, error };
};

function afterInfo(old: DeviceState, info: DeviceInfo): DeviceState {
  const { simStatus, simStatusWord, networkStatus, iccid } = info;
  return {
    ...old,
    ...(simStatus === undefined || simStatus === 'unchanged' ? {} : { sim: simStatus }),
    ...(simStatusWord === undefined ? {} : { simWord: simStatusWord }),
    ...(networkStatus === undefined ? {} : { network: networkStatus }),
    ...(iccid === undefined ? {} : { iccid }),
  };
}

function afterUsage(old: DeviceState, usage: Usage, now: number): StateChange {
  const cycle = { start: usage.billingCycleStart, end: usage.billingCycleEnd };
  const begun = hasRolledOver(old, cycle, usage.dataUsedBytes);
  if (usage.dataUsedBytes === null && !begun && old.bytes !== 0) {
    // Known, but nothing is told of a cycle we have a figure for: absent is not zero.
    return { state: afterProblem(old, undefined), days: [] };
  }
  const bytes = usage.dataUsedBytes ?? 0;
  const { stale: _stale, error: _error, ...kept } = old;
  const previous = begun ? endedCycle(old) : old.previous;
  const day = usage.days === undefined ? dayCount(old, usage, bytes, begun, now) : undefined;
  const state: DeviceState = {
    ...kept,
    bytes,
    cycle,
    at: now,
    ...(usage.dataLimitBytes === undefined ? {} : { limit: usage.dataLimitBytes }),
    ...(previous === undefined ? {} : { previous }),
    ...(day === undefined ? {} : { day: day.date, dayBase: day.base }),
  };
  const counted = day === undefined ? [] : [{ date: day.date, bytes: Math.max(0, bytes - day.base) }];
  return { state, days: usage.days ?? counted };
}

/** A cycle that only moved (a plan was changed) is still the same one while its counter goes on. */
function hasRolledOver({ cycle: old, bytes }: DeviceState, cycle: Cycle, counter: number | null): boolean {
  if (old === undefined) return true;
  const begunAnew = counter !== null && bytes !== undefined && counter < bytes && cycle.start >= old.start + DAY_MS;
  return cycle.start > old.start && (cycle.start >= old.end - DAY_MS || begunAnew);
}

/** What the carrier says of the ended cycle counts for more than what was last seen of it. */
function endedCycle({ cycle, bytes, previous }: DeviceState): DeviceState['previous'] {
  if (cycle === undefined || bytes === undefined) return previous;
  return previous !== undefined && previous.end > cycle.start ? previous : { ...cycle, bytes };
}

/**
 * Reckons the day's usage from a counter that begins again with every cycle: usage = counter − base. The base is stored
 * with the counter, so doing it twice gives the same. Undefined: nothing was used since the day before.
 */
function dayCount(
  old: DeviceState,
  usage: Usage,
  bytes: number,
  begun: boolean,
  now: number,
): { readonly date: string; readonly base: number } | undefined {
  const date = utcDate(now);
  const usedToday = old.day === date && old.bytes !== undefined ? old.bytes - (old.dayBase ?? 0) : undefined;
  if (old.bytes === undefined) {
    // First sight of it: what was used before today is not today's.
    return { date, base: utcDate(usage.billingCycleStart) === date ? 0 : bytes };
  }
  if (!begun) {
    if (bytes === old.bytes) return undefined;
    return { date, base: usedToday === undefined ? old.bytes : (old.dayBase ?? 0) };
  }
  // What the old cycle used today goes on counting, and so does what it used unseen before it ended.
  const unseen = Math.max(0, (endedCycle(old)?.bytes ?? 0) - old.bytes);
  return { date, base: -(Math.max(0, usedToday ?? 0) + unseen) };
}

/** Whether anything but the time of reading is different. */
export function sameState(a: DeviceState, b: DeviceState): boolean {
  return stable(a) === stable(b);
}

const stable = ({ at: _at, ...rest }: DeviceState): string =>
  JSON.stringify(Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1)));
