import * as z from 'zod';
import type { KeptProgress } from './edge.ts';
import type { SourceSettings } from './settings.ts';

/**
 * What a source integration remembers from one run to the next, in the integration's cursor: it is written with the end of
 * the run, so remembering costs no write and can never be ahead of what is stored.
 */
const sourceCursor = z.object({
  v: z.literal(1),
  question: z.string(),
  reading: z.string(),
  /** How far an incremental source has been read. */
  after: z.union([z.string(), z.number()]).nullable(),
  edge: z.array(z.string()),
  /** Where the edge is kept when it is too long for this place. */
  edgeAt: z.array(z.string()).default([]),
  /** Hash of the last answer's content. */
  answer: z.string().nullable(),
  validators: z.object({ etag: z.string().optional(), lastModified: z.string().optional() }).nullable(),
  /** Longest time (ms) between the first and the last row of one stored page, ever: how far a reader must look back. */
  span: z.number(),
});
export type SourceCursor = z.output<typeof sourceCursor>;

/**
 * Parses the stored cursor. What no longer holds is forgotten: everything when another question is asked now, the last
 * answer when it would be stored differently.
 */
export function readCursor(
  text: string | null,
  { question, reading }: Pick<SourceSettings, 'question' | 'reading'>,
): SourceCursor {
  const stored = parse(text);
  const now = { v: 1, question, reading, span: stored?.span ?? 0 } as const;
  if (stored === undefined || stored.question !== question) {
    // Its items are not to be written over before this run has come to its end.
    const edgeAt = stored?.edgeAt ?? [];
    return { after: null, edge: [], edgeAt, answer: null, validators: null, ...now };
  }
  return stored.reading === reading ? stored : { ...stored, ...now, answer: null, validators: null };
}

export const writeCursor = ({ edgeAt, ...cursor }: Writable): string =>
  JSON.stringify({ ...cursor, ...(edgeAt.length > 0 && { edgeAt }) });

type Writable = Omit<SourceCursor, 'edge' | 'edgeAt'> & Pick<KeptProgress, 'edge' | 'edgeAt'>;

/** How far before a time (ms) the pages begin that may hold its rows; `unknown` before the first run has ended. */
export const storedSpan = (text: string | null, unknown: number): number => parse(text)?.span ?? unknown;

function parse(text: string | null): SourceCursor | undefined {
  if (text === null) return undefined;
  try {
    return sourceCursor.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
