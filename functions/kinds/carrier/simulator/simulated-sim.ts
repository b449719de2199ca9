import { DAY_MS } from '../cycle.ts';
import type { SimStatus } from '../provider.ts';
import { dice, digits, pick } from './dice.ts';

/** One SIM of a simulated fleet. Usage is a fixed function of time, so that every window of it can be checked to the byte. */
export interface SimulatedSim {
  readonly index: number;
  readonly carrierDeviceId: string;
  readonly iccid: string;
  readonly imsi: string;
  /** The customer's own id and name of the device it sits in. */
  readonly deviceId: string;
  readonly name: string;
  status: SimStatus;
  /** The word on the wire, instead of the one that belongs to `status`. */
  statusWord?: string;
  online: boolean;
  /** On the day of usage it is shown in; may be negative (a correction). */
  readonly extra: { readonly at: number; readonly bytes: number }[];
  /** Bytes used in [from, to), whole numbers that add up: used(a, b) + used(b, c) = used(a, c). */
  used(from: number, to: number): number;
}

export interface SimIdentity {
  readonly carrierDeviceId: string;
  readonly iccid?: string;
}

const KINDS = ['pump', 'meter', 'truck', 'tracker', 'gate', 'sensor', 'kiosk'] as const;

/** A believable SIM: most are active, some use megabytes a day, some a few kilobytes a week, some nothing at all. */
export function simulatedSim(variant: string, index: number, identify: (iccid: string) => SimIdentity): SimulatedSim {
  const drawnIccid = `8944500${digits(12, variant, index, 'iccid')}`;
  const { carrierDeviceId, iccid = drawnIccid } = identify(drawnIccid);
  const kind = KINDS[pick(0, KINDS.length - 1, variant, index, 'kind')] ?? 'device';
  const name = `${kind}-${String(index + 1).padStart(4, '0')}`;
  const status = drawStatus(dice(variant, index, 'status'));
  const appetite = drawAppetite(dice(variant, index, 'appetite'));
  const daily = new Map<number, number>();

  const onDay = (day: number): number => {
    const known = daily.get(day);
    if (known !== undefined) return known;
    const quiet = dice(variant, index, day, 'quiet') < 0.1;
    const bytes = quiet ? 0 : Math.floor(appetite * (0.5 + dice(variant, index, day, 'bytes')));
    daily.set(day, bytes);
    return bytes;
  };
  /** Since the midnight before `at`. */
  const today = (at: number): number => Math.floor((onDay(Math.floor(at / DAY_MS)) * (at % DAY_MS)) / DAY_MS);

  const sim: SimulatedSim = {
    index,
    carrierDeviceId,
    iccid,
    imsi: `90128${digits(10, variant, index, 'imsi')}`,
    deviceId: name,
    name: `${kind} ${index + 1}`,
    status,
    online: status === 'active' && dice(variant, index, 'online') < 0.8,
    extra: [],
    used(from, to) {
      if (to <= from) return 0;
      let total = today(to) - today(from);
      for (let day = Math.floor(from / DAY_MS); day < Math.floor(to / DAY_MS); day++) total += onDay(day);
      return sim.extra.reduce((sum, { at, bytes }) => (at >= from && at < to ? sum + bytes : sum), total);
    },
  };
  return sim;
}

function drawStatus(drawn: number): SimStatus {
  if (drawn < 0.86) return 'active';
  if (drawn < 0.92) return 'suspended';
  return drawn < 0.97 ? 'ready' : 'deactivated';
}

/** Bytes a day. */
function drawAppetite(drawn: number): number {
  if (drawn < 0.05) return 0;
  if (drawn < 0.35) return 2_000 + Math.floor(drawn * 20_000);
  if (drawn < 0.9) return 200_000 + Math.floor(drawn * 1_500_000);
  return 20_000_000 + Math.floor(drawn * 60_000_000);
}
