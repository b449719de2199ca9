import { UpstreamError } from '../../model/failure.ts';
import type { SyncResult } from '../kind.ts';
import type { SourceSettings } from './settings.ts';
import type { Walk } from './walk.ts';

/** Throws UpstreamError when there were rows and nothing in them could be used: that is no success, and no cursor may move. */
export function refuseUnusable(walk: Walk, { fields }: SourceSettings): void {
  if (walk.rows === 0 || walk.values > 0 || walk.known > 0) return;
  const bad = (message: string): UpstreamError => new UpstreamError(message, { problem: 'bad_body' });
  const rows = many(walk.rows, 'row');
  if (walk.problem !== null) throw bad(`nothing in the ${rows} could be used; ${walk.problem}`);
  if (fields !== null && walk.seen.length === 0) {
    const names = fields.map((field) => field.name).join(', ');
    throw bad(
      `none of the fields was found in the ${rows}: ${shorten(names, 200)}; test the connection to see what the source has`,
    );
  }
}

/** What a finished run tells: `partial` when something could not be used. */
export function resultOf(
  walk: Walk,
  { fields }: SourceSettings,
  end: {
    readonly stored: number;
    readonly unchanged: 'not modified' | 'same content' | null;
    readonly cursor?: string;
  },
): SyncResult {
  const { badRows, badValues, known, pages, problem, rows } = walk;
  const missing = rows === 0 ? [] : (fields ?? []).filter((_field, index) => !walk.seen.includes(index));
  return {
    outcome: problem === null ? 'success' : 'partial',
    recordsCount: end.stored,
    details: {
      pages,
      rows,
      badRows,
      badValues,
      rowsKnown: known,
      unchanged: end.unchanged,
      fieldsNotFound: missing.length === 0 ? null : shorten(missing.map((field) => field.name).join(', '), 200),
    },
    // What was compared and found unchanged is as fresh as what was stored.
    stored: true,
    ...(problem !== null && {
      message: shorten(unusable(walk), 500),
    }),
    ...(end.cursor !== undefined && { cursor: end.cursor }),
  };
}

/** How much was left out, and why the first of it. */
export function unusable({ badRows, badValues, problem }: Pick<Walk, 'badRows' | 'badValues' | 'problem'>): string {
  const counts = [badValues > 0 && many(badValues, 'value'), badRows > 0 && many(badRows, 'row')];
  return `${counts.filter(Boolean).join(' and ')} could not be used; ${problem}`;
}

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
