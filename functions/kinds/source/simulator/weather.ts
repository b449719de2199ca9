/** One observation of one weather station, as the simulated service tells it. */
export interface Observation {
  readonly id: number;
  readonly station: { readonly code: string; readonly position: { readonly lat: number; readonly lon: number } };
  /** ISO 8601. */
  readonly observedAt: string;
  readonly main: { readonly temp: number; readonly humidity: number };
  readonly wind: { readonly speed: number; readonly gust: number | null };
  readonly raining: boolean;
  readonly tags: readonly string[];
}

export interface Weather {
  readonly stations: number;
  /** Milliseconds between two observations of a station. */
  readonly everyMs: number;
  /** Observations older than this are no longer offered. */
  readonly keptMs: number;
}

/** All observations up to `now`, oldest first. The same at every call: what was observed does not change. */
export function observations(now: number, { stations, everyMs, keptMs }: Weather): Observation[] {
  const first = Math.ceil((now - keptMs) / everyMs);
  const last = Math.floor(now / everyMs);
  const list: Observation[] = [];
  for (let step = first; step <= last; step += 1) {
    for (let station = 0; station < stations; station += 1) list.push(observe(step * everyMs, step, station, stations));
  }
  return list;
}

function observe(at: number, step: number, station: number, stations: number): Observation {
  const hourOfDay = (at / 3600_000) % 24;
  const temp = 12 + station + 6 * Math.sin(((hourOfDay - 9) / 24) * 2 * Math.PI) + ((step * 7 + station * 3) % 5) / 10;
  const gusty = (step + station) % 4 === 0;
  return {
    id: step * stations + station,
    station: {
      code: `WX-${String(station + 1).padStart(3, '0')}`,
      position: { lat: 48 + station / 10, lon: 11 + station / 10 },
    },
    observedAt: new Date(at).toISOString(),
    main: { temp: Math.round(temp * 10) / 10, humidity: 40 + ((step * 11 + station * 5) % 50) },
    wind: { speed: (step * 3 + station) % 15, gust: gusty ? 20 + (step % 9) : null },
    raining: (step + 2 * station) % 5 === 0,
    tags: station % 2 === 0 ? ['urban'] : ['rural', 'hill'],
  };
}
