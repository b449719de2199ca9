import * as z from 'zod';
import { lenient, optionalText, wireBytes, wireId, wireTime } from '../../wire.ts';

/**
 * Only what is used, as tolerant as it may be: fields that are not named are ignored, `wireId` and `wireBytes` take numbers
 * that come as text, `lenient` makes a field nothing depends on absent when it is not as it should be.
 */
export const sim = z.object({
  id: wireId,
  iccid: optionalText,
  state: lenient(z.string()),
  online: lenient(z.boolean()),
  used_bytes: wireBytes.nullish(),
  cycle_start: wireTime,
  cycle_end: wireTime,
});
export type TemplateSim = z.output<typeof sim>;

export const simPage = z.object({ sims: z.array(z.unknown()), next_cursor: optionalText });
