import type { ProviderDescription, TestResult, TestRun } from '../../kind.ts';
import type { Series } from '../blocks/series.ts';
import type { Cursor } from '../cursor.ts';
import type { Readable, Refused } from './wire.ts';

/** What a kind of vehicle brings. All times are epoch ms; what it throws is told in words for a person. */
export interface VehicleProvider {
  readonly description: ProviderDescription;
  /** Checks what it needs of the integration. Throws PermanentError. */
  connect(run: TestRun): Vehicle;
  test(vehicle: Vehicle, run: TestRun): Promise<TestResult>;
}

/** One vehicle, for one slice of a run. */
export interface Vehicle {
  /**
   * How far back the cursor stays behind the present while no measurements come: a vehicle whose clock is behind, or which
   * stores its rows with a delay, still has them to tell.
   */
  readonly patienceMs: number;
  status(): Promise<VehicleStatus>;
  channels?(): Promise<Readable<Channel>>;
  /** Instead of `channels`, where they are what the measurements show. */
  describe?(channelId: string): Channel;
  /** Windows in time order; yields at least once, `last` exactly once, unless `outOfTime`. */
  read(request: ReadRequest): AsyncGenerator<Batch, void, undefined>;
  alarms?(from: number, to: number): Promise<Readable<Alarm>>;
}

export interface VehicleStatus {
  readonly softwareVersion: string | null;
  /** False: the vehicle answers, but has no measurements to give right now. */
  readonly dbOk: boolean | null;
  /** When the vehicle was last heard of; null: never; absent: right now. */
  readonly seenAt?: number | null;
  /** Shown in the history. */
  readonly details: Readonly<Record<string, number | string | null>>;
}

export interface Channel {
  readonly channelId: string;
  readonly name: string;
  readonly unit: string | null;
  readonly minValue: number | null;
  readonly maxValue: number | null;
}

export interface Alarm {
  readonly alarmId: string;
  readonly channelId: string | null;
  readonly severity: string | null;
  readonly message: string;
  readonly triggeredAt: number;
  readonly resolvedAt: number | null;
}

export interface ReadRequest {
  readonly cursor: Cursor;
  readonly from: number;
  readonly to: number;
  /** Where an earlier slice of this run stopped, as its last batch told; null at the start of a run. */
  readonly position: unknown;
  /** Channels that the vehicle has told of; undefined when it has not. */
  channels(): Promise<readonly string[] | undefined>;
  /** Whether another call might not come back in time. */
  outOfTime(): boolean;
}

export interface Batch {
  readonly series: readonly Series[];
  /** The latest time of a row, also of one without a value; null when there was none. */
  readonly newest: number | null;
  /** Every moment before was asked for; null when the provider does not ask by time. */
  readonly through: number | null;
  /** Rows without a value. */
  readonly nulls: number;
  /** Rows that could not be read. */
  readonly refused: Refused;
  /** The provider's own mark, to be kept once this batch is stored. */
  readonly feed?: string;
  readonly pauseUntil?: number;
  /** Where to go on in another slice; JSON. */
  readonly position: unknown;
  /** Windows still to come, as far as known. */
  readonly windowsLeft: number;
  readonly last: boolean;
}
