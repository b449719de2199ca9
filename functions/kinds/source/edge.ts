import type { Row } from './extract.ts';
import { INLINE_HASHES, type Increment, type Progress } from './increment.ts';
import { type Place, readParts, stageRows, storeEdge } from './store.ts';

/** Of rows that this walk has not met, so many are remembered still: a source may leave out some for once. */
const ABSENT_HASHES = 1000;
const HASHES_PER_ROW = 1000;

/** A `Progress` as JSON. */
export interface KeptProgress {
  readonly after: Increment | null;
  readonly edge: readonly string[];
  /** Keys of the items that hold the hashes instead. */
  readonly edgeAt: readonly string[];
}

/** Undefined when its items are gone. */
export async function readEdge({ after, edge, edgeAt }: KeptProgress, place: Place): Promise<Progress | undefined> {
  if (after === null || edgeAt.length === 0) return { after, edge: new Set(after === null ? [] : edge) };
  const parts = await readParts(edgeAt, place);
  return parts && { after, edge: new Set(parts.flatMap(hashesOf)) };
}

/**
 * What the next run is to know: `walked`, and of what was known `before` as much as there is room for. Every row at the
 * increment that a walk has met is remembered. The cursor may move once this is done. Throws LeaseLost.
 */
export async function keepEdge(
  walked: Progress & { readonly dated: boolean },
  before: Progress,
  cursor: KeptProgress,
  token: number,
  place: Place,
): Promise<KeptProgress> {
  const { after } = walked;
  const same = after === before.after;
  if (same && [...walked.edge].every((hash) => before.edge.has(hash)))
    return { after, edge: cursor.edge, edgeAt: cursor.edgeAt };
  const absent = same ? [...before.edge].filter((hash) => !walked.edge.has(hash)) : [];
  // Rows with a time of their own are compared with what is stored in any case.
  const room = walked.dated ? INLINE_HASHES : Math.max(ABSENT_HASHES, before.edge.size, walked.edge.size);
  const edge = [...absent, ...walked.edge].slice(-room);
  if (edge.length <= INLINE_HASHES) return { after, edge, edgeAt: [] };
  return { after, edge: [], edgeAt: await storeEdge(rowsOf(edge), cursor.edgeAt, token, place) };
}

/** For a walk that goes on later. */
export async function stageEdge(edge: readonly string[], now: number, place: Place) {
  if (edge.length <= INLINE_HASHES) return { edge: [...edge], edgeAt: [] };
  return { edge: [], edgeAt: await stageRows(rowsOf(edge), now, place) };
}

function rowsOf(hashes: readonly string[]): Row[] {
  const rows: Row[] = [];
  for (let from = 0; from < hashes.length; from += HASHES_PER_ROW) {
    rows.push({ at: null, values: [['edge', hashes.slice(from, from + HASHES_PER_ROW)]] });
  }
  return rows;
}

const hashesOf = ({ values }: Row): string[] => values.flatMap(([, hashes]) => hashes as string[]);
