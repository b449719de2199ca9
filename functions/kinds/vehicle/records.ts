import { HOUR_MS } from './blocks/block.ts';
import { type Cursor, fingerprint } from './cursor.ts';
import type { Alarm, Channel } from './providers/provider.ts';
import type { VehicleStore } from './store.ts';

/**
 * What is stored of a vehicle besides its measurements: channel configuration, alarms and state. All of it is written only
 * when it has changed; the prints in the cursor tell, so that an idle run does not even read it.
 */
export interface Writer {
  /** The run's token: a later run's document is never replaced. */
  readonly token: number;
  assertHeld(): void;
}

export interface StoredChannel extends Channel {
  /** Epoch ms. */
  readonly syncedAt: number;
}

export type SyncStatus = 'ok' | 'timeout' | 'error';

/** Null: not known. */
export interface VehicleState {
  readonly syncStatus: SyncStatus | null;
  readonly softwareVersion: string | null;
  readonly dbOk: boolean | null;
  /** Epoch ms. */
  readonly lastSeenAt: number | null;
}

const CHANNELS = 'channels';
const STATE = 'state';
const ALARM = 'a#';

/** Adds and changes; a channel that is no longer told of stays, since its measurements do. */
export async function storeChannels(
  channels: readonly Channel[],
  now: number,
  cursor: Cursor,
  writer: Writer,
  store: VehicleStore,
): Promise<Cursor> {
  const print = fingerprint(channels);
  if (print !== cursor.prints.channels) {
    const stored = new Map((await readChannels(store)).map((channel) => [channel.channelId, channel]));
    const changed = channels.filter((channel) => !sameChannel(channel, stored.get(channel.channelId)));
    if (changed.length > 0) {
      for (const channel of channels) stored.set(channel.channelId, { ...channel, syncedAt: now });
      writer.assertHeld();
      await store.putDocument(CHANNELS, { list: JSON.stringify([...stored.values()]) }, writer.token);
    }
  }
  return { ...cursor, channelsAt: now, prints: { ...cursor.prints, channels: print } };
}

export async function readChannels(store: VehicleStore): Promise<StoredChannel[]> {
  const document = await store.document(CHANNELS);
  return document === undefined ? [] : (JSON.parse(String(document.list)) as StoredChannel[]);
}

function sameChannel(channel: Channel, stored: StoredChannel | undefined): boolean {
  if (stored === undefined) return false;
  const { syncedAt: _, ...before } = stored;
  return fingerprint(channel) === fingerprint(before);
}

/** Upsert by alarm id: a known alarm changes only by being resolved. Answers how many were new or changed. */
export async function storeAlarms(
  alarms: readonly Alarm[],
  retentionDays: number,
  cursor: Cursor,
  writer: Writer,
  store: VehicleStore,
): Promise<{ readonly cursor: Cursor; readonly changed: number }> {
  const print = fingerprint(alarms);
  let changed = 0;
  if (print !== cursor.prints.alarms && alarms.length > 0) {
    const latest = new Map(alarms.map((alarm) => [alarm.alarmId, alarm]));
    const documents = await store.documents([...latest.keys()].map((id) => ALARM + id));
    const stored = new Map(documents.map(toAlarm).map((alarm) => [alarm.alarmId, alarm]));
    for (const alarm of latest.values()) {
      const before = stored.get(alarm.alarmId);
      const after = before === undefined ? alarm : { ...before, resolvedAt: alarm.resolvedAt ?? before.resolvedAt };
      if (before !== undefined && before.resolvedAt === after.resolvedAt) continue;
      writer.assertHeld();
      const expiresAt = Math.ceil((after.triggeredAt + retentionDays * 24 * HOUR_MS) / 1000);
      await store.putDocument(ALARM + alarm.alarmId, { ...after, expiresAt }, writer.token);
      changed++;
    }
  }
  const open = alarms.filter(({ resolvedAt }) => resolvedAt === null).map(({ triggeredAt }) => triggeredAt);
  const openAlarmAt = open.length === 0 ? null : Math.min(...open);
  return { changed, cursor: { ...cursor, openAlarmAt, prints: { ...cursor.prints, alarms: print } } };
}

/** Latest first. `now`: what has expired is not shown. */
export async function readAlarms(now: number, store: VehicleStore): Promise<Alarm[]> {
  const documents = await store.documentsUnder(ALARM);
  return documents
    .filter(({ expiresAt }) => Number(expiresAt) * 1000 > now)
    .map(toAlarm)
    .sort((a, b) => b.triggeredAt - a.triggeredAt || (a.alarmId < b.alarmId ? 1 : -1));
}

function toAlarm(document: Record<string, unknown>): Alarm {
  const { alarmId, channelId, severity, message, triggeredAt, resolvedAt } = document;
  return { alarmId, channelId, severity, message, triggeredAt, resolvedAt } as Alarm;
}

/** What is not known (undefined) keeps its value: a vehicle that is silent still has the software it had. */
export async function storeState(
  state: { syncStatus: SyncStatus; softwareVersion?: string | null; dbOk?: boolean | null },
  cursor: Cursor,
  writer: Writer,
  store: VehicleStore,
): Promise<Cursor> {
  const print = fingerprint(state);
  if (print === cursor.prints.state) return cursor;
  const before = await store.document(STATE);
  const known = Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined));
  const { pk: _, sk: __, ...rest } = before ?? {};
  writer.assertHeld();
  await store.putDocument(STATE, { ...rest, ...known, lastSeenAt: cursor.seenAt }, writer.token);
  return { ...cursor, prints: { ...cursor.prints, state: print } };
}

export async function readState(cursor: Cursor, store: VehicleStore): Promise<VehicleState> {
  const {
    syncStatus = null,
    softwareVersion = null,
    dbOk = null,
    lastSeenAt = null,
  } = ((await store.document(STATE)) as Partial<VehicleState> | undefined) ?? {};
  return { syncStatus, softwareVersion, dbOk, lastSeenAt: cursor.seenAt ?? lastSeenAt };
}
