import * as z from 'zod';
import { KIND_NAMES } from '../../model/kind-name.ts';
import { nextCursor, pageQuery, writePageCursor } from '../../model/page-cursor.ts';
import { type DeadLetter, listDeadLetters, removeDeadLetter } from '../../store/dead-letters.ts';
import { apiRoute } from '../api-route.ts';
import { isoTime, toIso } from '../integration-view.ts';
import { MAX_REDRIVE, noSuchLetter, redriveMany, redriveOne } from '../redrive.ts';

const letterSchema = z.object({
  id: z.string(),
  kind: z.enum(KIND_NAMES).nullable(),
  integrationId: z.string().nullable(),
  reason: z.string(),
  attempts: z.number().int(),
  lastError: z.string().nullable(),
  firstFailureAt: isoTime,
  lastFailureAt: isoTime,
  createdAt: isoTime,
  subject: z.object({
    type: z.enum(['message', 'receipt', 'malformed']),
    receiptId: z.string().optional(),
  }),
});

const list = apiRoute({
  method: 'GET',
  path: '/api/dead-letters',
  summary: 'What was given up on, newest first.',
  role: 'viewer',
  query: pageQuery,
  response: z.object({ deadLetters: z.array(letterSchema), nextCursor }),
  async handle({ tenantId, query: { limit, cursor } }, { db }) {
    const page = await listDeadLetters(tenantId, { limit, before: cursor ?? null }, db);
    return { deadLetters: page.deadLetters.map(viewLetter), nextCursor: writePageCursor(page.next) };
  },
});

/** Without the message's body: it says nothing a person needs, and a malformed one could hold anything. */
function viewLetter(letter: DeadLetter): z.output<typeof letterSchema> {
  const { tenantId: _, subject, firstFailureAt, lastFailureAt, createdAt, ...rest } = letter;
  return {
    ...rest,
    firstFailureAt: toIso(firstFailureAt) ?? '',
    lastFailureAt: toIso(lastFailureAt) ?? '',
    createdAt: toIso(createdAt) ?? '',
    subject: { type: subject.type, ...(subject.type === 'receipt' && { receiptId: subject.receiptId }) },
  };
}

const letterParams = z.object({ id: z.string().max(200) });
const redriven = z.object({
  id: z.string(),
  runId: z.string().nullable().meta({ description: 'Of the run that was asked for; null for a receipt.' }),
});

const redrive = apiRoute({
  method: 'POST',
  path: '/api/dead-letters/{id}/redrive',
  summary: 'Try it again: put back to work first, removed from here after.',
  role: 'operator',
  params: letterParams,
  body: z.strictObject({
    correction: z
      .unknown()
      .optional()
      .meta({ description: 'For a rejected receipt: the fiscal document to send instead.' }),
  }),
  response: redriven,
  status: 202,
  handle: ({ tenantId, params, body }, deps) => redriveOne(tenantId, params.id, body.correction, deps),
});

const redriveSelected = apiRoute({
  method: 'POST',
  path: '/api/dead-letters/redrive',
  summary: `Try several again: the named ones, or ${MAX_REDRIVE} of a kind a request, newest first. Those that can’t be put back stay.`,
  role: 'operator',
  body: z
    .strictObject({
      ids: z.array(z.string().min(1).max(200)).min(1).max(MAX_REDRIVE).optional(),
      kind: z.enum(KIND_NAMES).optional(),
      cursor: pageQuery.shape.cursor,
      dryRun: z.boolean().optional().meta({ description: 'Say what would be tried, and do nothing.' }),
    })
    .refine(({ ids, kind }) => (ids === undefined) !== (kind === undefined), {
      path: ['ids'],
      message: 'give either ids or kind',
    }),
  response: z.object({
    dryRun: z.boolean(),
    count: z.number().int().meta({ description: 'Letters that were, or on a dry run would be, tried.' }),
    redriven: z.array(redriven),
    failed: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })),
    nextCursor,
  }),
  async handle({ tenantId, body: { ids, kind, cursor, dryRun = false } }, deps) {
    const selection = kind === undefined ? { ids: ids ?? [] } : { kind, before: cursor ?? null };
    const { next, ...report } = await redriveMany(tenantId, selection, dryRun, deps);
    return { ...report, nextCursor: writePageCursor(next) };
  },
});

const remove = apiRoute({
  method: 'DELETE',
  path: '/api/dead-letters/{id}',
  summary: 'Delete a dead letter.',
  role: 'operator',
  params: letterParams,
  response: z.undefined(),
  status: 204,
  async handle({ tenantId, params }, { db }) {
    if (!(await removeDeadLetter(tenantId, params.id, db))) throw noSuchLetter();
  },
});

export const deadLetterRoutes = [list, redrive, redriveSelected, remove];
