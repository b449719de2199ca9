import { PermanentError, RetryLater, UpstreamError } from '../../model/failure.ts';
import type { Run, SyncResult } from '../kind.ts';
import { recordMeasurements } from './blocks/record.ts';
import { countPoints } from './blocks/series.ts';
import { type Cursor, formatCursor, parseCursor } from './cursor.ts';
import type { Batch, Vehicle, VehicleProvider, VehicleStatus } from './providers/provider.ts';
import { addRefused, badAnswer, inWords, NONE_REFUSED, type Refused } from './providers/wire.ts';
import { readChannels, type SyncStatus, storeAlarms, storeChannels, storeState } from './records.ts';
import { vehicleConfig } from './schema.ts';
import { type VehicleStore, vehicleStore } from './store.ts';

export interface VehicleSettings {
  /** How long measurements and alarms are kept where `config.retentionDays` does not say. */
  readonly measurementRetentionDays: number;
}

const FIRST_WINDOW_MS = 60_000;
/** Alarms are written a little before or after the rows around them. */
const ALARM_OVERLAP_MS = 60_000;
/** How long an alarm is asked about again, in case the vehicle tells only of those triggered in the window. */
const OPEN_ALARM_MS = 24 * 3_600_000;
/** How old `lastSeenAt` may be of a vehicle that answers but whose data fails: a failed run stores nothing by itself. */
const SEEN_MS = 60_000;
/** A call must end before the worker does, which goes on a little after the deadline. */
const AFTER_DEADLINE_MS = 5_000;

/** What one slice hands to the next. `to` is fixed when the run begins: a long fill ends, and the next slot goes on from there. */
interface Checkpoint {
  /** Nothing was stored of this time or later when the run began. */
  readonly fresh: number;
  readonly from: number;
  readonly to: number;
  /** The provider's own; null before the first window. */
  readonly position: unknown;
  readonly counts: Counts;
  /** Rows that could not be read. */
  readonly refused: Refused;
}

interface Counts {
  /** Rows the vehicle told of, those without a value among them. */
  readonly told: number;
  readonly written: number;
  readonly nulls: number;
  readonly windows: number;
  readonly windowsLeft: number;
}

interface Slice {
  readonly run: Run;
  readonly vehicle: Vehicle;
  readonly store: VehicleStore;
  readonly retentionDays: number;
  /** When the slice began, epoch ms. */
  readonly now: number;
  /** Whether another call might not come back before the worker ends. */
  outOfTime(): boolean;
  checkpoint: Checkpoint;
  cursor: Cursor;
  /** For the history entry. */
  readonly facts: Record<string, number | string | null>;
}

/**
 * One run: status, channels, measurements window by window, alarms.
 * A vehicle that does not answer ends it (FAILED, `timeout…` or `error…`) and nothing else is asked; channels and alarms may
 * fail without that. The cursor moves after what it covers is stored, so whatever happens, the next run goes on from there.
 */
export async function syncVehicle(run: Run, provider: VehicleProvider, settings: VehicleSettings): Promise<SyncResult> {
  const slice = begin(run, provider, settings);
  let status: VehicleStatus | undefined;
  try {
    status = await slice.vehicle.status();
    noteStatus(slice, status);
    if (status.dbOk === false) {
      const down =
        'error: the vehicle answers, but its database is down; its measurements are read when it is up again';
      throw new UpstreamError(down, { problem: 'status' });
    }
    const channels = await syncChannels(slice);
    if (!(await syncMeasurements(slice, channels))) return goOn(slice);
    await syncAlarms(slice);
    await noteState(slice, 'ok', status);
    const { counts, refused } = slice.checkpoint;
    return {
      outcome: refused.count === 0 ? 'success' : 'partial',
      ...(refused.count > 0 && { message: inWords(refused) }),
      recordsCount: counts.written,
      details: detailsOf(slice),
      stored: true,
      cursor: formatCursor(slice.cursor),
    };
  } catch (error) {
    return await fail(slice, error, status);
  }
}

