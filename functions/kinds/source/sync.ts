import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import type { Run, SyncResult } from '../kind.ts';
import { readCursor, type SourceCursor, writeCursor } from './cursor.ts';
import { keepEdge, readEdge, stageEdge } from './edge.ts';
import { type Row, timeOf } from './extract.ts';
import { fetchPage } from './fetch-page.ts';
import type { Progress } from './increment.ts';
import { refuseUnusable, resultOf } from './outcome.ts';
import { withoutStored } from './records.ts';
import type { Validators } from './request.ts';
import { readSettings, type SourceSettings } from './settings.ts';
import { DAY_MS, type Place, placeOf, readParts, stageRows, storeBatch, storeDated, type TimedRow } from './store.ts';
import { addPage, contentMark, resumeWalk, startWalk, type Walk } from './walk.ts';

/**
 * Reads all pages, then stores what they hold, and the cursor moves with the end of the run: an answer that turns out hostile
 * on its last page has stored nothing. A walk that takes longer than the slice sets its rows aside and goes on in another
 * message; one that is put off or cut off half-way goes on at the next attempt.
 */
export async function syncSource(run: Run): Promise<SyncResult> {
  const settings = readSettings(run.integration);
  const cursor = readCursor(run.cursor, settings);
  const place = placeOf(run);
  const left = await whole(resumeWalk(run.checkpoint, settings, run.clock.now()), place);
  const begun = left ?? startWalk(settings, cursor, run.clock.now());
  const before = (await readEdge(cursor, place)) ?? { after: cursor.after, edge: new Set() };
  const slice: Slice = { walk: begun, before, rows: [], steps: 0, validators: {} };
  try {
    if (left && !run.continued && (await hasShifted(left, run, settings, cursor))) {
      slice.walk = startWalk(settings, cursor, run.clock.now());
    }
    const readAll = await readPages(slice, run, settings, cursor);
    if (readAll === 'late') {
      return { outcome: 'continue', checkpoint: await setAside(slice, run), details: { pages: slice.walk.pages } };
    }
    if (readAll === 'not-modified') return resultOf(slice.walk, settings, { stored: 0, unchanged: 'not modified' });
    return await finish(slice, run, settings, cursor);
  } catch (error) {
    if (mayGoOn(error)) {
      if (slice.steps > 0) await run.save({ checkpoint: await setAside(slice, run) });
    } else if (run.checkpoint !== null && (error instanceof UpstreamError || error instanceof PermanentError)) {
      // Going on from here would only meet the same answer again.
      await run.save({ checkpoint: null });
    }
    throw error;
  }
}

/** What this slice of the run has read. */
interface Slice {
  walk: Walk;
  /** What earlier runs have stored. */
  readonly before: Progress;
  readonly rows: Row[];
  /** Pages read in this slice. */
  steps: number;
  validators: Validators;
}

async function readPages(
  slice: Slice,
  run: Run,
  settings: SourceSettings,
  cursor: SourceCursor,
): Promise<'done' | 'late' | 'not-modified'> {
  const validators = canBeAsked(settings) ? cursor.validators : null;
  while (slice.walk.next !== null) {
    // A slice reads one page at least, or a run would never come to its end.
    if (slice.steps > 0 && run.clock.now() + settings.timeoutMs > run.deadline) return 'late';
    run.assertHeld();
    const page = await fetchPage(run, settings, slice.walk.next, { after: cursor.after, validators });
    if (page === null) return 'not-modified';
    const { walk, rows } = addPage(slice.walk, page, settings, slice.before);
    slice.walk = walk;
    slice.validators = page.validators;
    slice.steps += 1;
    for (const row of rows) slice.rows.push(row);
  }
  return 'done';
}

/**
 * Whether page numbers no longer mean what they meant when the walk was interrupted: rows that came or went meanwhile push
 * others to a page that is already read, and they would be missed.
 */
