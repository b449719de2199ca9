import { toDisplayMb } from './data-volume.ts';
import type { DeviceState } from './device-state.ts';
import type { DeviceLink } from './links.ts';
import type { DeviceView } from './schema.ts';

/** A link and what is known of it; nothing is known before the first run. */
export function deviceView(link: DeviceLink, state: DeviceState = {}): DeviceView {
  const { bytes, cycle, at, stale, error } = state;
  const wasRead = at !== undefined;
  return {
    deviceId: link.deviceId,
    carrierDeviceId: link.carrierDeviceId,
    name: link.name,
    iccid: link.iccid ?? state.iccid ?? null,
    dataUsedBytes: bytes ?? null,
    dataUsedMb: bytes === undefined ? null : toDisplayMb(bytes),
    dataUsedUpdatedAt: isoOrNull(at),
    billingCycleStart: isoOrNull(cycle?.start),
    billingCycleEnd: isoOrNull(cycle?.end),
    simStatus: state.sim ?? (wasRead ? 'unknown' : null),
    networkStatus: state.network ?? (wasRead ? 'unknown' : null),
    lastError: error ?? null,
    stale: stale ?? false,
  };
}

const isoOrNull = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
