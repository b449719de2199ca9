import type { Observation } from './weather.ts';

/** How the pages of a list go wrong. */
export type PagingFault =
  /** There is always one more page, with new rows. */
  | 'endless'
  /** Every page after the first shows the first one's rows again, and leads on. */
  | 'repeating'
  /** The last page leads back to the second one. */
  | 'circular'
  /** The second page is on another host. */
  | 'off-origin'
  /** Pages without rows that lead on for ever. */
  | 'empty-endless';

export interface ListPage {
  readonly rows: readonly Observation[];
  /** Offset of the next page; null after the last one. */
  readonly next: number | null;
}

/** The rows from `offset` on. Under the faults that go on for ever, offsets beyond the rows exist as well. */
export function pageAt(
  all: readonly Observation[],
  offset: number,
  size: number,
  fault: PagingFault | undefined,
): ListPage {
  const next = offset + size;
  switch (fault) {
    case 'endless': {
      const rows = all.slice(0, size).map((row, index) => ({ ...row, id: 1_000_000 + offset + index }));
      return { rows, next };
    }
    case 'repeating':
      return { rows: all.slice(0, size), next };
    case 'empty-endless':
      return { rows: offset === 0 ? all.slice(0, size) : [], next };
    case 'circular':
      return { rows: all.slice(offset, next), next: next < all.length ? next : size };
    case 'off-origin':
    case undefined:
      return { rows: all.slice(offset, next), next: next < all.length ? next : null };
  }
}

export interface Offer {
  readonly rows: readonly Observation[];
  readonly pageSize: number;
  readonly fault: PagingFault | undefined;
}

export function since(rows: readonly Observation[], from: string | null): readonly Observation[] {
  return from === null ? rows : rows.filter((row) => row.observedAt >= from);
}

export const cursorAt = (offset: number): string => Buffer.from(`offset ${offset}`).toString('base64url');

export function readCursor(cursor: string | null): number | undefined {
  if (cursor === null) return 0;
  const match = /^offset (\d+)$/.exec(Buffer.from(cursor, 'base64url').toString());
  return match === null ? undefined : Number(match[1]);
}
