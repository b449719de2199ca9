import { mayBookLate, type UsageWindow } from '../../cycle.ts';
import type { BulkPage, BulkRequest, DeviceReading } from '../../provider.ts';
import { readAllPages } from '../../read-all-pages.ts';
import { type UsageRecord, type UsageSums, usageSums } from '../../usage-sums.ts';
import { readItem } from '../../wire.ts';
import type { HologramApi } from './client.ts';
import { cycleBefore, cycleOf, deviceInfo } from './device-reading.ts';
import { device, type HologramDevice, hologramTime, usageRecord } from './schema.ts';

export interface RecordsOptions {
  readonly org: string | undefined;
  readonly devicesPerPage: number;
  readonly recordsPerPage: number;
}

/**
 * Usage as the sum of records over each device's billing cycle, and for two days after a rollover over the one before. First the device listing (status, cycles, which link is
 * whose), then the records of the organisation. Checkpoints: `devices:<startafter>`, then `records:<startafter>`.
 */
export function bulkFromRecords(
  api: HologramApi,
  { org, devicesPerPage, recordsPerPage }: RecordsOptions,
): (request: BulkRequest) => Promise<BulkPage> {
  let kept: UsageSums | undefined;
  return async ({ window, wanted, checkpoint, carried }) => {
    if (checkpoint === null) kept = undefined;
    kept ??= usageSums(carried);
    const sums = kept;
    const carry = () => sums.carry();
    const [phase, after = ''] = (checkpoint ?? 'devices:').split(/:(.*)/s);
    if (phase === 'devices') {
      const query = { orgid: org, limit: devicesPerPage, startafter: after || undefined };
      const page = await api.page('/devices', query);
      const readings: DeviceReading[] = [];
      for (const item of page.items) {
        const found = readItem(device, item);
        if (!found.ok || !wanted.has(found.value.id)) continue;
        expectDevice(sums, found.value, window);
        readings.push({ carrierDeviceId: found.value.id, info: deviceInfo(found.value) });
      }
      return { readings, carry, next: page.after === null ? 'records:' : `devices:${page.after}` };
    }
    const query = { orgid: org, ...period(sums, window), limit: recordsPerPage, startafter: after || undefined };
    const page = await api.page('/usage/data', query);
    sums.addPage(readRecords(page.items));
    if (page.after === null) return { readings: sums.readings(), next: null };
    return { readings: [], carry, next: `records:${page.after}` };
  };
}

/** Usage of one device, by its links. */
export async function usageFromRecords(
  api: HologramApi,
  found: HologramDevice,
  window: UsageWindow,
  recordsPerPage: number,
): Promise<DeviceReading> {
  const info = deviceInfo(found);
  const links = found.links?.cellular?.map(({ id }) => id) ?? [];
  // Without a filter Hologram would answer for the whole account.
  if (links.length === 0) return { carrierDeviceId: found.id, info, problem: 'Hologram lists no SIM of this device' };
  const sums = usageSums(null);
  expectDevice(sums, found, window);
  const filter = links.length === 1 ? { linkid: links[0] } : { linkids: links.join(',') };
  await readAllPages<never, string | undefined>(undefined, async (startafter) => {
    const query = { ...filter, ...period(sums, window), limit: recordsPerPage, startafter };
    const page = await api.page('/usage/data', query);
    sums.addPage(readRecords(page.items));
    return { items: [], next: page.after };
  });
  return { carrierDeviceId: found.id, ...sums.readings()[0], info };
}

function expectDevice(sums: UsageSums, found: HologramDevice, window: UsageWindow): void {
  const names = found.links?.cellular?.map((link) => linkName(link.id)) ?? [];
  const cycle = cycleOf(found, window);
  const previous = mayBookLate(window.now, cycle) ? cycleBefore(cycle) : null;
  sums.expect({ id: found.id, names, cycle, previous });
}

/** Links and devices are numbered apart. */
const linkName = (id: string): string => `link ${id}`;

/** Unix seconds: what covers the cycles of all devices, late ones included: 32 days at most. */
const period = (sums: UsageSums, { now }: UsageWindow) => ({
  timestart: Math.floor((sums.from ?? now) / 1000),
  timeend: Math.ceil(now / 1000),
});

/** A record that names neither device nor link is nobody's. */
function readRecords(items: readonly unknown[]): readonly UsageRecord[] {
  return items.flatMap((item) => {
    const record = readItem(usageRecord, item);
    if (!record.ok) return [];
    const { deviceid, linkid, record_id: id, timestamp, session_begin: begin, bytes } = record.value;
    return [
      {
        id: id ?? undefined,
        device: [deviceid, linkid ? linkName(linkid) : undefined],
        at: hologramTime(timestamp) ?? hologramTime(begin),
        bytes: bytes ?? undefined,
      },
    ];
  });
}
