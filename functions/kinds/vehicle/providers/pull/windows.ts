import { UpstreamError } from '../../../../model/failure.ts';
import { compareChannels, SeriesBuilder } from '../../blocks/series.ts';
import type { Batch, ReadRequest } from '../provider.ts';
import { addRefused, badAnswer, NONE_REFUSED, type Refused } from '../wire.ts';
import type { Row, Rows } from './answers.ts';

/** Rows of from (inclusive) … to (exclusive), of one channel where it is named. */
export type AskRows = (from: number, to: number, channel?: string) => Promise<Rows>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TEN_MINUTES_MS = 600_000;
/** Below this a window that is still cut off is read page by page. */
const SMALLEST_WINDOW_MS = 60_000;
/** Pages that bring a vehicle forward by less than this are no way to ever be done: after so many of them it is an error. */
const LEAST_ADVANCE_MS = 100;
const PATIENT_PAGES = 300;

/** Where reading stands: everything before `at` was asked for. */
interface Position {
  readonly at: number;
  /** Length of the next window, and how far it may grow again. */
  readonly step: number;
  readonly largest: number;
  /** Read so far, and from where on. */
  readonly pages: number;
  readonly pagedFrom: number | null;
  /** Of the millisecond `at`, this channel and those before it were read. */
  readonly channel: string | null;
}

/**
 * Reads a gap of any length: in one window up to 24 hours, by the hour beyond. A window whose answer is cut off is read in
 * windows of ten minutes, then in halves, and at last page by page: up to the last time sent, which comes again with the
 * next page, since its rows may have been cut in two. When one millisecond fills a page, it is read channel by channel.
 * So each step is either smaller or further on, and the reading ends.
 */
export async function* readWindows(ask: AskRows, request: ReadRequest): AsyncGenerator<Batch, void, undefined> {
  const { to } = request;
  let position = startAt(request);
  if (position.at >= to) {
    yield batch(NO_ROWS, position.at, position, true, to);
    return;
  }
  while (position.at < to) {
    const { at, step, largest } = position;
    const end = Math.min(at + step, to);
    const answer = await askRows(ask, at, end);
    if (!answer.truncated) {
      position = { ...position, at: end, step: Math.min(step * 2, largest), channel: null };
      yield batch(answer, end, position, end >= to, to);
      continue;
    }
    if (end - at > TEN_MINUTES_MS) {
      position = { ...position, step: TEN_MINUTES_MS, largest: TEN_MINUTES_MS };
    } else if (end - at > SMALLEST_WINDOW_MS) {
      position = { ...position, step: Math.ceil((end - at) / 2) };
    } else {
      for await (const page of readPage(answer, ask, position, request)) {
        position = page.position as Position;
        yield page;
      }
      if (position.channel !== null) return;
      continue;
    }
    // Nothing to store yet, but time for another slice, which goes on with the smaller window.
    if (request.outOfTime()) yield batch(NO_ROWS, at, position, false, to);
  }
}

function startAt({ from, to, position }: ReadRequest): Position {
  if (position !== null) return position as Position;
  const gap = Math.max(1, to - from);
  const step = gap > DAY_MS ? HOUR_MS : gap;
  return { at: from, step, largest: step, pages: 0, pagedFrom: null, channel: null };
}

/** What is too large, or takes too long to come, is asked for in smaller windows, as if it had been cut off at once. */
async function askRows(ask: AskRows, from: number, to: number): Promise<Rows> {
  try {
    return await ask(from, to);
  } catch (error) {
    const tooMuch = error instanceof UpstreamError && (error.problem === 'too_large' || error.problem === 'timeout');
    if (tooMuch && to - from > SMALLEST_WINDOW_MS) return { ...NO_ROWS, truncated: true };
    throw error;
  }
}

async function* readPage(
  { rows, refused }: Rows,
  ask: AskRows,
  before: Position,
  request: ReadRequest,
): AsyncGenerator<Batch, void, undefined> {
  const { at, pages } = before;
  const position = { ...before, pagedFrom: before.pagedFrom ?? at };
  const last = rows.at(-1)?.time;
  if (last === undefined) throw badAnswer('/data says truncated but has no rows');
  if (rows.some(({ time }, i) => time < (rows[i - 1]?.time ?? 0))) {
    throw badAnswer('the rows of a truncated /data are not in time order');
  }
  if (pages >= PATIENT_PAGES && at - position.pagedFrom < pages * LEAST_ADVANCE_MS) {
    throw badAnswer(`/data is still truncated after ${pages} pages, each of which brought almost nothing`);
  }
  if (last > at) {
    const complete = rows.filter(({ time }) => time < last);
    yield batch(
      { rows: complete, refused },
      last,
      { ...position, at: last, pages: pages + 1, channel: null },
      false,
      request.to,
    );
    return;
  }
  yield* readMoment(rows, ask, position, request);
}

/** The rows of one millisecond, channel by channel; each has one at most, so these answers need not be complete. */
async function* readMoment(
  seen: readonly Row[],
  ask: AskRows,
  position: Position,
  { channels, outOfTime, to }: ReadRequest,
): AsyncGenerator<Batch, void, undefined> {
  const { at } = position;
  const known = await channels();
  if (known === undefined) throw badAnswer('/data is truncated within a millisecond and the channels are not known');
  const all = [...new Set([...known, ...seen.map(({ channel }) => channel)])].sort(compareChannels);
  const rows: Row[] = [];
  let refused = NONE_REFUSED;
  for (const channel of all) {
    if (position.channel !== null && compareChannels(channel, position.channel) <= 0) continue;
    const answer = await ask(at, at + 1, channel);
    rows.push(...answer.rows.filter((row) => row.channel === channel));
    refused = addRefused(refused, answer.refused);
    if (outOfTime() && channel !== all.at(-1)) {
      // The moment is not complete: it must not count as read.
      yield { ...batch({ rows, refused }, at, { ...position, channel }, false, to), newest: null };
      return;
    }
  }
  const next = at + 1;
  const pages = position.pages + 1;
  yield batch({ rows, refused }, next, { ...position, at: next, pages, channel: null }, next >= to, to);
}

interface Told {
  readonly rows: readonly Row[];
  readonly refused: Refused;
}

const NO_ROWS: Told = { rows: [], refused: NONE_REFUSED };

function batch({ rows, refused }: Told, through: number, position: Position, last: boolean, to: number): Batch {
  const builder = new SeriesBuilder();
  let newest: number | null = null;
  let nulls = 0;
  for (const { channel, time, value } of rows) {
    if (newest === null || time > newest) newest = time;
    if (value === null) nulls++;
    else builder.add(channel, time, value);
  }
  const windowsLeft = last ? 0 : Math.ceil((to - position.at) / position.step);
  return { series: builder.build(), newest, through, nulls, refused, position, windowsLeft, last };
}
