import * as z from 'zod';
import { lenient, wireBytes, wireId, wireNumber } from '../../wire.ts';

/** Cycle to date, in bytes. */
export const ctdUsages = z.object({
  iccid: wireId,
  status: lenient(z.string()),
  ctdDataUsage: wireBytes.nullish(),
  ctdSessionCount: lenient(wireNumber),
});

export const device = z.object({ iccid: wireId, status: lenient(z.string()) });

/** No end: the session is still on. */
export const sessionInfo = z.object({
  dateSessionStarted: lenient(z.string()),
  dateSessionEnded: lenient(z.string()),
});
