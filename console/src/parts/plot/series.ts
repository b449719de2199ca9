/** A line of a plot. */
export interface Series {
  readonly id: string;
  readonly name: string;
  readonly unit: string | null;
  /** Epoch ms and value, by time. */
  readonly points: readonly Point[];
  /** 1 to 6: colour and dashes. */
  readonly look: number;
}

export type Point = readonly [at: number, value: number];

export const LOOKS = 6;

/** The value at a moment: of the nearest point that is not farther than `within` ms. */
export function valueAt(points: readonly Point[], at: number, within: number): Point | undefined {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const candidates = [points[low - 1], points[low]].filter((point) => point !== undefined);
  const nearest = candidates.sort((a, b) => Math.abs(a[0] - at) - Math.abs(b[0] - at))[0];
  return nearest !== undefined && Math.abs(nearest[0] - at) <= within ? nearest : undefined;
}

const MIN_GAP_MS = 30_000;

/** Longer than this without a point is a gap, not a line: nothing is known of that time. */
export function gapOf(points: readonly Point[]): number {
  const steps = points.slice(1).map(([at], index) => at - (points[index]?.[0] ?? at));
  const median = steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
  return Math.max(MIN_GAP_MS, median * 6);
}
