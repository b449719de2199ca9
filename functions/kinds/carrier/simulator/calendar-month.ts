import { DAY_MS, monthCycle } from '../cycle.ts';
import type { SimulatedSim } from './simulated-sim.ts';

/** The cycle of carriers that bill by the calendar month. */
export const monthStart = (_sim: SimulatedSim, now: number): number => monthCycle(now, 1).start;

/** What a SIM used on each UTC day that has begun in [from, to), days without usage left out. */
export function dailyUsage(
  sim: SimulatedSim,
  from: number,
  to: number,
): readonly { readonly start: number; readonly bytes: number }[] {
  const days: { start: number; bytes: number }[] = [];
  for (let start = Math.floor(from / DAY_MS) * DAY_MS; start < to; start += DAY_MS) {
    const bytes = sim.used(start, Math.min(start + DAY_MS, to));
    if (bytes > 0) days.push({ start, bytes });
  }
  return days;
}

/** Bytes as megabytes of 1,000,000, exactly, the way carriers write them. */
export function decimalMb(bytes: number): string {
  const digits = String(bytes).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '');
}
