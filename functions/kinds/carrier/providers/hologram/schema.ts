import * as z from 'zod';
import { lenient, optionalText, parseTime, wireBytes, wireId, wireNumber } from '../../wire.ts';

const link = z.object({
  id: wireId,
  sim: optionalText,
  state: lenient(z.string()),
  whenexpires: lenient(z.string()),
  plan: lenient(z.object({ data: wireNumber.nullish() })),
  cur_billing_data_used: wireBytes.nullish(),
  last_billing_data_used: lenient(wireBytes),
});

export const device = z.object({
  id: wireId,
  links: z.object({ cellular: z.array(link).nullish() }).nullish(),
  /** Null or an empty list: the device never had a session. Absent: not told. */
  lastsession: z
    .union([z.object({ active: lenient(z.boolean()) }), z.array(z.unknown()), z.null()])
    .optional()
    .catch(undefined),
});
export type HologramDevice = z.output<typeof device>;
export type HologramLink = z.output<typeof link>;

export const usageRecord = z.object({
  linkid: lenient(wireId),
  deviceid: lenient(wireId),
  record_id: lenient(wireId),
  session_begin: lenient(z.string()),
  timestamp: lenient(z.string()),
  bytes: lenient(wireBytes),
});

export const plan = z.object({
  id: wireId,
  name: z.string().catch(''),
  description: lenient(z.string()),
  data: lenient(wireNumber),
});

/** Every answer: `success: false` comes with HTTP 200 too. */
export const envelope = z.object({
  success: z.boolean(),
  error: lenient(z.string()),
  /** Not there beside an error. */
  data: z.unknown().optional(),
  continues: lenient(z.boolean()),
  lastid: lenient(wireId),
  links: lenient(z.object({ next: z.string().nullish() })),
});

export const claimed = z.object({
  success: z.boolean(),
  error: lenient(z.string()),
  data: lenient(z.array(z.object({ device: wireId, sim: optionalText }))),
});

/** Naive UTC; all zeros mean "none". */
export function hologramTime(text: string | null | undefined): number | undefined {
  return text === null || text === undefined || text.startsWith('0000') ? undefined : parseTime(text);
}
