import { UpstreamError } from '../../../model/failure.ts';
import { type Block, type BlockStore, HOUR_MS, hourOf, LARGEST_BLOCK_BYTES, writeUnits } from './block.ts';
import { decodeBlock, encodeBlock } from './codec.ts';
import { countPoints, type Series, SeriesBuilder, sliceTimes, timeSpan, without } from './series.ts';

/**
 * Stores measurements so that each (channel, time) lies in one block, whatever was stored before by whom.
 *
 * - What is older than `fresh` (late rows, a look-back) is compared with the blocks that are there.
 * - What is newer goes into a block of its own that begins at `fresh`: one write, nothing read. `fresh` is how far the cursor
 *   had been saved, so whoever repeats the work of a run that died comes to the same key, finds it taken and compares.
 * - While blocks are small, the next measurements go into the last one of the hour instead, as long as that costs no more
 *   write units than a new one. So a vehicle that says little has one block an hour and not 120, without any job that
 *   gathers them later: rewriting and deleting a day's blocks would cost more units than it could ever save.
 *
 * A block is only ever replaced by one that has all of its measurements, under the condition that it is still what was read;
 * so a worker that has lost its lease can add what the vehicle said and take nothing away.
 */
export interface Recording {
  /** Everything before is stored; what is later may be only after a run that died. */
  readonly fresh: number;
  readonly tail: Tail | null;
  readonly retentionDays: number;
  /** Throws when the lease is lost; called before each write. */
  assertHeld(): void;
}

/** The last block, while it may still grow. */
export interface Tail {
  readonly start: number;
  readonly bytes: number;
}

export interface Recorded {
  /** Measurements that were not there before. */
  readonly written: number;
  readonly tail: Tail | null;
}

/** A block this large is not worth reading to add to it. */
const TAIL_MAY_GROW_BELOW = 512;
const MOST_ATTEMPTS = 5;
const DAY_SECONDS = 86_400;

export async function recordMeasurements(
  all: readonly Series[],
  recording: Recording,
  store: BlockStore,
): Promise<Recorded> {
  let written = 0;
  let { tail } = recording;
  for (const group of byHour(sliceTimes(all, 0, recording.fresh))) {
    written += await mergeIntoBlocks(group, recording, store);
  }
  for (const group of byHour(sliceTimes(all, recording.fresh, Number.MAX_SAFE_INTEGER))) {
    const recorded = await recordFresh(group, tail, recording, store);
    written += recorded.written;
    tail = recorded.tail;
  }
  return { written, tail };
}

async function recordFresh(
  group: readonly Series[],
  tail: Tail | null,
  recording: Recording,
  store: BlockStore,
): Promise<Recorded> {
  const hour = hourOf(timeSpan(group)?.first ?? 0);
  let rest = group;
  if (tail !== null && hourOf(tail.start) === hour && tail.bytes <= TAIL_MAY_GROW_BELOW) {
    const old = await store.block(tail.start);
    if (old !== undefined) {
      const known = decodeBlock(old.bytes);
      // A run that died may have come this far.
      rest = without(group, known);
      const added = countPoints(rest);
      if (added === 0) return { written: 0, tail: { start: old.start, bytes: old.bytes.length } };
      const grown = toBlock(old.start, merge(known, rest), recording);
      if (writeUnits(grown.bytes.length, store) <= writeUnits(encodeBlock(rest).length, store)) {
        recording.assertHeld();
        if (await store.replaceBlock(old, grown)) {
          return { written: added, tail: { start: grown.start, bytes: grown.bytes.length } };
        }
        return { written: await mergeIntoBlocks(rest, recording, store), tail: null };
      }
    }
  }
  let written = 0;
  let last: Tail | null = null;
  for (const block of toBlocks(Math.max(hour, recording.fresh), rest, recording)) {
    recording.assertHeld();
    if (await store.addBlock(block)) {
      written += countPoints(block.series);
      last = { start: block.start, bytes: block.bytes.length };
    } else {
      written += await mergeIntoBlocks(block.series, recording, store);
      last = null;
    }
  }
  return { written, tail: last };
}

