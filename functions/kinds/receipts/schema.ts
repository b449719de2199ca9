import * as z from 'zod';
import { nextCursor, pageCursor, pageLimit } from '../../model/page-cursor.ts';
import type { ListPosition } from './list-receipts.ts';
import { RECEIPT_STATES } from './receipt.ts';

const time = z.iso.datetime();
const count = z.number().int().nonnegative();

export const buffered = z.object({ status: z.literal('buffered'), receipt_id: z.string() });

export const batchReport = z.object({
  status: z.enum(['completed', 'skipped']).describe('skipped: a run is going on'),
  synced: count,
  failed: count,
  skipped: count.describe('Not tried, because the operator is not to be called now'),
  duration_seconds: z.number(),
});

export const bufferStatus = z.object({
  pending: count,
  syncing: count,
  unknown: count.describe('Sent, but the answer was lost'),
  synced: count,
  dead_lettered: count,
  oldest_pending_at: time.nullable(),
  breaker: z.object({ state: z.enum(['closed', 'open', 'half_open']), until: time.nullable() }),
});

export const workerStatus = z.object({
  running: z.boolean(),
  consecutive_failures: count,
  next_run_at: time.nullable(),
  last_run_at: time.nullable(),
});

/** A place outside its part is one that DynamoDB refuses. */
const position = z.union([
  z.object({ part: z.literal(0), after: z.string().max(300).startsWith('queue#').optional() }),
  z.object({ part: z.literal(1), after: z.string().max(300).startsWith('dead#').optional() }),
  z.object({
    part: z.literal(2),
    after: z
      .string()
      .regex(/^\d{1,12}$/)
      .optional(),
  }),
]);

export const listQuery = z.object({
  status: z.enum(RECEIPT_STATES).optional(),
  limit: pageLimit,
  cursor: pageCursor<ListPosition>(position).optional(),
});

export const receiptList = z.object({
  receipts: z.array(
    z.object({
      receipt_id: z.string(),
      status: z.enum(RECEIPT_STATES),
      retry_count: count,
      last_error: z.string().nullable(),
      created_at: time,
      synced_at: time.nullable(),
      fiscal_doc: z.record(z.string(), z.unknown()).describe('The document, and what the operator said of it'),
    }),
  ),
  nextCursor,
});
