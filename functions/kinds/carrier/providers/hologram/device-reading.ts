import { type Cycle, DAY_MS, type UsageWindow } from '../../cycle.ts';
import type { DeviceInfo, DeviceReading, Usage } from '../../provider.ts';
import { type HologramDevice, type HologramLink, hologramTime } from './schema.ts';
import { networkStatus, simStatus } from './status.ts';

/** Hologram bills 30 days at a time; a link tells only when its period ends. */
const PERIOD_MS = 30 * DAY_MS;

/** A device of the listing, with its counter. */
export function deviceReading(found: HologramDevice, window: UsageWindow): DeviceReading {
  const info = deviceInfo(found);
  const links = found.links?.cellular ?? [];
  const counted = links.filter((link) => typeof link.cur_billing_data_used === 'number');
  if (counted.length === 0) {
    return { carrierDeviceId: found.id, info, problem: 'Hologram tells no usage of this device' };
  }
  const cycle = cycleOf(found, window);
  const plan = counted[0]?.plan?.data;
  const usage: Usage = {
    dataUsedBytes: counted.reduce((sum, link) => sum + (link.cur_billing_data_used ?? 0), 0),
    billingCycleStart: cycle.start,
    billingCycleEnd: cycle.end,
    sessions: null,
    raw: links,
    ...(typeof plan === 'number' && plan > 0 ? { dataLimitBytes: plan } : {}),
  };
  const before = links.filter((link) => typeof link.last_billing_data_used === 'number');
  if (before.length === 0) return { carrierDeviceId: found.id, info, usage };
  const bytes = before.reduce((sum, link) => sum + (link.last_billing_data_used ?? 0), 0);
  return { carrierDeviceId: found.id, info, usage, previous: { ...cycleBefore(cycle), bytes } };
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

/** A device may have had several SIMs: the live one speaks for it, or else one that is not dead. */
function mainLink(found: HologramDevice): HologramLink | undefined {
  const links = found.links?.cellular ?? [];
  const statusOf = ({ state }: HologramLink) => (state ? simStatus(state) : undefined);
  return (
    links.find((link) => statusOf(link) === 'active') ??
    links.find((link) => statusOf(link) !== 'deactivated') ??
    links[0]
  );
}

export function cycleOf(found: HologramDevice, window: UsageWindow): Cycle {
  const links = found.links?.cellular ?? [];
  const ends = links.map(({ whenexpires }) => hologramTime(whenexpires)).filter((end) => end !== undefined);
  if (ends.length === 0) return window.cycle;
  const end = Math.max(...ends);
  return { start: end - PERIOD_MS, end };
}

export const cycleBefore = ({ start }: Cycle): Cycle => ({ start: start - PERIOD_MS, end: start });
