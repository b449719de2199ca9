import * as z from 'zod';

/** Where the next page of a list begins, wrapped so that nobody builds their own. Null on the last page. */
export const writePageCursor = (place: unknown): string | null =>
  place == null ? null : Buffer.from(JSON.stringify(place)).toString('base64url');

/** `?cursor=` of a list whose pages end at such a place; anything but what `writePageCursor` wrote is refused. */
export const pageCursor = <Place>(place: z.ZodType<Place>) =>
  z
    .string()
    .max(1000)
    .transform((cursor, context): Place => {
      const read = place.safeParse(unwrap(cursor));
      if (read.success) return read.data;
      context.addIssue({ code: 'custom', message: 'not a cursor: give the nextCursor of the page before, as it is' });
      return z.NEVER;
    })
    .meta({ description: '`nextCursor` of the page before.' });

function unwrap(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** `?limit=` of every list. */
export const pageLimit = z.coerce.number().int().min(1).max(100).default(100).meta({ description: 'Entries a page.' });

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$/);

/** `?limit=&cursor=` of a list whose pages end at an id. */
export const pageQuery = z.object({ limit: pageLimit, cursor: pageCursor(id).optional() });

export const nextCursor = z.string().nullable().meta({ description: 'Null on the last page.' });