/** Adds what is missing to the blocks that cover it; measurements of one hour. */
async function mergeIntoBlocks(group: readonly Series[], recording: Recording, store: BlockStore): Promise<number> {
  const span = timeSpan(group);
  if (span === undefined) return 0;
  let written = 0;
  let rest = group;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const blocks = await covering(span, store);
    const known = blocks.map(({ bytes }) => decodeBlock(bytes));
    rest = without(rest, known.flat());
    if (rest.length === 0) return written;
    let lost = false;
    for (const [i, block] of blocks.entries()) {
      const next = blocks[i + 1]?.start ?? Number.MAX_SAFE_INTEGER;
      const missing = sliceTimes(rest, block.start, next);
      if (missing.length === 0) continue;
      if (await replace(block, merge(known[i] ?? [], missing), recording, store)) written += countPoints(missing);
      else lost = true;
    }
    // Before the first block of the hour.
    const before = sliceTimes(rest, 0, blocks[0]?.start ?? Number.MAX_SAFE_INTEGER);
    for (const block of toBlocks(timeSpan(before)?.first ?? 0, before, recording)) {
      recording.assertHeld();
      if (await store.addBlock(block)) written += countPoints(block.series);
      else lost = true;
    }
    if (!lost) return written;
  }
  throw new UpstreamError('error: another worker keeps changing the measurements of this vehicle', {
    problem: 'connection',
  });
}

/** The blocks that may hold measurements of the span, which lies within one hour, earliest first. */
async function covering(span: { first: number; last: number }, store: BlockStore): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of store.blocksBackwards(hourOf(span.first), span.last)) {
    blocks.unshift(block);
    if (block.start <= span.first) break;
  }
  return blocks;
}

async function replace(old: Block, all: readonly Series[], recording: Recording, store: BlockStore): Promise<boolean> {
  const [first, ...further] = toBlocks(old.start, all, recording);
  // What no longer fits goes into new blocks first: stored twice for a moment is better than not at all.
  for (const block of further) {
    recording.assertHeld();
    if (!(await store.addBlock(block))) return false;
  }
  recording.assertHeld();
  return first !== undefined && (await store.replaceBlock(old, first));
}

interface BlockOf extends Block {
  readonly series: readonly Series[];
}

/** As many blocks as the item limit asks for; the first begins at `start`, each other at its first measurement. */
function toBlocks(start: number, all: readonly Series[], recording: Recording): BlockOf[] {
  const span = timeSpan(all);
  if (span === undefined) return [];
  const whole = toBlock(start, all, recording);
  if (whole.bytes.length <= LARGEST_BLOCK_BYTES || span.first === span.last) return [whole];
  const middle = Math.max(span.first + 1, medianTime(all));
  const later = sliceTimes(all, middle, Number.MAX_SAFE_INTEGER);
  return [
    ...toBlocks(start, sliceTimes(all, 0, middle), recording),
    ...toBlocks(timeSpan(later)?.first ?? middle, later, recording),
  ];
}

function toBlock(start: number, series: readonly Series[], { retentionDays }: Recording): BlockOf {
  const last = timeSpan(series)?.last ?? start;
  return {
    start,
    series,
    bytes: encodeBlock(series),
    expiresAt: Math.ceil(last / 1000) + retentionDays * DAY_SECONDS,
  };
}

function medianTime(all: readonly Series[]): number {
  const times = all.flatMap((series) => series.times).sort((a, b) => a - b);
  return times[times.length >> 1] ?? 0;
}

const merge = (known: readonly Series[], added: readonly Series[]): Series[] =>
  new SeriesBuilder().addAll(known).addAll(added).build();

function byHour(all: readonly Series[]): Series[][] {
  const groups: Series[][] = [];
  let rest = all;
  for (let span = timeSpan(rest); span !== undefined; span = timeSpan(rest)) {
    const next = hourOf(span.first) + HOUR_MS;
    groups.push(sliceTimes(rest, 0, next));
    rest = sliceTimes(rest, next, Number.MAX_SAFE_INTEGER);
  }
  return groups;
}
