import { UpstreamError } from '../../model/failure.ts';

/** At a call a second they fit into a slice; a list that goes on beyond this does not end. */
const MAX_PAGES = 30;

/** All items of a short list, page after page. `next`: null at the end. Throws UpstreamError when it does not end. */
export async function readAllPages<T, P>(
  first: P,
  readPage: (place: P) => Promise<{ readonly items: readonly T[]; readonly next: P | null }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let place: P | null = first;
  for (let page = 0; place !== null; page++) {
    if (page === MAX_PAGES) throw endless(`gives more than ${MAX_PAGES} pages`);
    const { items, next }: { readonly items: readonly T[]; readonly next: P | null } = await readPage(place);
    if (next !== null && next === place) throw endless('gives the same page again and again');
    all.push(...items);
    place = next;
  }
  return all;
}

const endless = (words: string): UpstreamError => new UpstreamError(`The carrier ${words}`, { problem: 'bad_body' });
