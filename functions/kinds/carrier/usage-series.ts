import { type Cycle, isWithin, type UsageWindow, utcDate } from './cycle.ts';
import { sumToBytes } from './data-volume.ts';
import type { DeviceReading } from './provider.ts';

export interface VolumeRecord {
  /** Epoch ms: the time it counts for. */
  readonly at: number;
  /** In units of `bytesPerUnit`. */
  readonly volume: string | number;
}

/**
 * Usage of one SIM from its own series: the cycle's total, the days, and the cycle before where the series has it.
 * Without any record in the cycle the usage is null: known, but nothing told.
 */
export function readingFromSeries(
  carrierDeviceId: string,
  records: readonly VolumeRecord[],
  bytesPerUnit: number,
  window: UsageWindow,
): DeviceReading {
  const { cycle, previous } = window;
  const within = (span: Cycle) => records.filter(({ at }) => isWithin(at, span));
  const total = (some: readonly VolumeRecord[]) =>
    sumToBytes(
      some.map(({ volume }) => volume),
      bytesPerUnit,
    );
  const current = within(cycle);
  const before = previous === null ? [] : within(previous);
  const byDay = Map.groupBy([...before, ...current], ({ at }) => utcDate(at));
  return {
    carrierDeviceId,
    usage: {
      dataUsedBytes: current.length === 0 ? null : total(current),
      billingCycleStart: cycle.start,
      billingCycleEnd: cycle.end,
      sessions: null,
      days: [...byDay].map(([date, some]) => ({ date, bytes: total(some) })),
      raw: records,
    },
    ...(previous === null || before.length === 0 ? {} : { previous: { ...previous, bytes: total(before) } }),
  };
}
