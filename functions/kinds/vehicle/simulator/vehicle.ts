import type { Clock } from '../../../platform/clock.ts';
import { chance, measure, type Sensor, sensors } from './sensors.ts';
import type { SimulatedAnswer, SimulatedRequest, Simulator } from './simulator.ts';

/** What can go wrong with a vehicle; changed while it runs. */
export interface VehicleFaults {
  offline: boolean;
  /** Takes calls and does not answer in time. */
  slow: boolean;
  dbDown: boolean;
  /** Paths that answer 500. */
  broken: readonly string[];
  /** The vehicle's clock less the true time. */
  clockOffsetMs: number;
}

export interface SimulatedVehicleOptions {
  readonly clock: Clock;
  readonly apiKey: string;
  readonly seed?: number;
  /** Default 25. */
  readonly channels?: number;
  /** Time between two measurements of a channel. Default 1000. */
  readonly periodMs?: number;
  /** Most rows in one answer, whatever is asked for. Default 50,000. */
  readonly rowLimit?: number;
  /** Share of the values that are null. Default 0. */
  readonly nulls?: number;
  /** Share of the rows that come late, and how late. */
  readonly late?: { readonly share: number; readonly byMs: number };
  /** An alarm every `everyMs`, resolved `lastsMs` later. */
  readonly alarms?: { readonly everyMs: number; readonly lastsMs: number };
  /** Tells of an alarm only in the window in which it was triggered, as the written contract has it. */
  readonly alarmsByTriggerOnly?: boolean;
}

export interface TrueRow {
  readonly channel_id: number;
  readonly time: number;
  readonly value: number | null;
}

export interface SimulatedVehicle extends Simulator {
  readonly faults: VehicleFaults;
  /** What it has measured in from (inclusive) … to (exclusive), by its own clock, whether told of or not. */
  truth(from: number, to: number): TrueRow[];
}

/** A vehicle that speaks the pull contract and keeps its own truth. */
export function simulatedVehicle(options: SimulatedVehicleOptions): SimulatedVehicle {
  const { clock, seed = 1, rowLimit = 50_000 } = options;
  const all = sensors(options.channels ?? 25);
  const faults: VehicleFaults = { offline: false, slow: false, dbDown: false, broken: [], clockOffsetMs: 0 };
  const startedAt = clock.now();
  const now = (): number => clock.now() + faults.clockOffsetMs;

  function answer({ path, query, headers }: SimulatedRequest): SimulatedAnswer {
    if (faults.offline) return 'refuse';
    if (faults.slow) return 'hang';
    if (faults.broken.includes(path)) return { status: 500, text: 'Internal Server Error' };
    const key = headers['x-api-key'];
    if (key === undefined) return unprocessable('x-api-key');
    if (key !== options.apiKey) return { status: 401, body: { detail: 'Unauthorized' } };
    if (path === '/status') return { status: 200, body: status() };
    if (!['/channels', '/data', '/data/latest', '/alarms'].includes(path)) {
      return { status: 404, body: { detail: 'Not Found' } };
    }
    if (faults.dbDown) return { status: 503, body: { detail: 'Database unavailable' } };
    if (path === '/channels') return { status: 200, body: all.map((sensor) => channelView(sensor, startedAt)) };
    if (path === '/data/latest') return { status: 200, body: latest() };
    const from = Date.parse(query.get('from') ?? '');
    const to = Date.parse(query.get('to') ?? '');
    if (Number.isNaN(from)) return unprocessable('from');
    if (Number.isNaN(to)) return unprocessable('to');
    if (from >= to) {
      return { status: 400, body: { detail: { error: 'invalid_params', detail: 'from must be before to' } } };
    }
    return { status: 200, body: path === '/data' ? data(from, to, query) : alarms(from, to) };
  }

  function status(): unknown {
    const period = options.periodMs ?? 1000;
    return {
      vehicle_id_hint: `truck-${seed}`,
      software_version: '1.1.0',
      uptime_sec: Math.floor((clock.now() - startedAt) / 1000),
      collector_running: true,
      agent_running: true,
      db_ok: !faults.dbDown,
      last_measurement_at: faults.dbDown ? null : iso(Math.floor(now() / period) * period),
    };
  }

  function* measured(from: number, to: number, only: readonly Sensor[]): Generator<TrueRow> {
    const period = options.periodMs ?? 1000;
    const until = Math.min(to, now() + 1);
    for (let time = Math.ceil(from / period) * period; time < until; time += period) {
      for (const sensor of only) {
        const empty = chance(seed, sensor.channelId, time, 3) < (options.nulls ?? 0);
        yield { channel_id: sensor.channelId, time, value: empty ? null : measure(sensor, time, seed) };
      }
    }
  }

  function isTold({ channel_id, time }: TrueRow): boolean {
    const { late } = options;
    if (late === undefined || chance(seed, channel_id, time, 4) >= late.share) return true;
    return time + late.byMs <= now();
  }

  function data(from: number, to: number, query: URLSearchParams): unknown {
    const wanted = query.get('channel_id');
    const limit = Math.min(Number(query.get('limit') ?? 10_000), rowLimit);
    const rows: TrueRow[] = [];
    let truncated = false;
    for (const row of measured(
      from,
      to,
      all.filter(({ channelId }) => wanted === null || String(channelId) === wanted),
    )) {
      if (!isTold(row)) continue;
      truncated = rows.length === limit;
      if (truncated) break;
      rows.push(row);
    }
    return {
      from: iso(from),
      to: iso(to),
      count: rows.length,
      truncated,
      rows: rows.map((row) => ({ ...row, time: iso(row.time) })),
    };
  }

  function latest(): unknown {
    const period = options.periodMs ?? 1000;
    const at = Math.floor(now() / period) * period;
    return [...measured(at, at + 1, all)].map((row) => ({ ...row, time: iso(row.time) }));
  }

  function alarms(from: number, to: number): unknown {
    if (options.alarms === undefined) return [];
    const { everyMs, lastsMs } = options.alarms;
    const found: unknown[] = [];
    const first = Math.ceil(Math.max(from - lastsMs, startedAt) / everyMs);
    for (let id = first; id * everyMs < Math.min(to, now() + 1); id++) {
      const triggeredAt = id * everyMs;
      const resolvedAt = triggeredAt + lastsMs <= now() ? triggeredAt + lastsMs : null;
      const triggered = triggeredAt >= from;
      const resolved = resolvedAt !== null && resolvedAt >= from && resolvedAt < to && !options.alarmsByTriggerOnly;
      if (!triggered && !resolved) continue;
      found.push({
        alarm_id: id,
        channel_id: 1,
        severity: id % 2 === 0 ? 'critical' : null,
        message: 'Oil pressure below 1 bar',
        triggered_at: iso(triggeredAt),
        resolved_at: resolvedAt === null ? null : iso(resolvedAt),
      });
    }
    return found;
  }

  return { faults, answer, truth: (from, to) => [...measured(from, to, all)] };
}

function channelView({ channelId, name, unit, min, max }: Sensor, updatedAt: number): unknown {
  return {
    channel_id: channelId,
    name,
    unit,
    raw_min: 6400,
    raw_max: 32_000,
    phys_min: min,
    phys_max: max,
    signal_type: 'analog_420',
    enabled: true,
    updated_at: iso(updatedAt),
  };
}

function unprocessable(name: string): SimulatedAnswer {
  return { status: 422, body: { detail: [{ loc: ['query', name], msg: 'Field required', type: 'missing' }] } };
}

const iso = (time: number): string => new Date(time).toISOString();
