import type { Ordinal } from './device-page.ts';
import type { Item, Partition } from './store.ts';

/** A device of the customer and its SIM at the carrier. */
export interface DeviceLink {
  /** The customer's own id. */
  readonly deviceId: string;
  readonly carrierDeviceId: string;
  readonly name: string | null;
  readonly iccid: string | null;
  readonly ordinal: Ordinal;
}

const ALL = { prefix: 'device#' } as const;
const sortKey = (deviceId: string): string => `device#${deviceId}`;

/** Every link, in the order of the pages their states lie in. A link made a second ago may wait for the next run. */
export async function allLinks(partition: Partition): Promise<readonly DeviceLink[]> {
  const items = await partition.query(ALL, 'eventual');
  return items.map(toLink).sort((a, b) => a.ordinal - b.ordinal);
}

/** By device id. `after`: the last device id of the page before. */
export async function pageOfLinks(
  limit: number,
  after: string | undefined,
  partition: Partition,
): Promise<{ readonly links: readonly DeviceLink[]; readonly more: boolean }> {
  // One more than the page holds tells whether there is another page.
  const items = await partition.queryFirst(ALL, limit + 1, after === undefined ? undefined : sortKey(after));
  return { links: items.slice(0, limit).map(toLink), more: items.length > limit };
}

export async function findLink(deviceId: string, partition: Partition): Promise<DeviceLink | undefined> {
  const item = await partition.get(sortKey(deviceId));
  return item === undefined ? undefined : toLink(item);
}

/** Links a device. Another SIM gets a new ordinal, so that it never inherits the state of the one before. */
export async function saveLink(link: Omit<DeviceLink, 'ordinal'>, partition: Partition): Promise<DeviceLink> {
  const found = await findLink(link.deviceId, partition);
  const kept = found?.carrierDeviceId === link.carrierDeviceId ? found.ordinal : undefined;
  const linked: DeviceLink = { ...link, ordinal: kept ?? (await partition.nextNumber('ordinals')) };
  await partition.put(sortKey(link.deviceId), { ...linked });
  return linked;
}

/** False when there was none. Its state goes with the next write of its page. */
export const removeLink = (deviceId: string, partition: Partition): Promise<boolean> =>
  partition.delete(sortKey(deviceId));

const toLink = (item: Item): DeviceLink => ({
  deviceId: String(item.deviceId),
  carrierDeviceId: String(item.carrierDeviceId),
  name: typeof item.name === 'string' ? item.name : null,
  iccid: typeof item.iccid === 'string' ? item.iccid : null,
  ordinal: Number(item.ordinal),
});
