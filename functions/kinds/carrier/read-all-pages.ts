import { PermanentError } from '../../model/failure.ts';

/** Lists somebody waits for are short; one that goes on beyond this does not end. */
const MAX_PAGES = 100;

/** All items of a list, page after page. `next`: null at the end. */
export async function readAllPages<T, P>(
  first: P,
  readPage: (place: P) => Promise<{ readonly items: readonly T[]; readonly next: P | null }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let place: P | null = first;
  for (let page = 0; place !== null; page++) {
    if (page === MAX_PAGES) throw new PermanentError(`The carrier's list has more than ${MAX_PAGES} pages.`, 'limit');
    const { items, next }: { readonly items: readonly T[]; readonly next: P | null } = await readPage(place);
    all.push(...items);
    place = next;
  }
  return all;
}
