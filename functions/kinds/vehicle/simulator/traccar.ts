import type { Clock } from '../../../platform/clock.ts';
import { chance } from './sensors.ts';
import type { SimulatedAnswer, SimulatedRequest, Simulator } from './simulator.ts';

export interface SimulatedTraccarOptions {
  readonly clock: Clock;
  readonly token: string;
  /** Numbered from 1. Default 1. */
  readonly devices?: number;
  /** Time between two positions of a device. Default 10,000. */
  readonly periodMs?: number;
}

export interface SimulatedTraccar extends Simulator {
  readonly faults: {
    offline: boolean;
    slow: boolean;
    /** Since then no device has reached the server: it tells all of its positions when it is back. Epoch ms. */
    devicesOutOfReachSince: number | null;
  };
  /** Times of the positions that a device has measured in from (inclusive) … to (exclusive), whether they arrived or not. */
  truth(from: number, to: number): { readonly time: number; readonly knots: number }[];
}

/** A Traccar server with devices that drive in circles around Kyiv. */
export function simulatedTraccar(options: SimulatedTraccarOptions): SimulatedTraccar {
  const { clock, token, devices = 1, periodMs = 10_000 } = options;
  const faults: SimulatedTraccar['faults'] = { offline: false, slow: false, devicesOutOfReachSince: null };
  const arrivedUntil = (): number => Math.min(clock.now(), (faults.devicesOutOfReachSince ?? Infinity) - 1);

  function answer({ path, query, headers }: SimulatedRequest): SimulatedAnswer {
    if (faults.offline) return 'refuse';
    if (faults.slow) return 'hang';
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, text: 'HTTP 401 Unauthorized' };
    if (path === '/api/server') return { status: 200, body: { id: 1, version: '6.14.5' } };
    if (path === '/api/devices') return { status: 200, body: deviceList(query.getAll('id')) };
    const deviceId = Number(query.get('deviceId'));
    const from = Date.parse(query.get('from') ?? '');
    const to = Date.parse(query.get('to') ?? '');
    if (!(deviceId >= 1 && deviceId <= devices) || Number.isNaN(from) || Number.isNaN(to)) {
      return { status: 400, text: 'Invalid request' };
    }
    if (path === '/api/positions') return { status: 200, body: positions(deviceId, from, to) };
    if (path === '/api/reports/events') return { status: 200, body: events(deviceId, from, to) };
    return { status: 404, text: 'HTTP 404 Not Found' };
  }

  function deviceList(ids: readonly string[]): unknown[] {
    const latest = Math.floor(arrivedUntil() / periodMs);
    return Array.from({ length: devices }, (_, i) => i + 1)
      .filter((id) => ids.length === 0 || ids.includes(String(id)))
      .map((id) => ({
        id,
        uniqueId: String(350_000_000_000_000 + id),
        name: `Truck ${id}`,
        status: faults.devicesOutOfReachSince === null ? 'online' : 'offline',
        lastUpdate: traccarTime(latest * periodMs),
        positionId: latest,
        groupId: 0,
        disabled: false,
        attributes: {},
      }));
  }

  /** Both ends inclusive. */
  function positions(deviceId: number, from: number, to: number): unknown[] {
    const found: unknown[] = [];
    for (let n = Math.ceil(from / periodMs); n * periodMs <= Math.min(to, arrivedUntil()); n++) {
      found.push(position(deviceId, n));
    }
    return found;
  }

  function position(deviceId: number, n: number): unknown {
    const time = traccarTime(n * periodMs);
    const angle = n / 500;
    return {
      id: n,
      deviceId,
      protocol: 'osmand',
      deviceTime: time,
      fixTime: time,
      serverTime: time,
      valid: true,
      latitude: round(50.45 + 0.02 * Math.sin(angle), 7),
      longitude: round(30.52 + 0.03 * Math.cos(angle), 7),
      altitude: 170,
      speed: knotsAt(n),
      course: round((angle * 57.3) % 360, 1),
      address: null,
      accuracy: 0,
      attributes: { ignition: true, totalDistance: round(n * 3.2, 1), batteryLevel: 97 },
    };
  }

  /** One alarm an hour. */
  function events(deviceId: number, from: number, to: number): unknown[] {
    const found: unknown[] = [];
    for (let hour = Math.ceil(from / 3_600_000); hour * 3_600_000 <= Math.min(to, arrivedUntil()); hour++) {
      const eventTime = traccarTime(hour * 3_600_000);
      found.push({ id: hour, deviceId, type: 'deviceMoving', eventTime, attributes: {} });
      found.push({ id: hour + 1_000_000, deviceId, type: 'alarm', eventTime, attributes: { alarm: 'lowBattery' } });
    }
    return found;
  }

  function truth(from: number, to: number): { time: number; knots: number }[] {
    const found: { time: number; knots: number }[] = [];
    for (let n = Math.ceil(from / periodMs); n * periodMs < Math.min(to, clock.now() + 1); n++) {
      found.push({ time: n * periodMs, knots: knotsAt(n) });
    }
    return found;
  }

  return { faults, answer, truth };
}

const knotsAt = (n: number): number => round(20 + 10 * chance(n), 1);
const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
/** Traccar writes its zone out. */
const traccarTime = (time: number): string => new Date(time).toISOString().replace('Z', '+00:00');
