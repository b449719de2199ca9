import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod';
import { type Cycle, isWithin } from './cycle.ts';
import type { DeviceReading } from './provider.ts';

/**
 * Sums of usage records by device over its billing cycle, for carriers that tell usage record by record over the whole
 * account. `carry` packs the sums, so that a walk of many pages goes on where it stopped.
 */
export interface UsageSums {
  /** `names`: what records call the device, besides its id. */
  expect(device: {
    readonly id: string;
    readonly names?: readonly string[];
    readonly cycle: Cycle;
    readonly previous?: Cycle | null;
  }): void;
  /** Pages may overlap at their edge: a record whose id the page before had is left out. */
  addPage(records: readonly UsageRecord[]): void;
  /** The earliest time any device's sum begins; undefined without devices. */
  readonly from: number | undefined;
  /** One per device; without any record its usage is null. */
  readings(): readonly DeviceReading[];
  carry(): string;
}

export interface UsageRecord {
  readonly id?: string | undefined;
  readonly device: readonly (string | null | undefined)[];
  /** Epoch ms; undefined, like the bytes, when it cannot be read: the device's sum would silently be too small. */
  readonly at: number | undefined;
  readonly bytes: number | undefined;
}

/** So many records back are remembered. */
const OVERLAP = 50;

const cycle = z.object({ start: z.number(), end: z.number() });
const sum = z.object({
  id: z.string(),
  names: z.array(z.string()),
  cycle,
  previous: cycle.nullable(),
  /** Null until a record was seen. */
  bytes: z.number().nullable(),
  previousBytes: z.number().nullable(),
  unreadable: z.boolean(),
});
const carriedSums = z.object({ sums: z.array(sum), recent: z.array(z.string()) });

export function usageSums(carried: string | null): UsageSums {
  const { sums, recent: lastSeen } =
    carried === null
      ? { sums: [], recent: [] }
      : carriedSums.parse(JSON.parse(inflateRawSync(Buffer.from(carried, 'base64')).toString()));
  const byName = new Map(sums.flatMap((each) => [each.id, ...each.names].map((name) => [name, each] as const)));
  let recent: readonly string[] = lastSeen;

  return {
    expect({ id, names = [], cycle, previous = null }) {
      const added = { id, names: [...names], cycle, previous, bytes: null, previousBytes: null, unreadable: false };
      sums.push(added);
      for (const name of [id, ...names]) byName.set(name, added);
    },

    addPage(records) {
      const repeated = new Set(recent);
      for (const { id, device, at, bytes } of records) {
        if (id !== undefined && repeated.has(id)) continue;
        const own = device.map((name) => (name ? byName.get(name) : undefined)).find((found) => found !== undefined);
        if (own === undefined) continue;
        if (at === undefined || bytes === undefined) own.unreadable = true;
        else if (isWithin(at, own.cycle)) own.bytes = (own.bytes ?? 0) + bytes;
        else if (own.previous !== null && isWithin(at, own.previous))
          own.previousBytes = (own.previousBytes ?? 0) + bytes;
      }
      recent = records.flatMap(({ id }) => (id === undefined ? [] : [id])).slice(-OVERLAP);
    },

    get from() {
      return sums.length === 0
        ? undefined
        : sums.reduce((least, each) => Math.min(least, (each.previous ?? each.cycle).start), Number.MAX_SAFE_INTEGER);
    },

    readings: () => sums.map(toReading),

    carry: () => deflateRawSync(JSON.stringify({ sums, recent })).toString('base64'),
  };
}

function toReading({ id, cycle, bytes, previous, previousBytes, unreadable }: z.output<typeof sum>): DeviceReading {
  if (unreadable) return { carrierDeviceId: id, problem: 'a usage record of this device cannot be read' };
  return {
    carrierDeviceId: id,
    usage: {
      dataUsedBytes: bytes,
      billingCycleStart: cycle.start,
      billingCycleEnd: cycle.end,
      sessions: null,
      raw: null,
    },
    ...(previous === null || previousBytes === null ? {} : { previous: { ...previous, bytes: previousBytes } }),
  };
}
