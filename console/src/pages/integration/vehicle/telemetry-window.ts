/** The stretch of time that is shown: the last so-and-so long, going on with the clock, or a fixed one. */
export type TelemetryWindow =
  | { readonly type: 'latest'; readonly ms: number }
  | { readonly type: 'fixed'; readonly from: number; readonly to: number };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const RANGES = [
  { value: String(15 * MINUTE), label: 'Last 15 minutes' },
  { value: String(HOUR), label: 'Last hour' },
  { value: String(6 * HOUR), label: 'Last 6 hours' },
  { value: String(DAY), label: 'Last 24 hours' },
  { value: String(7 * DAY), label: 'Last 7 days' },
] as const;

const MIN_MS = 5_000;
const MAX_MS = 30 * DAY;

export const boundsOf = (window: TelemetryWindow, now: number): { readonly from: number; readonly to: number } =>
  window.type === 'latest' ? { from: now - window.ms, to: now } : window;

/** Never shorter than 5 s, longer than 30 days, or into the future. */
export function fixed(from: number, to: number, now: number): TelemetryWindow {
  const length = Math.min(MAX_MS, Math.max(MIN_MS, to - from));
  const middle = (from + to) / 2;
  const end = Math.min(now, Math.round(middle + length / 2));
  return { type: 'fixed', from: Math.round(end - length), to: end };
}

/** `by` 0.5 shows half as much, 2 twice as much; `shift` moves by a share of what is shown. */
export function moved(
  window: TelemetryWindow,
  { by = 1, shift = 0 }: { by?: number; shift?: number },
  now: number,
): TelemetryWindow {
  const { from, to } = boundsOf(window, now);
  const length = to - from;
  const middle = (from + to) / 2 + shift * length;
  return fixed(middle - (length * by) / 2, middle + (length * by) / 2, now);
}
