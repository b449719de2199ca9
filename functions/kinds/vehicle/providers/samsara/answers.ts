import { type Series, SeriesBuilder } from '../../blocks/series.ts';
import {
  addRefused,
  badAnswer,
  finiteAt,
  finiteOrNull,
  idAt,
  type JsonObject,
  listAt,
  markAt,
  NONE_REFUSED,
  objectAt,
  type Refused,
  readEach,
  timeAt,
} from '../wire.ts';

const MILE_KM = 1.609344;
const ENGINE_STATES: Readonly<Record<string, number>> = { Off: 0, On: 1, Idle: 2 };
/** A clock may be ahead; a year is a mistake that would make everything after it look late. */
const MOST_AHEAD_MS = 24 * 3_600_000;

export interface FeedPage {
  readonly series: readonly Series[];
  readonly newest: number | null;
  readonly refused: Refused;
  readonly endCursor: string;
  readonly hasNextPage: boolean;
}

/** One page of the stats feed, of one vehicle. `now`: epoch ms. */
export function parseFeedPage(body: unknown, vehicleId: string, types: readonly string[], now: number): FeedPage {
  const page = objectAt(body, 'the feed');
  const pagination = objectAt(page.pagination, 'pagination of the feed');
  if (typeof pagination.hasNextPage !== 'boolean') throw badAnswer('hasNextPage of the feed is not true or false');
  const builder = new SeriesBuilder();
  let newest: number | null = null;
  let refused = NONE_REFUSED;
  for (const [i, entry] of listAt(page.data, 'data of the feed').entries()) {
    const vehicle = objectAt(entry, `entry ${i} of the feed`);
    // Somebody else's data must never end up here, whatever the filter was taken for.
    if (idAt(vehicle.id, `id of entry ${i} of the feed`) !== vehicleId)
      throw badAnswer('the feed tells of another vehicle');
    for (const type of types) {
      const points = readEach(pointsOf(vehicle[type], `${type} of entry ${i} of the feed`), (entry, j) => {
        const where = `${type} ${j} of entry ${i} of the feed`;
        const point = objectAt(entry, where);
        const time = timeAt(point.time, `time of ${where}`);
        if (time > now + MOST_AHEAD_MS) throw badAnswer(`time of ${where} is in the future`);
        return { time, values: valuesOf(type, point, where) };
      });
      refused = addRefused(refused, points.refused);
      for (const { time, values } of points.entries) {
        newest = Math.max(newest ?? 0, time);
        for (const [channel, value] of values) builder.add(channel, time, value);
      }
    }
  }
  const endCursor = markAt(pagination.endCursor, 'endCursor of the feed');
  return { series: builder.build(), newest, refused, endCursor, hasNextPage: pagination.hasNextPage };
}

/** The feed has lists; where a snapshot has a single point, it counts as a list of one. */
function pointsOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? listAt(value, where) : [value];
}

function valuesOf(type: string, point: JsonObject, where: string): [channel: string, value: number][] {
  if (type === 'gps') {
    const miles = finiteOrNull(point.speedMilesPerHour, `speedMilesPerHour of ${where}`);
    const heading = finiteOrNull(point.headingDegrees, `headingDegrees of ${where}`);
    return [
      ['latitude', finiteAt(point.latitude, `latitude of ${where}`)],
      ['longitude', finiteAt(point.longitude, `longitude of ${where}`)],
      ...(heading === null ? [] : [['heading', heading] as [string, number]]),
      ...(miles === null ? [] : [['speed', Math.round(miles * MILE_KM * 10_000) / 10_000] as [string, number]]),
    ];
  }
  const { value } = point;
  if (type === 'engineStates') {
    const state = typeof value === 'string' ? ENGINE_STATES[value] : undefined;
    // A state that is not known yet is no measurement.
    return state === undefined ? [] : [[type, state]];
  }
  return value === null ? [] : [[type, finiteAt(value, `value of ${where}`)]];
}
