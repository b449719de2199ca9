import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type DeviceState, type StateChange, sameState } from './device-state.ts';

/** Devices share an item: their states cost a write unit per kilobyte of page, not one each. */
export const DEVICES_PER_PAGE = 100;

/** A device's number in its integration; given once, never used again for another SIM. */
export type Ordinal = number;
export const pageOf = (ordinal: Ordinal): number => Math.floor(ordinal / DEVICES_PER_PAGE);
export const slotOf = (ordinal: Ordinal): number => ordinal % DEVICES_PER_PAGE;

/** A page while a run works on it. */
export interface DevicePage {
  readonly number: number;
  stateOf(ordinal: Ordinal): DeviceState;
  change(ordinal: Ordinal, change: StateChange): void;
  /** Drops the states of devices that are no longer linked. */
  keepOnly(linked: ReadonlySet<Ordinal>): void;
  /** Whether it must be written; false when only times of reading are new. */
  readonly changed: boolean;
  pack(): Uint8Array;
  /** Usage by UTC day and slot that came in since the last `stored`. */
  readonly days: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Something was read since the last `stored`, changed or not. */
  readonly wasRead: boolean;
  /** After a successful write, or when there was nothing to write. */
  stored(): void;
}

export function devicePage(number: number, packed: Uint8Array | undefined): DevicePage {
  const states = packed === undefined ? new Map<number, DeviceState>() : unpackStates(packed);
  const days = new Map<string, Map<number, number>>();
  let changed = false;
  let read = false;
  return {
    number,
    days,
    get changed() {
      return changed;
    },
    get wasRead() {
      return read;
    },
    stateOf: (ordinal) => states.get(slotOf(ordinal)) ?? {},
    change(ordinal, { state, days: used }) {
      const slot = slotOf(ordinal);
      read = true;
      changed ||= !sameState(states.get(slot) ?? {}, state);
      states.set(slot, state);
      for (const { date, bytes } of used) {
        const day = days.get(date) ?? new Map<number, number>();
        days.set(date, day.set(slot, bytes));
      }
    },
    keepOnly(linked) {
      for (const slot of states.keys()) {
        if (!linked.has(number * DEVICES_PER_PAGE + slot)) states.delete(slot);
      }
    },
    pack: () => packStates(states),
    stored() {
      changed = false;
      read = false;
      days.clear();
    },
  };
}

/** JSON, compressed: a hundred devices take some 3 KB instead of 20. */
const packStates = (states: ReadonlyMap<number, DeviceState>): Uint8Array =>
  deflateRawSync(JSON.stringify([...states].sort(([a], [b]) => a - b)), { level: 6 });

export const unpackStates = (packed: Uint8Array): Map<number, DeviceState> =>
  new Map(JSON.parse(inflateRawSync(packed).toString('utf8')) as [number, DeviceState][]);
