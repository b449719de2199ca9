import { PermanentError, UpstreamError } from '../../model/failure.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Account } from './account.ts';
import type { CarrierConfig } from './config.ts';
import { type UsageWindow, usageWindow } from './cycle.ts';
import { failureWords, rejectedCredential } from './failure-words.ts';
import type { Fleet } from './fleet.ts';
import type { DeviceLink } from './links.ts';
import type { BulkPage, CarrierClient, CarrierProvider, DeviceInfo, DeviceReading } from './provider.ts';
import type { Walk } from './walk-checkpoint.ts';

export interface WalkSteps {
  readonly provider: CarrierProvider;
  readonly client: CarrierClient;
  readonly config: CarrierConfig;
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Epoch ms: no step is begun after it, except the first of a slice. */
  readonly deadline: number;
  /** What the provider had gathered when the walk stopped. */
  readonly carried: string | null;
  /** Stores what was read so far and where the walk is. */
  readonly keep: () => Promise<void>;
}

/** More pages than any account has: the carrier's paging does not end. */
const MAX_PAGES = 10_000;
/** One by one, what was read is stored after so many devices. */
const KEEP_EVERY = 250;
/** So many devices in a row without any answer: the carrier is gone, not the devices. */
const NO_ANSWERS_IN_A_ROW = 3;
/** So many refused (403) in a row and none read: it is the credential, not the devices. A few may be somebody else's. */
const REFUSALS_IN_A_ROW = 25;

/** How a walk of this account begins. */
export function firstPhase(provider: CarrierProvider, client: CarrierClient, account: Account): Walk['phase'] {
  const { bulkNeedsAccountId } = provider.capabilities;
  const hasBulk = client.getBulkUsage !== undefined && (!bulkNeedsAccountId || account.accountId !== null);
  if (hasBulk && !wantsStatusOfEach(provider, account.config)) return 'bulk';
  return client.listDevices === undefined ? 'devices' : 'list';
}

/** Asked for by configuration: what only a call per device tells. */
const wantsStatusOfEach = ({ capabilities }: CarrierProvider, config: CarrierConfig): boolean =>
  config.networkStatus === true && capabilities.networkStatus === 'per-device';

/**
 * Goes on with a walk until everything was read (true) or the deadline has come (false). Changes the walk and the fleet in
 * memory. Throws RetryLater, LeaseLost and PermanentError, and UpstreamError when the carrier is out of reach before
 * anything was read.
 */
export async function goOn(walk: Walk, steps: WalkSteps): Promise<boolean> {
  let first = true;
  const mayStep = (): boolean => {
    const may = first || steps.clock.now() < steps.deadline;
    first = false;
    return may;
  };
  if (walk.phase !== 'devices' && !(await readPages(walk, mayStep, steps))) return false;
  return walk.phase !== 'devices' || readOneByOne(walk, mayStep, steps);
}

/** A place in the carrier's pages does not keep for ever: the walk begins anew. */
export class PlaceLost extends Error {
  override readonly name = 'PlaceLost';
}

/** False when the deadline has come. Afterwards the walk is in its `devices` phase, or done. */
async function readPages(walk: Walk, mayStep: () => boolean, steps: WalkSteps): Promise<boolean> {
  const { fleet, clock, provider } = steps;
  let resumed = walk.at !== null;
  while (walk.phase !== 'devices') {
    if (!mayStep()) return false;
    let page: BulkPage;
    try {
      page = await nextPage(walk, steps);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (resumed && isRefusal(error)) throw new PlaceLost();
      leavePages(walk, error, steps);
      break;
    }
    resumed = false;
    for (const reading of page.readings) fleet.apply(reading, walk, clock.now());
    if (page.gap !== undefined) walk.bulkProblem ??= page.gap;
    if (page.inventoryComplete === false) walk.inventoryComplete = false;
    walk.pages += 1;
    walk.carry = page.carry;
    if (page.next !== null) walk.at = page.next;
    else if (walk.phase === 'bulk' && walk.bulkProblem === null) {
      settleAbsent(walk, steps);
      return true;
    } else enterDevices(walk);
    if (walk.pages > MAX_PAGES) {
      throw new PermanentError(`${provider.description.title} gives more than ${MAX_PAGES} pages; stopped.`, 'limit');
    }
  }
  return true;
}

async function nextPage(walk: Walk, { client, fleet, config, carried, provider }: WalkSteps): Promise<BulkPage> {
  const window = usageWindow(walk.startedAt, config.billingCycleDay ?? 1);
  const request = { window, wanted: fleet.carrierDeviceIds, checkpoint: walk.at, carried };
  const page = await (walk.phase === 'bulk' ? client.getBulkUsage?.(request) : client.listDevices?.(request));
  if (page?.next != null && page.next === walk.at) {
    const title = provider.description.title;
    throw new UpstreamError(`${title} gives the same page again and again`, { problem: 'bad_body' });
  }
  return page ?? { readings: [], next: null };
}

function enterDevices(walk: Walk): void {
  walk.phase = 'devices';
  walk.at = null;
  walk.carry = undefined;
}

/** The pages cannot be read: what is left is asked for one by one, unless nobody is there to ask. */
function leavePages(walk: Walk, error: UpstreamError, { fleet, provider }: WalkSteps): void {
  const { title } = provider.description;
  const words = error.status === 404 ? `${title} has no list at this address (404)` : failureWords(title, error);
  if (isUnreachable(error)) {
    if (walk.read.size === 0) throw error;
    for (const link of fleet.links) if (!isDone(link, walk)) fleet.fail(link, words, walk);
  }
  if (error.status === 403) walk.forbidden += 1;
  walk.bulkProblem = words;
  enterDevices(walk);
}

