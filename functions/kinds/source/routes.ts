import * as z from 'zod';
import { nextCursor, pageCursor, pageLimit, writePageCursor } from '../../model/page-cursor.ts';
import { type Route, route } from '../route.ts';
import { storedSpan } from './cursor.ts';
import { FIRST_TIME, LAST_TIME, parseIsoDate } from './date.ts';
import { type DataValue, readValues } from './records.ts';
import { readValuesBackwards } from './records-backwards.ts';
import { DAY_MS, placeOf } from './store.ts';

const time = z
  .string()
  .refine((text) => parseIsoDate(text) !== undefined, 'is not a time such as 2026-11-22T10:00:00.000Z')
  .describe('ISO 8601; UTC unless it says otherwise');

const order = z.enum(['asc', 'desc']);

const begin = z.object({
  order,
  /** Epoch ms. */
  at: z.number().int().min(FIRST_TIME).max(LAST_TIME),
  /** Values at this time that were shown before. */
  skip: z.number().int().nonnegative(),
});
type Begin = z.output<typeof begin>;

const query = z
  .object({
    from: time.optional().describe('Inclusive'),
    to: time.optional().describe('Exclusive'),
    order: order.default('asc').describe('By time; desc: latest first'),
    limit: pageLimit,
    cursor: pageCursor(begin).optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || toMs(from) <= toMs(to), {
    path: ['from'],
    message: 'must not be later than to',
  })
  .refine(({ order, cursor }) => cursor === undefined || cursor.order === order, {
    path: ['cursor'],
    message: 'is of a list in the other order',
  });

const response = z.object({
  records: z.array(z.object({ at: z.iso.datetime(), field: z.string(), value: z.unknown() })),
  nextCursor,
});

const getRecords = route({
  method: 'GET',
  path: '/api/integrations/{id}/records',
  summary: 'The stored data values of a source, by time',
  role: 'viewer',
  integration: { from: 'path', kind: 'source' },
  query,
  response,
  handle: async ({ query: { from, to, order, limit, cursor } }, { integration, data, clock }) => {
    const whole = {
      from: from === undefined ? FIRST_TIME : toMs(from),
      to: to === undefined ? null : toMs(to),
      span: storedSpan(integration.cursor, DAY_MS),
    };
    const edge = cursor && { skip: cursor.skip, ...(order === 'asc' ? { from: cursor.at } : { to: cursor.at + 1 }) };
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
      nextCursor: writePageCursor(values.length > limit ? endOf(page, order, cursor) : null),
    };
  },
});

export const sourceRoutes: readonly Route[] = [getRecords];

const toMs = (text: string): number => parseIsoDate(text) ?? 0;

function endOf(page: readonly DataValue[], order: Begin['order'], before: Begin | undefined): Begin | null {
  const last = page.at(-1);
  if (last === undefined) return null;
  const atLast = page.filter((value) => value.at === last.at).length;
  return { order, at: last.at, skip: atLast + (last.at === before?.at ? before.skip : 0) };
}
