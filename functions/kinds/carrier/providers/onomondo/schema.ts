import * as z from 'zod';
import { lenient, optionalText, wireBytes, wireId, wireNumber, wireTime } from '../../wire.ts';

/** Ids are text with leading zeros. */
export const sim = z.object({
  id: wireId,
  iccid: optionalText,
  activated: lenient(z.boolean()),
  online: lenient(z.boolean()),
});
export type OnomondoSim = z.output<typeof sim>;

export const simPage = z.object({
  sims: z.array(z.unknown()),
  total: lenient(wireNumber),
});

/** Naive UTC. */
export const usageRecord = z.object({ sim_id: wireId, time: lenient(wireTime), bytes: lenient(wireBytes) });
export const usagePage = z.object({
  usage: z.array(z.unknown()),
  pagination: lenient(z.object({ next_page: optionalText, has_more: lenient(z.boolean()) })),
});
