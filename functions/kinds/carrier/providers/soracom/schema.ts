import * as z from 'zod';
import { lenient, optionalText, wireBytes, wireId, wireNumber } from '../../wire.ts';

export const token = z.object({ apiKey: z.string().min(1), token: z.string().min(1) });

export const sim = z.object({
  simId: wireId,
  iccid: optionalText,
  status: lenient(z.string()),
  /** Null: no session so far. Absent: not told. */
  sessionStatus: z
    .object({ online: lenient(z.boolean()) })
    .nullish()
    .catch(undefined),
});
export type SoracomSim = z.output<typeof sim>;

/** Per day and speed class; times of statistics are unix seconds. */
export const stats = z.array(
  z.object({
    unixtime: wireNumber,
    dataTrafficStatsMap: z
      .record(z.string(), z.object({ uploadByteSizeTotal: wireBytes, downloadByteSizeTotal: wireBytes }))
      .nullish(),
  }),
);
