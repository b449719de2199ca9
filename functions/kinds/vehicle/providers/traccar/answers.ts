import type { Alarm } from '../provider.ts';
import {
  badAnswer,
  finiteOrNull,
  idAt,
  isPlainName,
  type JsonObject,
  listAt,
  objectAt,
  type Readable,
  readEach,
  textOrNull,
  timeAt,
} from '../wire.ts';

/** One knot in km/h. */
const KNOT_KMH = 1.852;

export interface Device {
  readonly name: string | null;
  /** online, offline or unknown. */
  readonly status: string | null;
  readonly lastUpdate: number | null;
  /** Changes with every new position; null when there was none. */
  readonly positionId: string | null;
}

export interface Position {
  readonly time: number;
  /** By channel. */
  readonly values: ReadonlyMap<string, number>;
}

export function parseDevice(body: unknown, deviceId: string): Device | undefined {
  const found = listAt(body, '/devices')
    .map((entry, i) => objectAt(entry, `entry ${i} of /devices`))
    .find(({ id }) => String(id) === deviceId);
  if (found === undefined) return undefined;
  const { positionId, lastUpdate } = found;
  return {
    name: textOrNull(found.name, 'name of the device'),
    status: textOrNull(found.status, 'status of the device'),
    lastUpdate: lastUpdate === null || lastUpdate === undefined ? null : timeAt(lastUpdate, 'lastUpdate of the device'),
    positionId: positionId === null || positionId === undefined ? null : idAt(positionId, 'positionId of the device'),
  };
}

/** Both ends inclusive, as Traccar has it. */
export function parsePositions(body: unknown, deviceId: string, from: number, to: number): Readable<Position> {
  return readEach(listAt(body, '/positions'), (entry, i) => {
    const where = `entry ${i} of /positions`;
    const position = objectAt(entry, where);
    if (String(position.deviceId) !== deviceId) throw badAnswer(`${where} is of another device`);
    const time = timeAt(position.fixTime, `fixTime of ${where}`);
    if (time < from || time > to) {
      throw badAnswer(`${where} is of ${new Date(time).toISOString()}, outside the window asked for`);
    }
    return { time, values: valuesOf(position, where) };
  });
}

/**
 * Whether the position with this id is of a time before `end`. One that could not be read counts as well: it will not get
 * better.
 */
export function hasPosition(body: unknown, positionId: string, end: number): boolean {
  return listAt(body, '/positions').some((entry) => {
    const { id, fixTime } = (entry ?? {}) as JsonObject;
    return String(id) === positionId && !(Date.parse(String(fixTime)) >= end);
  });
}

/** Where the fix is not valid, Traccar repeats the last place: that is no measurement. */
function valuesOf(position: JsonObject, where: string): Map<string, number> {
  const values = new Map<string, number>();
  const put = (channel: string, value: number | null): void => {
    if (value !== null) values.set(channel, value);
  };
  const number = (name: string): number | null => finiteOrNull(position[name], `${name} of ${where}`);
  if (position.valid !== false) {
    for (const name of ['latitude', 'longitude', 'altitude', 'course', 'accuracy']) put(name, number(name));
    const knots = number('speed');
    put('speed', knots === null ? null : round(knots * KNOT_KMH));
  }
  const attributes = objectAt(position.attributes ?? {}, `attributes of ${where}`);
  for (const [name, value] of Object.entries(attributes).slice(0, 100)) {
    if (!isPlainName(name) || values.has(name)) continue;
    if (typeof value === 'boolean') values.set(name, value ? 1 : 0);
    if (typeof value === 'number') put(name, value);
  }
  return values;
}

/** The factor makes 40.003200000000004 of a speed with one decimal; four decimals are a tenth of a metre an hour. */
const round = (kmh: number): number => Math.round(kmh * 10_000) / 10_000;

const SEVERITIES: Readonly<Record<string, string>> = {
  alarm: 'critical',
  deviceOverspeed: 'warning',
  deviceFuelDrop: 'warning',
  maintenance: 'info',
};

/** Alarms among the events. An event is a moment: there is nothing about it to be resolved later. */
export function parseEvents(body: unknown, deviceId: string): Readable<Alarm> {
  const { entries, refused } = readEach(listAt(body, '/reports/events'), (entry, i): Alarm[] => {
    const where = `entry ${i} of /reports/events`;
    const event = objectAt(entry, where);
    if (String(event.deviceId) !== deviceId) throw badAnswer(`${where} is of another device`);
    const type = textOrNull(event.type, `type of ${where}`) ?? '';
    const severity = SEVERITIES[type];
    if (severity === undefined) return [];
    const { alarm } = objectAt(event.attributes ?? {}, `attributes of ${where}`);
    const triggeredAt = timeAt(event.eventTime, `eventTime of ${where}`);
    return [
      {
        alarmId: idAt(event.id, `id of ${where}`),
        channelId: type === 'deviceOverspeed' ? 'speed' : null,
        severity,
        message: typeof alarm === 'string' ? `${type}: ${alarm.slice(0, 100)}` : type,
        triggeredAt,
        resolvedAt: triggeredAt,
      },
    ];
  });
  return { entries: entries.flat(), refused };
}
