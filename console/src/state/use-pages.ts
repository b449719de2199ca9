import { useState } from 'react';
import { type Polled, usePoll } from './use-poll.ts';

/** A list that is read page by page, as far down as somebody went. */
export interface Paged<T> extends Polled<PagedItems<T>> {
  readonly loadMore: () => void;
  readonly loadingMore: boolean;
}

export interface PagedItems<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

type PageQuery = Readonly<Record<'limit' | 'cursor', string | number | undefined>>;

const EVERY_MS = 15_000;

export interface PagesOptions<T> {
  /** Names the list, with all that is asked of it. */
  readonly key: string;
  /** Items of one page. */
  readonly limit: number;
  /** Pages that are read at first, and more with each step. */
  readonly depth?: number;
  /** Ms between two readings; null: only when told to. */
  readonly every?: number | null;
  readonly load: (query: PageQuery, signal: AbortSignal) => Promise<Page<T>>;
}

export const pagesKey = (key: string): string => `pages|${key}`;

export function usePages<T>({ key, limit, depth = 1, every = EVERY_MS, load }: PagesOptions<T>): Paged<T> {
  const [reached, setReached] = useState({ key, pages: depth });
  const pages = reached.key === key ? reached.pages : depth;
  const polled = usePoll<PagedItems<T> & { readonly pages: number }>(
    pagesKey(key),
    async (signal) => {
      const items: T[] = [];
      let cursor: string | undefined;
      let read = 0;
      do {
        const page = await load({ limit, cursor }, signal);
        items.push(...page.items);
        cursor = page.nextCursor ?? undefined;
        read += 1;
      } while (cursor !== undefined && read < pages);
      return { items, more: cursor !== undefined, pages };
    },
    () => every,
  );
  const { refresh } = polled;
  return {
    ...polled,
    loadMore() {
      setReached({ key, pages: pages + depth });
      // After the new depth is known to the poll.
      setTimeout(() => void refresh(), 0);
    },
    loadingMore: polled.data?.more === true && polled.data.pages < pages,
  };
}
