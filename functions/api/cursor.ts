import * as z from 'zod';

/** Where the next page of a list begins: the id of the last entry of this one, wrapped so that nobody builds their own. */
export function encodeCursor(lastId: string | null): string | null {
  return lastId === null ? null : Buffer.from(lastId, 'utf8').toString('base64url');
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$/;

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(100).meta({ description: 'Entries a page.' }),
  cursor: z
    .string()
    .max(300)
    .transform((cursor, context) => {
      const lastId = Buffer.from(cursor, 'base64url').toString('utf8');
      if (ID.test(lastId)) return lastId;
      context.addIssue({ code: 'custom', message: 'not a cursor: give the nextCursor of the page before, as it is' });
      return z.NEVER;
    })
    .optional()
    .meta({ description: '`nextCursor` of the page before.' }),
});

export const nextCursor = z.string().nullable().meta({ description: 'Null on the last page.' });
