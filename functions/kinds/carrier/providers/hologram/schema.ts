import { z } from 'zod';
import { optionalText, parseTime, wireBytes, wireId, wireNumber } from '../../wire.ts';

const link = z.object({
  id: wireId,
  sim: optionalText,
  state: z.string().nullish(),
  whenexpires: z.string().nullish(),
  plan: z.object({ data: wireNumber.nullish() }).nullish().catch(undefined),
  cur_billing_data_used: wireBytes.nullish(),
  last_billing_data_used: wireBytes.nullish().catch(undefined),
});

export const device = z.object({
  id: wireId,
  links: z.object({ cellular: z.array(link).nullish() }).nullish(),
  /** Null or empty: the device never had a session. Absent: not told. */
  lastsession: z
    .union([z.object({ active: z.boolean().nullish() }), z.array(z.unknown()), z.null()])
    .optional()
    .catch(undefined),
});
export type HologramDevice = z.output<typeof device>;
export type HologramLink = z.output<typeof link>;

export const usageRecord = z.object({
  linkid: wireId.nullish(),
  deviceid: wireId.nullish(),
  record_id: wireId.nullish(),
  session_begin: z.string().nullish(),
  timestamp: z.string().nullish(),
  bytes: wireBytes,
});

export const plan = z.object({
  id: wireId,
  name: z.string().catch(''),
  description: z.string().nullish().catch(undefined),
  data: wireNumber.nullish().catch(undefined),
});

/** Every answer: `success: false` comes with HTTP 200 too. */
export const envelope = z.object({
  success: z.boolean(),
  error: z.string().nullish().catch(undefined),
  data: z.unknown(),
  continues: z.boolean().nullish().catch(undefined),
  lastid: wireId.nullish().catch(undefined),
  links: z.object({ next: z.string().nullish() }).nullish().catch(undefined),
});

export const claimed = z.object({
  success: z.boolean(),
  error: z.string().nullish().catch(undefined),
  data: z
    .array(z.object({ device: wireId, sim: optionalText }))
    .nullish()
    .catch(undefined),
});

/** Naive UTC; all zeros mean "none". */
export function hologramTime(text: string | null | undefined): number | undefined {
  return text === null || text === undefined || text.startsWith('0000') ? undefined : parseTime(text);
}