/** The whole account was read: what was not in it is unknown there, or known and unused. */
function settleAbsent(walk: Walk, { fleet, config, clock, provider }: WalkSteps): void {
  const { cycle } = usageWindow(walk.startedAt, config.billingCycleDay ?? 1);
  for (const link of fleet.links) {
    if (isDone(link, walk) || link.ordinal > walk.lastOrdinal) continue;
    if (walk.known.has(link.ordinal)) {
      const usage = { dataUsedBytes: null, billingCycleStart: cycle.start, billingCycleEnd: cycle.end };
      fleet.apply({ ...link, usage: { ...usage, sessions: null, raw: null } }, walk, clock.now());
    } else if (walk.inventoryComplete) {
      fleet.unknown(link, `${provider.description.title} does not know this device: it is not in the account`, walk);
    } else fleet.missing(link, walk);
  }
}

/** The default bulk reading: one call per device; one that fails never stops the others. */
async function readOneByOne(walk: Walk, mayStep: () => boolean, steps: WalkSteps): Promise<boolean> {
  const { fleet, clock, config } = steps;
  const { cycle, previous } = usageWindow(walk.startedAt, config.billingCycleDay ?? 1);
  let unanswered = 0;
  let refused = 0;
  let unkept = 0;
  for (const link of fleet.links) {
    if (link.ordinal <= walk.position) continue;
    if (!isDone(link, walk)) {
      if (!mayStep()) return false;
      const error = await readOne(link, { now: clock.now(), cycle, previous }, walk, steps);
      refused = error?.status === 403 ? refused + 1 : 0;
      if (refused === REFUSALS_IN_A_ROW && walk.read.size === 0) {
        throw rejectedCredential(steps.provider.description.title, 403);
      }
      unanswered = error !== undefined && isUnreachable(error) ? unanswered + 1 : 0;
      if (unanswered === NO_ANSWERS_IN_A_ROW) {
        if (walk.read.size === 0) throw error;
        walk.position = link.ordinal;
        for (const rest of fleet.links) {
          if (!isDone(rest, walk)) fleet.fail(rest, 'not asked for: the carrier stopped answering', walk);
        }
        return true;
      }
      unkept += 1;
    }
    walk.position = link.ordinal;
    if (unkept === KEEP_EVERY) {
      await steps.keep();
      unkept = 0;
    }
  }
  return true;
}

/** Takes in one device; answers why the carrier told nothing of it. */
async function readOne(
  link: DeviceLink,
  window: UsageWindow,
  walk: Walk,
  steps: WalkSteps,
): Promise<UpstreamError | undefined> {
  const { fleet, client, clock, provider } = steps;
  let reading: DeviceReading;
  try {
    reading = await client.getUsage(link.carrierDeviceId, window);
    assertAbout(reading.info, link, provider);
    fleet.apply(reading, walk, clock.now());
  } catch (error) {
    if (!isOfDevice(error)) throw error;
    const words = failureWords(provider.description.title, error);
    const status = error instanceof UpstreamError ? error.status : undefined;
    const refused = error instanceof UpstreamError && isRefusal(error);
    // Deactivated, as its list has just told: some carriers answer no more about such a SIM, which is no failure.
    if (refused && walk.known.has(link.ordinal) && fleet.statusOf(link) === 'deactivated') fleet.missing(link, walk);
    else if (status === 404 || status === 410) fleet.unknown(link, words, walk);
    else fleet.fail(link, words, walk);
    if (status === 403) walk.forbidden += 1;
    return error instanceof UpstreamError ? error : undefined;
  }
  if (reading.info?.networkStatus === undefined && wantsStatusOfEach(provider, steps.config)) {
    await readStatus(link, walk, steps);
  }
  return undefined;
}

/** A status that cannot be read is no failure: the last known one stands, and the run counts it. */
async function readStatus(link: DeviceLink, walk: Walk, { client, fleet, clock, provider }: WalkSteps): Promise<void> {
  const { carrierDeviceId } = link;
  try {
    const info = await client.getDeviceInfo(carrierDeviceId);
    assertAbout(info, link, provider);
    fleet.apply({ carrierDeviceId, info }, walk, clock.now());
  } catch (error) {
    if (!isOfDevice(error)) throw error;
    walk.statusUnreadable += 1;
  }
}

/** A cache on the way may answer with somebody else's SIM. */
function assertAbout(info: DeviceInfo | undefined, link: DeviceLink, { description }: CarrierProvider): void {
  if (info === undefined || info.carrierDeviceId === link.carrierDeviceId) return;
  throw new UpstreamError(`${description.title} answered about another device`, { problem: 'bad_body' });
}

/** A RangeError is a volume beyond all counting. Anything else (put off, lease lost, stopped) is not the device's. */
const isOfDevice = (error: unknown): boolean => error instanceof UpstreamError || error instanceof RangeError;

const isDone = ({ ordinal }: DeviceLink, walk: Walk): boolean =>
  walk.read.has(ordinal) || walk.failed.has(ordinal) || walk.unknown.has(ordinal) || walk.silent.has(ordinal);

const isUnreachable = ({ problem }: UpstreamError): boolean =>
  problem === 'timeout' || problem === 'connection' || problem === 'dns' || problem === 'tls';

const isRefusal = ({ status }: UpstreamError): boolean =>
  status === 400 || status === 404 || status === 410 || status === 422;
