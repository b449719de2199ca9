import { type DevicePage, devicePage, type Ordinal, pageOf, slotOf, unpackStates } from './device-page.ts';
import type { DeviceState } from './device-state.ts';
import type { Item, Partition } from './store.ts';

/** Page → when all its devices were last read (epoch ms) without anything to write. */
export type Confirmed = ReadonlyMap<number, number>;

/** Days are kept a little longer than a year, for the plot. */
const DAY_RETENTION_SECONDS = 400 * 86_400;
const PAGES_AT_ONCE = 8;

const pad = (page: number): string => String(page).padStart(6, '0');
const stateKey = (page: number): string => `state#${pad(page)}`;
const dayKey = (page: number, date: string): string => `day#${pad(page)}#${date}`;

/** Every page of the integration, for a run. */
export async function loadPages(partition: Partition): Promise<Map<number, DevicePage>> {
  const items = await partition.query({ prefix: 'state#' });
  return new Map(items.map((item) => [Number(item.page), devicePage(Number(item.page), bytesOf(item))]));
}

export async function loadConfirmed(partition: Partition): Promise<Confirmed> {
  return confirmedOf(await partition.get('confirmed'));
}

/** States of some devices, with the times their pages were confirmed. */
export async function loadStates(
  ordinals: readonly Ordinal[],
  partition: Partition,
): Promise<ReadonlyMap<Ordinal, DeviceState>> {
  const wanted = [...new Set(ordinals.map(pageOf))];
  const items = await partition.getAll(['confirmed', ...wanted.map(stateKey)]);
  const confirmed = confirmedOf(items.find(({ sk }) => sk === 'confirmed'));
  const pages = new Map(
    items.filter(({ sk }) => sk !== 'confirmed').map((item) => [Number(item.page), unpackStates(bytesOf(item))]),
  );
  return new Map(
    ordinals.flatMap((ordinal) => {
      const state = pages.get(pageOf(ordinal))?.get(slotOf(ordinal));
      return state === undefined ? [] : [[ordinal, confirm(state, confirmed.get(pageOf(ordinal)))] as const];
    }),
  );
}

const confirm = (state: DeviceState, at: number | undefined): DeviceState =>
  state.stale || state.at === undefined || at === undefined ? state : { ...state, at: Math.max(state.at, at) };

/**
 * Writes what is new of the pages, and of the confirmations where they are given. Days go first: they follow from the
 * states before and after, so that a run that dies between the two makes them again. Throws LeaseLost.
 */
export async function savePages(
  pages: readonly DevicePage[],
  confirmed: Confirmed | undefined,
  token: number,
  partition: Partition,
): Promise<void> {
  const save = async (page: DevicePage): Promise<void> => {
    for (const day of await changedDays(page, partition)) {
      await partition.putFenced(dayKey(page.number, String(day.date)), day, token);
    }
    if (page.changed) {
      await partition.putFenced(stateKey(page.number), { page: page.number, devices: page.pack() }, token);
    }
    page.stored();
  };
  for (let at = 0; at < pages.length; at += PAGES_AT_ONCE) {
    await Promise.all(pages.slice(at, at + PAGES_AT_ONCE).map(save));
  }
  if (confirmed !== undefined) await partition.putFenced('confirmed', { pages: [...confirmed].flat() }, token);
}

/** The day items of a page that differ from what is stored. */
async function changedDays(page: DevicePage, partition: Partition): Promise<readonly Item[]> {
  const dates = [...page.days.keys()].sort();
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return [];
  const stored = await loadDays(page.number, first, last, partition);
  return dates.flatMap((date) => {
    const before = stored.get(date) ?? [];
    const after = [...before];
    for (const [slot, bytes] of page.days.get(date) ?? []) {
      while (after.length <= slot) after.push(null);
      after[slot] = bytes;
    }
    if (after.length === before.length && after.every((bytes, slot) => bytes === before[slot])) return [];
    return [{ date, bytes: after, expiresAt: Math.floor(Date.parse(date) / 1000) + DAY_RETENTION_SECONDS }];
  });
}

/** Bytes by slot of one page, by date; `from` and `to` are UTC dates, inclusive. */
export async function loadDays(
  page: number,
  from: string,
  to: string,
  partition: Partition,
): Promise<ReadonlyMap<string, readonly (number | null)[]>> {
  const items = await partition.query({ from: dayKey(page, from), to: dayKey(page, to) });
  return new Map(items.map((item) => [String(item.date), item.bytes as (number | null)[]]));
}

const bytesOf = (item: Item): Uint8Array => item.devices as Uint8Array;

/** Stored flat: page, time, page, time… */
function confirmedOf(item: Item | undefined): Confirmed {
  const flat = (item?.pages ?? []) as readonly number[];
  const pairs = flat.flatMap((value, at) => (at % 2 === 0 ? [[value, flat[at + 1] ?? 0] as const] : []));
  return new Map(pairs);
}
