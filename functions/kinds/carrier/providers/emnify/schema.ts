import * as z from 'zod';
import { lenient, optionalText, wireId, wireMegabytes, wireNumber } from '../../wire.ts';

export const token = z.object({ auth_token: z.string().min(1) });

export const sim = z.object({
  id: wireId,
  iccid: optionalText,
  status: lenient(z.object({ id: wireNumber.nullish(), description: z.string().nullish() })),
  endpoint: lenient(z.object({ id: wireId })),
});
export type EmnifySim = z.output<typeof sim>;

const month = z.object({ data: z.object({ volume: wireMegabytes, month: lenient(z.string()) }).nullish() }).nullish();
const stats = z.object({ current_month: month, last_month: month });
export type EmnifyMonth = z.output<typeof month>;
/** One object in the clients, a list of such objects in the specification. */
export const simStats = z.union([stats, z.array(stats)]).transform((value) => {
  const all = Array.isArray(value) ? value : [value];
  return {
    current: all.find(({ current_month }) => current_month)?.current_month,
    last: all.find(({ last_month }) => last_month)?.last_month,
  };
});

/** The status is an object in the specification, a word on some pages. */
export const connectivity = z.object({
  status: z
    .union([z.string(), z.object({ description: z.string() }).transform(({ description }) => description)])
    .nullish()
    .catch(undefined),
});

export const tariffProfile = z.object({
  id: wireId,
  name: z.string().catch(''),
  description: lenient(z.string()),
  inclusive_volume: lenient(z.object({ volume: wireNumber.nullish() })),
});
