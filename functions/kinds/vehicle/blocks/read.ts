import { type Block, type BlockStore, HOUR_MS, hourOf } from './block.ts';
import { decodeBlock } from './codec.ts';
import { type Series, SeriesBuilder } from './series.ts';
import { type Points, thin } from './thin.ts';

export interface MeasurementQuery {
  readonly channel: string;
  /** Epoch ms, inclusive. */
  readonly from: number;
  /** Epoch ms, exclusive. */
  readonly to: number;
  readonly maxPoints: number;
  /** Epoch ms: what has expired is not shown, swept or not. */
  readonly now: number;
}

/** More than one answer can be made of in the time an API call has. */
export class RangeTooLarge extends Error {
  override readonly name = 'RangeTooLarge';
}

const MOST_BYTES = 64_000_000;
const MOST_POINTS = 5_000_000;
/** Parts of a long range are read side by side: a page of a query is 1 MB and each waits for the one before. */
const LANES = 4;

/** One channel's measurements in time order, each moment once, thinned to `maxPoints`. Throws RangeTooLarge. */
export async function readMeasurements(
  query: MeasurementQuery,
  store: BlockStore,
): Promise<{ readonly points: Points; readonly truncated: boolean }> {
  const budget = { bytes: MOST_BYTES, points: MOST_POINTS };
  const parts = await Promise.all(lanes(query).map((lane) => readLane(lane, query, store, budget)));
  const series = inOrder(parts.flat(), query);
  return thin(series, query.maxPoints);
}

/** Blocks never cross a full hour, so lanes that begin at one share none. */
function lanes({ from, to }: MeasurementQuery): { readonly from: number; readonly last: number }[] {
  const first = hourOf(from);
  const width = Math.max(1, Math.ceil((to - first) / HOUR_MS / LANES)) * HOUR_MS;
  return Array.from({ length: LANES }, (_, i) => first + i * width)
    .filter((start) => start < to)
    .map((start) => ({ from: start, last: Math.min(start + width, to) - 1 }));
}

async function readLane(
  lane: { readonly from: number; readonly last: number },
  query: MeasurementQuery,
  store: BlockStore,
  budget: { bytes: number; points: number },
): Promise<Series[]> {
  const found: Series[] = [];
  for await (const blocks of store.blocks(lane.from, lane.last)) {
    for (const block of blocks) {
      if (isExpired(block, query.now)) continue;
      for (const series of decodeBlock(block.bytes, query.channel)) {
        found.push(series);
        budget.points -= series.times.length;
      }
      budget.bytes -= block.bytes.length;
    }
    if (budget.bytes < 0 || budget.points < 0) {
      throw new RangeTooLarge('there are too many measurements in this range for one answer: ask for a shorter one');
    }
  }
  return found;
}

const isExpired = (block: Block, now: number): boolean => block.expiresAt * 1000 <= now;

/** Blocks come in order and rarely overlap; where they do, the first of two with the same time stays. */
function inOrder(parts: readonly Series[], { channel, from, to }: MeasurementQuery): Points {
  const builder = new SeriesBuilder();
  for (const { times, values } of parts) {
    for (let i = 0; i < times.length; i++) {
      const time = times[i] ?? 0;
      if (time >= from && time < to) builder.add(channel, time, values[i] ?? 0);
    }
  }
  return builder.build()[0] ?? { times: [], values: [] };
}
