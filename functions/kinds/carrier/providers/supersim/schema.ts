import * as z from 'zod';
import { lenient, optionalText, wireBytes, wireId, wireNumber } from '../../wire.ts';

export const token = z.object({ access_token: z.string().min(1), expires_in: lenient(wireNumber) });

const meta = lenient(z.object({ next_page_url: lenient(z.string()) }));
export const usagePage = z.object({ usage_records: z.array(z.unknown()), meta });
export const simPage = z.object({ sims: z.array(z.unknown()), meta });
export const fleetPage = z.object({ fleets: z.array(z.unknown()), meta });

export const sim = z.object({ sid: wireId, iccid: optionalText, status: lenient(z.string()) });
export type SuperSim = z.output<typeof sim>;

/** Grouped by SIM; without grouping the sid is null. */
export const usageRecord = z.object({ sim_sid: lenient(wireId), data_total: wireBytes });
export const simUsage = usageRecord.extend({ sim_sid: wireId });

export const fleet = z.object({ sid: wireId, unique_name: lenient(z.string()), data_limit: lenient(wireNumber) });
