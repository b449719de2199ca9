import type { Alarm, Channel, VehicleStatus } from '../provider.ts';
import {
  badAnswer,
  finiteAt,
  finiteOrNull,
  idAt,
  listAt,
  objectAt,
  type Readable,
  type Refused,
  readEach,
  textAt,
  textOrNull,
  timeAt,
  timeOrNull,
} from '../wire.ts';

/** The four answers of a vehicle that is asked by the pull contract, checked before anything is made of them. */
export interface Row {
  readonly channel: string;
  readonly time: number;
  readonly value: number | null;
}

export interface Rows {
  readonly rows: readonly Row[];
  readonly refused: Refused;
  /** There are more rows than were sent. */
  readonly truncated: boolean;
}

const MOST_CHANNELS = 1000;

export function parseStatus(body: unknown): VehicleStatus {
  const status = objectAt(body, '/status');
  const { db_ok: dbOk } = status;
  if (dbOk !== undefined && dbOk !== null && typeof dbOk !== 'boolean') {
    throw badAnswer('db_ok of /status is not true or false');
  }
  const lastMeasurementAt = timeOrNull(status.last_measurement_at, 'last_measurement_at of /status');
  return {
    softwareVersion: textOrNull(status.software_version, 'software_version of /status'),
    dbOk: dbOk ?? null,
    details: { lastMeasurementAt: lastMeasurementAt === null ? null : new Date(lastMeasurementAt).toISOString() },
  };
}

export function parseChannels(body: unknown): Readable<Channel> {
  return readEach(listAt(body, '/channels', MOST_CHANNELS), (entry, i) => {
    const where = (name: string) => `${name} of entry ${i} of /channels`;
    const channel = objectAt(entry, `entry ${i} of /channels`);
    return {
      channelId: idAt(channel.channel_id, where('channel_id')),
      name: textAt(channel.name, where('name')),
      unit: textOrNull(channel.unit, where('unit')),
      minValue: finiteOrNull(channel.phys_min, where('phys_min')),
      maxValue: finiteOrNull(channel.phys_max, where('phys_max')),
    };
  });
}

/** Rows of from (inclusive) … to (exclusive); one of another time is refused, since the cursor may have passed over it. */
export function parseRows(body: unknown, from: number, to: number): Rows {
  const answer = objectAt(body, '/data');
  const { truncated } = answer;
  if (truncated !== undefined && typeof truncated !== 'boolean')
    throw badAnswer('truncated of /data is not true or false');
  const channels = new Set<string>();
  const { entries: rows, refused } = readEach(listAt(answer.rows, 'rows of /data', 200_000), (entry, i) => {
    const row = objectAt(entry, `row ${i} of /data`);
    const channel = idAt(row.channel_id, `channel_id of row ${i} of /data`);
    const time = timeAt(row.time, `time of row ${i} of /data`);
    if (time < from || time >= to) {
      throw badAnswer(`row ${i} of /data is of ${new Date(time).toISOString()}, outside the window asked for`);
    }
    const value = row.value === null ? null : finiteAt(row.value, `value of row ${i} of /data`);
    channels.add(channel);
    return { channel, time, value };
  });
  if (channels.size > MOST_CHANNELS) throw badAnswer(`/data has more than ${MOST_CHANNELS} channels`);
  return { rows, refused, truncated: truncated ?? false };
}

export function parseAlarms(body: unknown): Readable<Alarm> {
  return readEach(listAt(body, '/alarms', 10_000), (entry, i) => {
    const where = (name: string) => `${name} of entry ${i} of /alarms`;
    const alarm = objectAt(entry, `entry ${i} of /alarms`);
    const { channel_id: channelId } = alarm;
    return {
      alarmId: idAt(alarm.alarm_id, where('alarm_id')),
      channelId: channelId === null || channelId === undefined ? null : idAt(channelId, where('channel_id')),
      severity: textOrNull(alarm.severity, where('severity')),
      message: textOrNull(alarm.message, where('message')) ?? '',
      triggeredAt: timeAt(alarm.triggered_at, where('triggered_at')),
      resolvedAt: timeOrNull(alarm.resolved_at, where('resolved_at')),
    };
  });
}
