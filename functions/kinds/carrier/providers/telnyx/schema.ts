import * as z from 'zod';
import { lenient, optionalText, wireId, wireMegabytes, wireNumber } from '../../wire.ts';

/** Amounts are text, with their unit. */
const volume = z.object({ amount: wireMegabytes, unit: z.string() });
export type TelnyxVolume = z.output<typeof volume>;

export const simCard = z.object({
  id: wireId,
  iccid: optionalText,
  status: lenient(z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)])),
  data_limit: lenient(volume),
  current_billing_period_consumed_data: volume.nullish(),
  live_data_session: lenient(z.string()),
});
export type TelnyxSim = z.output<typeof simCard>;

export const simGroup = z.object({ id: wireId, name: z.string().catch(''), data_limit: lenient(volume) });

export const page = z.object({
  data: z.array(z.unknown()),
  meta: lenient(z.object({ total_pages: wireNumber.nullish() })),
});
export const one = z.object({ data: z.unknown() });

/** Success and failure side by side: HTTP 2xx says nothing of the single SIM. */
export const registered = z.object({ data: lenient(z.array(z.unknown())), errors: lenient(z.array(z.unknown())) });
