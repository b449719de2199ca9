import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { UpstreamError } from '../../../../model/failure.ts';
import type { UsageWindow } from '../../cycle.ts';
import type { DeviceReading } from '../../provider.ts';
import { readItem } from '../../wire.ts';
import { cycleFacts, deviceInfo } from './device-reading.ts';
import { type HologramDevice, hologramTime, usageRecord } from './schema.ts';

/**
 * Sums of usage records by device, over each device's own billing cycle. Records name the device or one of its links.
 * The sums so far travel in the walk's checkpoint, so that a walk of many pages goes on where it stopped.
 */
export interface UsageSums {
  addDevice(device: HologramDevice, window: UsageWindow): void;
  /** Counts a page; records that the page before has had already are left out. */
  addPage(items: readonly unknown[]): void;
  /** Unix seconds: the window that covers the cycles of all devices. */
  window(now: number): { readonly timestart: number; readonly timeend: number };
  readings(): readonly DeviceReading[];
  save(): string;
}

/** Pages may overlap at their edge: so many records back are remembered. */
const OVERLAP = 50;

interface DeviceSum {
  readonly id: string;
  readonly links: readonly string[];
  readonly start: number;
  readonly end: number;
  /** Null until a record was seen. */
  bytes: number | null;
}

export function usageSums(): UsageSums {
  return withSums([], []);
}

export function resumeUsageSums(text: string): UsageSums {
  const { sums, recent } = saved.parse(JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString()));
  return withSums(sums, recent);
}

function withSums(sums: DeviceSum[], lastPage: readonly string[]): UsageSums {
  const byDevice = new Map(sums.map((sum) => [sum.id, sum]));
  const byLink = new Map(sums.flatMap((sum) => sum.links.map((link) => [link, sum] as const)));
  let recent: readonly string[] = lastPage;

  return {
    addDevice(device, window) {
      const links = device.links?.cellular ?? [];
      const { billingCycleStart: start, billingCycleEnd: end } = cycleFacts(links, window);
      const sum: DeviceSum = { id: device.id, links: links.map(({ id }) => id), start, end, bytes: null };
      sums.push(sum);
      byDevice.set(sum.id, sum);
      for (const link of sum.links) byLink.set(link, sum);
    },

    addPage(items) {
      const repeated = new Set(recent);
      const seen: string[] = [];
      for (const item of items) {
        const record = readItem(usageRecord, item);
        // One unreadable record would make a sum silently too small.
        if (!record.ok)
          throw new UpstreamError(`a usage record of Hologram is ${record.problem}`, { problem: 'bad_body' });
        const { deviceid, linkid, record_id: id, timestamp, session_begin: begin, bytes } = record.value;
        if (id) seen.push(id);
        if (id && repeated.has(id)) continue;
        const sum = (deviceid && byDevice.get(deviceid)) || (linkid && byLink.get(linkid)) || undefined;
        const at = hologramTime(timestamp) ?? hologramTime(begin);
        if (sum === undefined || at === undefined || at < sum.start || at >= sum.end) continue;
        sum.bytes = (sum.bytes ?? 0) + bytes;
      }
      recent = seen.slice(-OVERLAP);
    },

    window: (now) => ({
      timestart: Math.floor(Math.min(now, ...sums.map(({ start }) => start)) / 1000),
      timeend: Math.ceil(now / 1000),
    }),

    readings: () =>
      sums.map(({ id, bytes, start, end }) => ({
        carrierDeviceId: id,
        usage: { dataUsedBytes: bytes, billingCycleStart: start, billingCycleEnd: end, sessions: null, raw: null },
      })),

    save: () => deflateRawSync(JSON.stringify({ sums, recent })).toString('base64'),
  };
}

const saved = z.object({
  sums: z.array(
    z.object({
      id: z.string(),
      links: z.array(z.string()),
      start: z.number(),
      end: z.number(),
      bytes: z.number().nullable(),
    }),
  ),
  recent: z.array(z.string()),
});

/** A device as the listing has it, without its counter. */
export const infoOnly = (device: HologramDevice): DeviceReading => ({
  carrierDeviceId: device.id,
  info: deviceInfo(device),
});
