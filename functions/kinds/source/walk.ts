import * as z from 'zod';
import { PermanentError, UpstreamError } from '../../model/failure.ts';
import type { SourceCursor } from './cursor.ts';
import { type Extracted, extractRows } from './extract.ts';
import type { Page } from './fetch-page.ts';
import { shortHash } from './hash.ts';
import type { Progress } from './increment.ts';
import { firstPosition } from './next-page.ts';
import type { Position } from './request.ts';
import type { SourceSettings } from './settings.ts';

export const MAX_PAGES = 100;
export const MAX_ROWS = 100_000;
/** Of the values as JSON: what is read must fit into the worker's memory until all of it is there. */
const MAX_TOTAL_CHARS = 20_000_000;
/** A walk that was interrupted for longer begins again: the source has moved on. */
const MAX_PAUSE_MS = 3600_000;

const position = z.object({
  page: z.number().optional(),
  cursor: z.union([z.string(), z.number()]).optional(),
  link: z.string().optional(),
});

/** One reading of all pages, in progress; plain JSON, because it is the checkpoint of a run that needs more than one slice. */
const walk = z.object({
  v: z.literal(1),
  /** When it was begun or set aside, epoch ms. */
  leftAt: z.number(),
  reading: z.string(),
  /** The page to read next; null when all are read. */
  next: position.nullable(),
  pages: z.number(),
  rows: z.number(),
  values: z.number(),
  known: z.number(),
  badRows: z.number(),
  badValues: z.number(),
  problem: z.string().nullable(),
  /** Indexes of the fields that some row had. */
  seen: z.array(z.number()),
  after: z.union([z.string(), z.number()]).nullable(),
  /** Of the rows at `after` that this walk has met. */
  edge: z.array(z.string()),
  /** Where the edge is kept until the walk goes on, when it is too long for this place. */
  edgeAt: z.array(z.string()).default([]),
  /** Hashes of the contents and of the positions so far, to notice a walk in circles. */
  visited: z.array(z.string()),
  answer: z.string(),
  chars: z.number(),
  /** Where the rows of earlier slices are kept until the walk is done. */
  staged: z.array(z.string()),
});
export type Walk = z.output<typeof walk>;

export function startWalk(settings: SourceSettings, cursor: SourceCursor, now: number): Walk {
  return {
    v: 1,
    leftAt: now,
    reading: settings.reading,
    next: firstPosition(settings),
    pages: 0,
    rows: 0,
    values: 0,
    known: 0,
    badRows: 0,
    badValues: 0,
    problem: null,
    seen: [],
    after: cursor.after,
    edge: [],
    edgeAt: [],
    visited: [],
    answer: '',
    chars: 0,
    staged: [],
  };
}

/** The walk an earlier slice or a run that died left behind, where it still fits. */
export function resumeWalk(checkpoint: unknown, settings: SourceSettings, now: number): Walk | undefined {
  const left = walk.safeParse(checkpoint).data;
  const fits = left !== undefined && left.reading === settings.reading && now - left.leftAt <= MAX_PAUSE_MS;
  return fits ? left : undefined;
}

/** Recognises the content of a page. */
export const contentMark = (items: readonly unknown[]): string => `c${shortHash(JSON.stringify(items))}`;

/** Takes in the page at `walk.next`. Throws when the walk goes in circles or beyond the limits. */
export function addPage(
  walk: Walk,
  page: Page,
  settings: SourceSettings,
  before: Progress,
): { readonly walk: Walk; readonly rows: Extracted['rows'] } {
  const pages = walk.pages + (page.items.length > 0 ? 1 : 0);
  const rows = walk.rows + page.items.length;
  // Without counting rows a cursor could lead from one empty page to the next for ever.
  const steps = walk.visited.filter((mark) => mark.startsWith('p')).length + 1;
  if (pages > MAX_PAGES || (page.next !== null && steps >= MAX_PAGES && settings.pagination.type !== 'page')) {
    throw tooMuch(`more than ${MAX_PAGES} pages`);
  }
  if (rows > MAX_ROWS) throw tooMuch(`more than ${MAX_ROWS.toLocaleString('en')} rows`);
  const visited = visit(walk, page);
  const read = extractRows(page.items, pages, settings, before, { after: walk.after, edge: new Set(walk.edge) });
  const chars = walk.chars + read.chars;
  if (chars > MAX_TOTAL_CHARS) throw tooMuch(`more than ${MAX_TOTAL_CHARS / 1_000_000} MB of values`);
  return {
    rows: read.rows,
    walk: {
      ...walk,
      next: page.next,
      pages,
      rows,
      values: walk.values + read.rows.reduce((sum, row) => sum + row.values.length, 0),
      known: walk.known + read.known,
      badRows: walk.badRows + read.badRows,
      badValues: walk.badValues + read.badValues,
      problem: walk.problem ?? read.problem,
      seen: [...new Set([...walk.seen, ...read.seen])],
      after: read.progress.after,
      edge: [...read.progress.edge],
      visited,
      answer: shortHash(walk.answer + read.hash),
      chars,
    },
  };
}

const tooMuch = (what: string): PermanentError =>
  new PermanentError(
    `the source has ${what}: nothing was stored; ask for less with config.incremental or a filter in config.url`,
    'limit',
  );

/** Positions begin with p, contents with c. */
function visit(walk: Walk, page: Page): string[] {
  const content = page.items.length > 0 ? [contentMark(page.items)] : [];
  const here = `p${shortHash(walk.next satisfies Position | null)}`;
  const next = page.next === null ? undefined : `p${shortHash(page.next)}`;
  const visited = [...walk.visited, here, ...content];
  const circle = (message: string): UpstreamError => new UpstreamError(message, { problem: 'bad_body' });
  if (content.some((mark) => walk.visited.includes(mark))) {
    throw circle(
      `page ${walk.pages + 1} of the source repeats an earlier page: nothing was stored; check config.pagination, the source may not know the parameter`,
    );
  }
  if (next !== undefined && visited.includes(next)) {
    throw circle(`after page ${walk.pages + 1} the source leads back to a page it has shown: nothing was stored`);
  }
  return visited;
}
