import * as z from 'zod';
import type { IntegrationId, TenantId } from './ids.ts';
import { parseIntegrationId, parseTenantId } from './ids.ts';
import { TRIGGERS } from './integration.ts';
import { KIND_NAMES } from './kind-name.ts';

/** Everything a worker needs to claim a run; it carries no settings and no secrets, so an old one can do no harm. */
export const syncMessageSchema = z.object({
  v: z.literal(1),
  tenantId: z.custom<TenantId>((value) => parseTenantId(value) !== undefined, 'not a tenant id'),
  integrationId: z.custom<IntegrationId>((value) => parseIntegrationId(value) !== undefined, 'not an integration id'),
  kind: z.enum(KIND_NAMES),
  /** Epoch ms: the time it was to run at; for a manual run, when it was asked for. */
  slot: z.number().int().nonnegative(),
  trigger: z.enum(TRIGGERS),
  scheduleVersion: z.number().int().nonnegative(),
  /** Seconds that SQS was asked to keep it back: with the time it was sent, SQS's own time at which it was due. */
  delay: z.number().int().nonnegative().optional(),
  /** Where the index entry goes when this run starts (see SlotToSend). */
  resume: z.number().int().positive().optional(),
  /** Manual runs: the id that was answered to the person. */
  runId: z.string().max(64).optional(),
  /** Continuation of a run: its number, and which slice this is. */
  run: z.number().int().positive().optional(),
  slice: z.number().int().positive().optional(),
});
export type SyncMessage = z.output<typeof syncMessageSchema>;

/** A message that asks for the data of a deleted integration to be removed. */
const purgeMessageSchema = z.object({
  v: z.literal(1),
  purge: z.literal(true),
  tenantId: syncMessageSchema.shape.tenantId,
  integrationId: syncMessageSchema.shape.integrationId,
  kind: z.enum(KIND_NAMES),
});
export type PurgeMessage = z.output<typeof purgeMessageSchema>;

const queueMessageSchema = z.union([purgeMessageSchema, syncMessageSchema]);
export type QueueMessage = z.output<typeof queueMessageSchema>;

/** Undefined for a body that is not one of ours. */
export function parseQueueMessage(body: string): QueueMessage | undefined {
  try {
    const parsed = queueMessageSchema.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
