import { everyInWords } from '../format.ts';

/** Offered by name; seconds. Others can be typed. */
export const INTERVALS = [10, 30, 60, 300, 900, 1800, 3600, 21_600, 43_200, 86_400] as const;
const MIN_SECONDS = 10;
const MAX_SECONDS = 30 * 86_400;

export const CUSTOM_UNITS = [
  { value: '1', label: 'seconds' },
  { value: '60', label: 'minutes' },
  { value: '3600', label: 'hours' },
  { value: '86400', label: 'days' },
] as const;

/** The largest unit in which it is a whole number. */
export const unitOf = (seconds: number): number =>
  [86_400, 3_600, 60].find((unit) => seconds > 0 && seconds % unit === 0) ?? 1;

/** What is wrong with it, in words; null when it can be saved. Seconds; null: by hand only. */
export function intervalProblem(seconds: number | null): string | null {
  if (seconds === null) return null;
  if (!Number.isInteger(seconds)) return 'Give a whole number.';
  if (seconds < MIN_SECONDS) return `Every ${MIN_SECONDS} seconds is the most often.`;
  return seconds > MAX_SECONDS ? `${everyInWords(MAX_SECONDS)} is the least often.` : null;
}
