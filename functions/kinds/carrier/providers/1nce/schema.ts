import * as z from 'zod';
import { lenient, wireId, wireMegabytes, wireNumber, wireTime } from '../../wire.ts';

export const token = z.object({ access_token: z.string().min(1), expires_in: lenient(wireNumber) });

export const sim = z.object({ iccid: wireId, status: lenient(z.string()) });
export type OnceSim = z.output<typeof sim>;

/** Volumes are decimal text in megabytes; a day may have only messages. */
export const usage = z.object({
  stats: z.array(z.object({ date: wireTime, data: z.object({ volume: wireMegabytes }).nullish() })),
});

export const connection = z.object({ status: lenient(z.string()) });

export const product = z.object({ id: wireId, product: z.string().catch(''), material: lenient(z.string()) });
