import * as z from 'zod';
import { nextCursor, pageCursor, pageLimit } from '../../model/page-cursor.ts';
import { NETWORK_STATUSES, SIM_STATUSES } from './provider.ts';

/** Printed on every SIM; the check digit at its end is left out by some carriers, so it is not checked. */
export const iccid = z.string().regex(/^\d{15,22}$/, 'an ICCID has 15 to 22 digits');
const isoTime = z.iso.datetime();

/** Stands alone in a path: clients take `.` and `..` for steps in it, whether they are escaped or not. */
const isNoStep = (id: string): boolean => id !== '.' && id !== '..';

export const deviceParams = z.object({
  deviceId: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^\p{C}/\\?#%]+$/u, 'no / \\ ? # % and no control character')
    .refine(isNoStep, 'is a step in a path, no id'),
});

export const linkBody = z.strictObject({
  carrierDeviceId: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9_.:-]+$/, "the carrier's id of the device: letters, digits and _ . : -")
    .refine(isNoStep, 'is a step in a path, no id'),
  name: z.string().max(200).nullable().optional(),
  iccid: iccid.nullable().optional(),
});

export const device = z.object({
  deviceId: z.string(),
  carrierDeviceId: z.string(),
  name: z.string().nullable(),
  iccid: z.string().nullable(),
  /** Bytes used in the billing cycle; null until it was read once. */
  dataUsedBytes: z.number().int().nullable(),
  /** bytes / 1,048,576, two decimals. */
  dataUsedMb: z.number().nullable(),
  dataUsedUpdatedAt: isoTime.nullable(),
  billingCycleStart: isoTime.nullable(),
  billingCycleEnd: isoTime.nullable(),
  simStatus: z.enum(SIM_STATUSES).nullable(),
  networkStatus: z.enum(NETWORK_STATUSES).nullable(),
  lastError: z.string().nullable(),
  /** The last run could not read it: the values are older ones. */
  stale: z.boolean(),
});
export type DeviceView = z.output<typeof device>;

export const listQuery = z.object({
  limit: pageLimit,
  cursor: pageCursor(deviceParams.shape.deviceId).optional(),
});
export const deviceList = z.object({ devices: z.array(device), nextCursor });

const day = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true })],
  'is not a day such as 2026-11-22, nor a time such as 2026-11-22T10:00:00.000Z',
);
export const usageQuery = z.object({
  /** A date or a time; that day is included. Default: 30 days before `to`. */
  from: day.optional(),
  /** A date (included) or a time (excluded). Default: today. */
  to: day.optional(),
});
export const usage = z.object({
  days: z.array(z.object({ date: z.iso.date(), bytes: z.number().int() })),
  /** What the billing cycle before came to, as far as it is known. */
  previousCycle: z.object({ start: isoTime, end: isoTime, bytes: z.number().int() }).nullable(),
});

export const plans = z.object({
  plans: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      description: z.string().optional(),
      dataBytes: z.number().optional(),
    }),
  ),
});

export const claimBody = z.strictObject({
  iccid,
  planId: z.string().min(1).max(100).optional(),
  zone: z.string().min(1).max(100).optional(),
  registrationCode: z.string().min(1).max(200).optional(),
  registrationSecret: z.string().min(1).max(200).optional(),
});
export const claimedSim = z.object({
  carrierDeviceId: z.string(),
  iccid: z.string(),
  simStatus: z.enum(SIM_STATUSES).optional(),
});
/** A 204 has no body. */
export const nothing = z.unknown();
export const idempotencyKey = z.string().min(1).max(255);