async function hasShifted(walk: Walk, run: Run, settings: SourceSettings, cursor: SourceCursor): Promise<boolean> {
  const page = (walk.next?.page ?? 1) - 1;
  if (page < 1) return false;
  const again = await fetchPage(run, settings, { page }, { after: cursor.after, validators: null });
  return walk.visited.at(-1) !== contentMark(again?.items ?? []);
}

/** Only of a single page: the first of several says nothing about the others. */
const canBeAsked = ({ method, pagination }: SourceSettings): boolean => method === 'GET' && pagination.type === 'none';

async function finish(slice: Slice, run: Run, settings: SourceSettings, cursor: SourceCursor): Promise<SyncResult> {
  const { walk } = slice;
  refuseUnusable(walk, settings);
  const next: SourceCursor = {
    ...cursor,
    answer: walk.answer,
    validators: canBeAsked(settings) && walk.problem === null && walk.after === cursor.after ? slice.validators : null,
  };
  const place = placeOf(run);
  const moved = async (span: number): Promise<string> => {
    const dated = walk.after !== null && timeOf(walk.after, settings) !== undefined;
    const walked = { after: walk.after, edge: new Set(walk.edge), dated };
    return writeCursor({ ...next, ...(await keepEdge(walked, slice.before, cursor, run.token, place)), span });
  };
  if (walk.answer === cursor.answer) {
    // Its values stand in the store already, under the slot at which they were new.
    const end = { stored: walk.values, unchanged: 'same content' as const, cursor: await moved(cursor.span) };
    return resultOf(walk, settings, end);
  }
  const earlier = await readParts(walk.staged, place);
  if (earlier === undefined) {
    throw new UpstreamError('rows read earlier in this walk are gone; it begins again', { problem: 'bad_body' });
  }
  const rows = [...earlier, ...slice.rows].filter((row) => row.values.length > 0);
  const ofSlot = rows.flatMap((row): TimedRow[] => (row.at === null ? [{ ...row, at: run.slot }] : []));
  const storing = { token: run.token, retentionDays: settings.retentionDays };
  // What is older would be gone at once.
  const oldest = place.now - (settings.retentionDays ?? Number.POSITIVE_INFINITY) * DAY_MS;
  const dated = rows.flatMap((row): TimedRow[] => (row.at === null || row.at < oldest ? [] : [{ ...row, at: row.at }]));
  const span = run.cursor === null ? DAY_MS : cursor.span;
  const fresh = await withoutStored(dated, span, place);

  run.assertHeld();
  if (ofSlot.length > 0) {
    const readFrom = String(cursor.after ?? '');
    await storeBatch(ofSlot, { ...storing, slot: run.slot, readFrom }, place);
  }
  const longest = await storeDated(fresh, storing, place);
  const stored = [...ofSlot, ...fresh].reduce((sum, row) => sum + row.values.length, 0);
  return resultOf(walk, settings, {
    stored,
    unchanged: null,
    cursor: await moved(Math.max(cursor.span, longest)),
  });
}

/** Keeps the rows of this slice where no reader looks, and answers the walk that knows of them. */
async function setAside({ walk, rows }: Slice, run: Run): Promise<Walk> {
  run.assertHeld();
  const leftAt = run.clock.now();
  const place = placeOf(run);
  const keys = await stageRows(rows, leftAt, place);
  return { ...walk, ...(await stageEdge(walk.edge, leftAt, place)), leftAt, staged: [...walk.staged, ...keys] };
}

/** A walk that was set aside, with its edge; undefined when that is gone, and the walk has to begin again. */
async function whole(walk: Walk | undefined, place: Place): Promise<Walk | undefined> {
  const progress = walk && (await readEdge(walk, place));
  return progress && { ...walk, edge: [...progress.edge], edgeAt: [] };
}

/** Whether the same page may well be there at the next attempt. */
function mayGoOn(error: unknown): boolean {
  if (error instanceof RetryLater) return true;
  if (!(error instanceof UpstreamError)) return false;
  const { problem, status } = error;
  return ['timeout', 'connection', 'dns', 'tls'].includes(problem) || (status !== undefined && status >= 500);
}
