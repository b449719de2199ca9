/** `times` ascending, with the value at the same place. */
export interface Points {
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/**
 * At most `maxPoints` of them: the time is cut into equal parts and of each the lowest and the highest value stay, in time
 * order, so that a plot shows every peak.
 */
export function thin(points: Points, maxPoints: number): { readonly points: Points; readonly truncated: boolean } {
  const { times, values } = points;
  if (times.length <= maxPoints) return { points, truncated: false };
  const parts = Math.max(1, Math.floor(maxPoints / 2));
  const first = times[0] ?? 0;
  const width = ((times.at(-1) ?? first) - first + 1) / parts;
  const kept: number[] = [];
  let begin = 0;
  while (begin < times.length) {
    const part = Math.floor(((times[begin] ?? 0) - first) / width);
    let low = begin;
    let high = begin;
    let end = begin;
    for (; end < times.length && Math.floor(((times[end] ?? 0) - first) / width) === part; end++) {
      if ((values[end] ?? 0) < (values[low] ?? 0)) low = end;
      if ((values[end] ?? 0) > (values[high] ?? 0)) high = end;
    }
    kept.push(Math.min(low, high));
    if (low !== high) kept.push(Math.max(low, high));
    begin = end;
  }
  const shown = kept.slice(0, maxPoints);
  return {
    points: { times: shown.map((i) => times[i] ?? 0), values: shown.map((i) => values[i] ?? 0) },
    truncated: true,
  };
}
