import { DAY_MS, type UsageWindow } from '../../cycle.ts';
import type { DeviceInfo, DeviceReading, Usage } from '../../provider.ts';
import { readItem, wireId } from '../../wire.ts';
import { device, type HologramDevice, type HologramLink, hologramTime } from './schema.ts';
import { networkStatus, simStatus } from './status.ts';

/** Hologram bills 30 days at a time; a link tells only when its period ends. */
const PERIOD_MS = 30 * DAY_MS;

/** One element of the device listing, with its counter; a bad one costs only itself. */
export function readDevice(item: unknown, window: UsageWindow): DeviceReading | undefined {
  const parsed = readItem(device, item);
  if (parsed.ok) return deviceReading(parsed.value, window);
  const id = wireId.safeParse((item as { id?: unknown } | null)?.id);
  return id.success
    ? { carrierDeviceId: id.data, problem: `Hologram's answer on this device is ${parsed.problem}` }
    : undefined;
}

export function deviceReading(found: HologramDevice, window: UsageWindow): DeviceReading {
  const info = deviceInfo(found);
  const links = found.links?.cellular ?? [];
  const counted = links.filter((link) => typeof link.cur_billing_data_used === 'number');
  if (counted.length === 0) {
    return { carrierDeviceId: found.id, info, problem: 'Hologram tells no usage of this device' };
  }
  return {
    carrierDeviceId: found.id,
    info,
    usage: { ...cycleFacts(links, window), ...counters(counted, links, window) },
  };
}

export function deviceInfo(found: HologramDevice): DeviceInfo {
  const link = mainLink(found);
  const sim = link?.state ? simStatus(link.state) : undefined;
  const session = Array.isArray(found.lastsession) ? null : found.lastsession;
  const network = networkStatus(sim, session);
  return {
    carrierDeviceId: found.id,
    raw: found,
    ...(link?.sim === undefined ? {} : { iccid: link.sim }),
    ...(sim === undefined ? {} : { simStatus: sim, simStatusWord: link?.state ?? '' }),
    ...(network === undefined ? {} : { networkStatus: network }),
  };
}

/** A device may have had several SIMs: the live one speaks for it. */
function mainLink(found: HologramDevice): HologramLink | undefined {
  const links = found.links?.cellular ?? [];
  return links.find(({ state }) => state && simStatus(state) === 'active') ?? links[0];
}

export function cycleFacts(
  links: readonly HologramLink[],
  window: UsageWindow,
): Pick<Usage, 'billingCycleStart' | 'billingCycleEnd'> {
  const ends = links.map(({ whenexpires }) => hologramTime(whenexpires)).filter((end) => end !== undefined);
  if (ends.length === 0) return { billingCycleStart: window.cycle.start, billingCycleEnd: window.cycle.end };
  const end = Math.max(...ends);
  return { billingCycleStart: end - PERIOD_MS, billingCycleEnd: end };
}

function counters(
  counted: readonly HologramLink[],
  links: readonly HologramLink[],
  window: UsageWindow,
): Pick<Usage, 'dataUsedBytes' | 'dataLimitBytes' | 'previous' | 'sessions' | 'raw'> {
  const dataUsedBytes = counted.reduce((sum, link) => sum + (link.cur_billing_data_used ?? 0), 0);
  const plan = counted[0]?.plan?.data;
  const before = links.filter((link) => typeof link.last_billing_data_used === 'number');
  const { billingCycleStart: end } = cycleFacts(links, window);
  return {
    dataUsedBytes,
    sessions: null,
    raw: links,
    ...(typeof plan === 'number' && plan > 0 ? { dataLimitBytes: plan } : {}),
    ...(before.length === 0
      ? {}
      : {
          previous: {
            start: end - PERIOD_MS,
            end,
            bytes: before.reduce((sum, link) => sum + (link.last_billing_data_used ?? 0), 0),
          },
        }),
  };
}