function begin(run: Run, provider: VehicleProvider, settings: VehicleSettings): Slice {
  const { lookbackMs, retentionDays, timeoutMs } = vehicleConfig(run.integration.config);
  const cursor = parseCursor(run.cursor);
  const now = run.clock.now();
  const fresh = cursor.at ?? now - FIRST_WINDOW_MS;
  const fromStart: Checkpoint = {
    fresh,
    from: cursor.at === null ? fresh : fresh - lookbackMs,
    to: now,
    position: null,
    counts: { told: 0, written: 0, nulls: 0, windows: 0, windowsLeft: 0 },
    refused: NONE_REFUSED,
  };
  return {
    run,
    vehicle: provider.connect(run),
    store: vehicleStore(run, run.data),
    retentionDays: retentionDays ?? settings.measurementRetentionDays,
    now,
    // What a run that died left behind is no use: the cursor says how far it came, and the window ends now.
    checkpoint: { ...fromStart, ...(run.continued && (run.checkpoint as Checkpoint | null)) },
    cursor,
    facts: {},
    outOfTime: () => run.clock.now() + timeoutMs > run.deadline + AFTER_DEADLINE_MS,
  };
}

function noteStatus(slice: Slice, { softwareVersion, seenAt, details }: VehicleStatus): void {
  const lastSeenAt = seenAt === undefined ? slice.now : seenAt;
  if (lastSeenAt !== null) slice.cursor = { ...slice.cursor, seenAt: lastSeenAt };
  Object.assign(slice.facts, { lastSeenAt: lastSeenAt === null ? null : iso(lastSeenAt), softwareVersion }, details);
}

/** Not critical. Answers the channels that are known, for a reader that must ask for them one by one. */
async function syncChannels(slice: Slice): Promise<() => Promise<readonly string[] | undefined>> {
  const { run, vehicle, store, now } = slice;
  const stored = async () => {
    const ids = (await readChannels(store)).map(({ channelId }) => channelId);
    return ids.length === 0 ? undefined : ids;
  };
  if (vehicle.channels === undefined || run.continued) return stored;
  try {
    const channels = await vehicle.channels();
    slice.cursor = await storeChannels(channels.entries, now, slice.cursor, run, store);
    slice.facts.channels = channels.entries.length;
    if (channels.refused.problem !== null) slice.facts.channelsError = inWords(channels.refused);
  } catch (error) {
    noteProblem(slice, 'channelsError', error);
  }
  return stored;
}

/** False: there is more to read than this slice has time for. */
async function syncMeasurements(
  slice: Slice,
  channels: () => Promise<readonly string[] | undefined>,
): Promise<boolean> {
  const { run, vehicle, cursor, checkpoint, outOfTime } = slice;
  const seen = new Set<string>();
  let complete = true;
  for await (const batch of vehicle.read({ ...checkpoint, cursor, channels, outOfTime })) {
    await storeBatch(slice, batch);
    for (const { channel } of batch.series) seen.add(channel);
    if (batch.last) break;
    await run.save({ cursor: formatCursor(slice.cursor), checkpoint: slice.checkpoint });
    complete = !outOfTime();
    if (!complete) break;
  }
  const { counts, refused } = slice.checkpoint;
  if (complete && refused.count > 0 && counts.told === 0) {
    await run.save({ cursor: formatCursor(slice.cursor) });
    throw badAnswer(`nothing could be read of what the vehicle told: ${refused.problem}`);
  }
  const { describe } = vehicle;
  if (describe !== undefined && seen.size > 0) {
    const described = [...seen].sort().map((id) => describe(id));
    slice.cursor = await storeChannels(described, slice.now, slice.cursor, run, slice.store);
  }
  return complete;
}

async function storeBatch(slice: Slice, batch: Batch): Promise<void> {
  const { run, vehicle, store, retentionDays, checkpoint, cursor } = slice;
  const fresh = cursor.at ?? checkpoint.fresh;
  const { written, tail } = await recordMeasurements(
    batch.series,
    { fresh, tail: cursor.tail, retentionDays, assertHeld: () => run.assertHeld() },
    store,
  );
  // Not to the end of the window: what the vehicle has yet to tell of it would be passed over.
  const { newest, through } = batch;
  const read = Math.max(
    newest === null ? 0 : newest + 1,
    through === null ? 0 : Math.min(through, checkpoint.to - vehicle.patienceMs),
  );
  slice.cursor = {
    ...cursor,
    at: Math.max(fresh, read),
    tail,
    seenAt: newest === null ? cursor.seenAt : Math.max(cursor.seenAt ?? 0, Math.min(newest, checkpoint.to)),
    feed: batch.feed ?? cursor.feed,
    pauseUntil: batch.pauseUntil ?? null,
  };
  const { counts } = checkpoint;
  slice.checkpoint = {
    ...checkpoint,
    position: batch.position,
    refused: addRefused(checkpoint.refused, batch.refused),
    counts: {
      told: counts.told + countPoints(batch.series) + batch.nulls,
      written: counts.written + written,
      nulls: counts.nulls + batch.nulls,
      windows: counts.windows + 1,
      windowsLeft: batch.windowsLeft,
    },
  };
}

