import { type DevicePage, devicePage, pageOf } from './device-page.ts';
import { type Confirmed, loadConfirmed, loadPages, savePages } from './device-pages.ts';
import { afterProblem, afterReading } from './device-state.ts';
import { allLinks, type DeviceLink } from './links.ts';
import type { DeviceReading, SimStatus } from './provider.ts';
import type { Partition } from './store.ts';
import type { Walk } from './walk-checkpoint.ts';

/** All linked devices of an integration with their states, while a run works on them. */
export interface Fleet {
  /** In ordinal order. */
  readonly links: readonly DeviceLink[];
  /** What the carrier is asked for. */
  readonly carrierDeviceIds: ReadonlySet<string>;
  /** The last status the carrier told. */
  statusOf(link: DeviceLink): SimStatus | undefined;
  /** Takes in one answer; devices that are not linked are passed over. Marks the walk. */
  apply(reading: DeviceReading, walk: Walk, now: number): void;
  /** Takes in that a device could not be read. */
  fail(link: DeviceLink, problem: string, walk: Walk): void;
  /** Takes in that the carrier does not know a device. */
  unknown(link: DeviceLink, problem: string, walk: Walk): void;
  /** The carrier says nothing of the device: it was not in the answer, or is deactivated and not told of any more. */
  missing(link: DeviceLink, walk: Walk): void;
  /** Writes what is new. Throws LeaseLost. */
  flush(walk: Walk, token: number): Promise<void>;
}

export async function loadFleet(partition: Partition): Promise<Fleet> {
  const [links, pages, loaded] = await Promise.all([
    allLinks(partition),
    loadPages(partition),
    loadConfirmed(partition),
  ]);
  const byCarrierId = Map.groupBy(links, ({ carrierDeviceId }) => carrierDeviceId);
  const ordinals = new Set(links.map(({ ordinal }) => ordinal));
  for (const page of pages.values()) page.keepOnly(ordinals);
  const byPage = Map.groupBy(links, ({ ordinal }) => pageOf(ordinal));
  let confirmed: Confirmed = loaded;

  const pageFor = ({ ordinal }: DeviceLink): DevicePage => {
    const number = pageOf(ordinal);
    const page = pages.get(number) ?? devicePage(number, undefined);
    pages.set(number, page);
    return page;
  };

  const markProblem = (link: DeviceLink, problem: string | undefined): void => {
    const page = pageFor(link);
    page.change(link.ordinal, { state: afterProblem(page.stateOf(link.ordinal), problem), days: [] });
  };

  /** Unchanged pages of which every device was read: one small item says so for all of them. */
  const newlyConfirmed = (walk: Walk): Confirmed | undefined => {
    const all = [...pages.values()].filter(
      (page) =>
        page.wasRead &&
        !page.changed &&
        (byPage.get(page.number) ?? []).every(({ ordinal }) => walk.read.has(ordinal) || page.stateOf(ordinal).stale),
    );
    if (all.length === 0) return undefined;
    return new Map([...confirmed, ...all.map(({ number }) => [number, walk.startedAt] as const)]);
  };

  return {
    links,
    carrierDeviceIds: new Set(byCarrierId.keys()),

    statusOf: (link) => pageFor(link).stateOf(link.ordinal).sim,

    apply(reading, walk, now) {
      for (const link of byCarrierId.get(reading.carrierDeviceId) ?? []) {
        const { ordinal } = link;
        const page = pageFor(link);
        const change = afterReading(page.stateOf(ordinal), reading, now);
        page.change(ordinal, change);
        if (reading.info !== undefined) walk.known.add(ordinal);
        if (reading.problem !== undefined) {
          walk.failed.add(ordinal);
          walk.firstProblem ??= `device ${link.deviceId}: ${reading.problem}`;
        } else if (reading.usage !== undefined) {
          (change.state.stale ? walk.silent : walk.read).add(ordinal);
          const told = reading.info === undefined ? walk.known.has(ordinal) : reading.info.simStatus !== undefined;
          if (!told) walk.statusUnreadable += 1;
        }
      }
    },

    fail(link, problem, walk) {
      walk.failed.add(link.ordinal);
      walk.firstProblem ??= `device ${link.deviceId}: ${problem}`;
      markProblem(link, problem);
    },

    unknown(link, problem, walk) {
      walk.unknown.add(link.ordinal);
      walk.firstProblem ??= `device ${link.deviceId}: ${problem}`;
      markProblem(link, problem);
    },

    missing(link, walk) {
      walk.silent.add(link.ordinal);
      markProblem(link, undefined);
    },

    async flush(walk, token) {
      const fresh = newlyConfirmed(walk);
      const touched = [...pages.values()].filter((page) => page.wasRead);
      await savePages(touched, fresh, token, partition);
      confirmed = fresh ?? confirmed;
    },
  };
}
