import type { Clock } from '../../../platform/clock.ts';
import { chance } from './sensors.ts';
import type { SimulatedAnswer, SimulatedRequest, Simulator } from './simulator.ts';

export interface SimulatedSamsaraOptions {
  readonly clock: Clock;
  readonly token: string;
  /** Ids of the vehicles. Default one, 112. */
  readonly vehicles?: readonly string[];
  /** Time between two points. Default 5,000. */
  readonly periodMs?: number;
  /** Most points of each type on a page. Default 50. */
  readonly pageSize?: number;
}

export interface SimulatedSamsara extends Simulator {
  readonly faults: { offline: boolean; rateLimited: boolean };
  /** Times and odometer in from (inclusive) … to (exclusive). */
  truth(from: number, to: number): { readonly time: number; readonly odometer: number }[];
  /** How often the feed was asked again less than five seconds after an empty page. */
  readonly impatience: number;
}

const CURSOR = 'cursor-';

/** A Samsara organisation: the stats feed with its cursor. */
export function simulatedSamsara(options: SimulatedSamsaraOptions): SimulatedSamsara {
  const { clock, token, vehicles = ['112'], periodMs = 5_000, pageSize = 50 } = options;
  const faults = { offline: false, rateLimited: false };
  const quietUntil = new Map<string, number>();
  let impatience = 0;

  function answer({ path, query, headers }: SimulatedRequest): SimulatedAnswer {
    if (faults.offline) return 'refuse';
    if (headers.authorization !== `Bearer ${token}`) return refused(401, 'Invalid token.');
    if (faults.rateLimited) return { ...refused(429, 'Too many requests'), headers: { 'retry-after': '0.40235' } };
    if (path !== '/fleet/vehicles/stats/feed') return refused(404, 'Not found');
    const types = (query.get('types') ?? '').split(',');
    if (types.length > 3 || types[0] === '') return refused(400, 'types must have one to three entries');
    const wanted = query.get('vehicleIds')?.split(',') ?? vehicles;
    return feed(
      types,
      vehicles.filter((id) => wanted.includes(id)),
      query.get('after'),
    );
  }

  function feed(types: readonly string[], ids: readonly string[], after: string | null): SimulatedAnswer {
    const latest = Math.floor(clock.now() / periodMs);
    const before = after === null ? latest - 1 : Number(after.slice(CURSOR.length));
    if (after !== null && (!after.startsWith(CURSOR) || !Number.isSafeInteger(before))) {
      return refused(400, 'after is not a cursor of this feed');
    }
    if (after !== null && clock.now() < (quietUntil.get(after + ids) ?? 0)) impatience++;
    const end = Math.min(latest, before + pageSize);
    const endCursor = `${CURSOR}${end}`;
    const hasNextPage = end < latest;
    if (!hasNextPage) quietUntil.set(endCursor + ids, clock.now() + 5_000);
    const numbers = Array.from({ length: end - before }, (_, i) => before + 1 + i);
    const data = numbers.length === 0 ? [] : ids.map((id) => vehicle(id, types, numbers));
    return { status: 200, body: { data, pagination: { endCursor, hasNextPage } } };
  }

  function vehicle(id: string, types: readonly string[], numbers: readonly number[]): unknown {
    const points = (make: (n: number) => object) =>
      numbers.map((n) => ({ time: new Date(n * periodMs).toISOString(), ...make(n) }));
    const all: Record<string, unknown> = {
      gps: points((n) => ({
        latitude: 50.45 + Math.round(chance(n, 1) * 10_000) / 1e6,
        longitude: 30.52,
        headingDegrees: n % 360,
        speedMilesPerHour: 48.3,
        reverseGeo: { formattedLocation: 'Khreshchatyk, Kyiv' },
      })),
      engineStates: points((n) => ({ value: ['Off', 'On', 'Idle'][Math.floor(n / 100) % 3] })),
      obdOdometerMeters: points((n) => ({ value: odometerAt(n) })),
    };
    const stats = Object.fromEntries(types.map((type) => [type, all[type] ?? []]));
    return { id, name: `Truck ${id}`, externalIds: { 'samsara.vin': `VIN${id}` }, ...stats };
  }

  function truth(from: number, to: number): { time: number; odometer: number }[] {
    const found: { time: number; odometer: number }[] = [];
    for (let n = Math.ceil(from / periodMs); n * periodMs < Math.min(to, clock.now() + 1); n++) {
      found.push({ time: n * periodMs, odometer: odometerAt(n) });
    }
    return found;
  }

  return {
    faults,
    answer,
    truth,
    get impatience() {
      return impatience;
    },
  };
}

const odometerAt = (n: number): number => 14_000_000 + (n % 1_000_000) * 70;
const refused = (status: number, message: string) => ({ status, body: { message, requestId: 'simulated' } });