/** Not critical: what could not be read is read with the next run. */
async function syncAlarms(slice: Slice): Promise<void> {
  const { run, vehicle, store, retentionDays, checkpoint } = slice;
  if (vehicle.alarms === undefined) return;
  const { from: begin, to, counts } = checkpoint;
  const cursor = { ...slice.cursor, alarmsAt: slice.cursor.alarmsAt ?? begin };
  slice.cursor = cursor;
  if (slice.outOfTime()) return;
  // A vehicle whose clock is behind, or which was out of reach, tells of alarms where its measurements are.
  const from = Math.min(counts.told > 0 ? begin : to, cursor.alarmsAt) - ALARM_OVERLAP_MS;
  const open = cursor.openAlarmAt === null ? to : Math.max(cursor.openAlarmAt, to - OPEN_ALARM_MS);
  try {
    const alarms = await vehicle.alarms(Math.min(from, open), to);
    const stored = await storeAlarms(alarms.entries, retentionDays, cursor, run, store);
    slice.cursor = { ...stored.cursor, alarmsAt: to };
    Object.assign(slice.facts, { alarms: alarms.entries.length, alarmsChanged: stored.changed });
    if (alarms.refused.problem !== null) slice.facts.alarmsError = inWords(alarms.refused);
  } catch (error) {
    noteProblem(slice, 'alarmsError', error);
  }
}

async function noteState(slice: Slice, syncStatus: SyncStatus, status: VehicleStatus | undefined): Promise<void> {
  const { softwareVersion, dbOk } = status ?? {};
  slice.cursor = await storeState({ syncStatus, softwareVersion, dbOk }, slice.cursor, slice.run, slice.store);
}

function goOn(slice: Slice): SyncResult {
  return { outcome: 'continue', checkpoint: slice.checkpoint, details: detailsOf(slice) };
}

/** The vehicle's failures end the run in words; whatever else went wrong is the engine's to judge. */
async function fail(slice: Slice, error: unknown, status: VehicleStatus | undefined): Promise<SyncResult> {
  if (!(error instanceof UpstreamError || error instanceof PermanentError)) throw error;
  const syncStatus = error.message.startsWith('timeout') ? 'timeout' : 'error';
  const before = slice.cursor;
  await noteState(slice, syncStatus, status);
  const seenBefore = parseCursor(slice.run.cursor).seenAt ?? 0;
  if (slice.cursor !== before || Math.abs((slice.cursor.seenAt ?? 0) - seenBefore) >= SEEN_MS) {
    await slice.run.save({ cursor: formatCursor(slice.cursor) });
  }
  // A refused key is a person's to mend, and has an alarm of its own.
  if (error instanceof PermanentError) throw error;
  return {
    outcome: 'error',
    message: error.message,
    recordsCount: slice.checkpoint.counts.written,
    details: detailsOf(slice),
  };
}

function noteProblem(slice: Slice, name: string, error: unknown): void {
  const expected = error instanceof UpstreamError || error instanceof PermanentError || error instanceof RetryLater;
  if (!expected) throw error;
  slice.facts[name] = error.message.slice(0, 200);
}

function detailsOf({ run, facts, checkpoint }: Slice): Record<string, number | string | null> {
  const { from, to, counts, refused } = checkpoint;
  return {
    ...facts,
    from: iso(from),
    to: iso(to),
    rows: counts.told,
    written: counts.written,
    nulls: counts.nulls,
    refused: refused.count,
    windows: counts.windows,
    windowsLeft: counts.windowsLeft,
    calls: run.upstream.calls,
  };
}

const iso = (time: number): string => new Date(time).toISOString();
