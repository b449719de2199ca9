import * as z from 'zod';
import { ApiError, type Route, route } from '../route.ts';
import { storedSpan } from './cursor.ts';
import { FIRST_TIME, parseIsoDate } from './date.ts';
import { type DataValue, readValues } from './records.ts';
import { readValuesBackwards } from './records-backwards.ts';
import { DAY_MS, placeOf } from './store.ts';

const MAX_PAGE = 100;

const time = z
  .string()
  .refine((text) => parseIsoDate(text) !== undefined, 'is not a time such as 2026-11-22T10:00:00.000Z')
  .describe('ISO 8601; UTC unless it says otherwise');

const query = z
  .object({
    from: time.optional().describe('Inclusive'),
    to: time.optional().describe('Exclusive'),
    order: z.enum(['asc', 'desc']).optional().describe('By time; desc: latest first'),
    limit: z.coerce.number().int().min(1).max(MAX_PAGE).optional(),
    cursor: z.string().max(200).optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || toMs(from) <= toMs(to), {
    path: ['from'],
    message: 'must not be later than to',
  });

const response = z.object({
  records: z.array(z.object({ at: z.iso.datetime(), field: z.string(), value: z.unknown() })),
  nextCursor: z.string().nullable(),
});

const getRecords = route({
  method: 'GET',
  path: '/api/integrations/{id}/records',
  summary: 'The stored data values of a source, by time',
  role: 'viewer',
  integration: { from: 'path', kind: 'source' },
  query,
  response,
  handle: async ({ query: { from, to, order = 'asc', limit = MAX_PAGE, cursor } }, { integration, data, clock }) => {
    const begin = cursor === undefined ? null : parseCursor(cursor, order);
    const whole = {
      from: from === undefined ? FIRST_TIME : toMs(from),
      to: to === undefined ? null : toMs(to),
      span: storedSpan(integration.cursor, DAY_MS),
    };
    const edge = begin && { skip: begin.skip, ...(order === 'asc' ? { from: begin.at } : { to: begin.at + 1 }) };
    const place = placeOf({ tenantId: integration.tenantId, integrationId: integration.id, data, clock });
    const read = order === 'asc' ? readValues : readValuesBackwards;
    const values: DataValue[] = [];
    for await (const value of read({ ...whole, ...edge }, place)) {
      values.push(value);
      if (values.length > limit) break;
    }
    const page = values.slice(0, limit);
    return {
      records: page.map(({ at, field, value }) => ({ at: new Date(at).toISOString(), field, value })),
      nextCursor: values.length > limit ? cursorAfter(page, begin, order) : null,
    };
  },
});

export const sourceRoutes: readonly Route[] = [getRecords];

const toMs = (text: string): number => parseIsoDate(text) ?? 0;

type Order = 'asc' | 'desc';

interface Begin {
  /** Epoch ms. */
  readonly at: number;
  /** Values at this time that were shown before. */
  readonly skip: number;
}

function cursorAfter(page: readonly DataValue[], begin: Begin | null, order: Order): string | null {
  const last = page.at(-1);
  if (last === undefined) return null;
  const atLast = page.filter((value) => value.at === last.at).length;
  const skip = atLast + (last.at === begin?.at ? begin.skip : 0);
  return Buffer.from(`${last.at}.${skip}${order === 'desc' ? '.desc' : ''}`).toString('base64url');
}

function parseCursor(cursor: string, order: Order): Begin {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, at, skip, desc] = /^(-?\d{1,15})\.(\d{1,9})(\.desc)?$/.exec(text) ?? [];
  const fits = (order === 'desc') === (desc !== undefined);
  if (at === undefined || skip === undefined || Number(at) < FIRST_TIME || !fits) {
    throw new ApiError(400, 'invalid', 'cursor is not one that this list has given', [
      { path: 'cursor', message: 'is not one that this list has given' },
    ]);
  }
  return { at: Number(at), skip: Number(skip) };
}
