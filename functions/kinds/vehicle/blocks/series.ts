/** The measurements of one channel: `times` in epoch ms, ascending, each once, with the value at the same place. */
export interface Series {
  readonly channel: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** Collects measurements in any order; of two with the same channel and time the first stays. */
export class SeriesBuilder {
  private readonly channels = new Map<string, { times: number[]; values: number[] }>();

  add(channel: string, time: number, value: number): void {
    let series = this.channels.get(channel);
    if (series === undefined) {
      series = { times: [], values: [] };
      this.channels.set(channel, series);
    }
    series.times.push(time);
    series.values.push(value);
  }

  addAll(all: readonly Series[]): this {
    for (const series of all) {
      for (let i = 0; i < series.times.length; i++) {
        this.add(series.channel, series.times[i] ?? 0, series.values[i] ?? 0);
      }
    }
    return this;
  }

  /** Sorted by channel and time. */
  build(): Series[] {
    return [...this.channels]
      .sort(([a], [b]) => compareChannels(a, b))
      .map(([channel, { times, values }]) => inOrder(channel, times, values));
  }
}

/** Shorter ones first, so that numbers come by size. */
export function compareChannels(a: string, b: string): number {
  if (a === b) return 0;
  return a.length - b.length || (a < b ? -1 : 1);
}

function inOrder(channel: string, times: readonly number[], values: readonly number[]): Series {
  let sorted = true;
  for (let i = 1; sorted && i < times.length; i++) sorted = (times[i - 1] ?? 0) < (times[i] ?? 0);
  if (sorted) return { channel, times, values };
  // A stable sort keeps the first of two equal times in front.
  const order = times.map((_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const once = order.filter((at, i) => i === 0 || times[at] !== times[order[i - 1] ?? 0]);
  return { channel, times: once.map((at) => times[at] ?? 0), values: once.map((at) => values[at] ?? 0) };
}

export function countPoints(all: readonly Series[]): number {
  return all.reduce((sum, series) => sum + series.times.length, 0);
}

/** First and last time of all; undefined when there is no measurement. */
export function timeSpan(all: readonly Series[]): { readonly first: number; readonly last: number } | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { times } of all) {
    first = Math.min(first, times[0] ?? first);
    last = Math.max(last, times.at(-1) ?? last);
  }
  return first <= last ? { first, last } : undefined;
}

/** What lies in from (inclusive) … to (exclusive). */
export function sliceTimes(all: readonly Series[], from: number, to: number): Series[] {
  return all
    .map(({ channel, times, values }) => {
      const begin = firstAtOrAfter(times, from);
      const end = firstAtOrAfter(times, to);
      return { channel, times: times.slice(begin, end), values: values.slice(begin, end) };
    })
    .filter(({ times }) => times.length > 0);
}

/** What is in `all` and not, by channel and time, in `known`. */
export function without(all: readonly Series[], known: readonly Series[]): Series[] {
  const knownTimes = new Map<string, Set<number>>();
  for (const { channel, times } of known) {
    const set = knownTimes.get(channel);
    if (set === undefined) knownTimes.set(channel, new Set(times));
    else for (const time of times) set.add(time);
  }
  return all
    .map((series) => {
      const seen = knownTimes.get(series.channel);
      if (seen === undefined) return series;
      const kept = series.times.map((_, i) => i).filter((i) => !seen.has(series.times[i] ?? 0));
      return {
        channel: series.channel,
        times: kept.map((i) => series.times[i] ?? 0),
        values: kept.map((i) => series.values[i] ?? 0),
      };
    })
    .filter(({ times }) => times.length > 0);
}

function firstAtOrAfter(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
