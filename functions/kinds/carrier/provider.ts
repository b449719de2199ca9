import type { ProviderDescription } from '../kind.ts';
import type { Account } from './account.ts';
import type { Cycle, UsageWindow } from './cycle.ts';

/** What every carrier folder exports: copy providers/template to begin a new one. */
export interface CarrierProvider {
  readonly description: ProviderDescription;
  readonly capabilities: Capabilities;
  /** Binds the provider to one account. Calls nothing yet; throws PermanentError `config` when it cannot work as configured. */
  open(account: Account): CarrierClient;
}

export interface Capabilities {
  /** Bulk usage is asked for by account id; without one the devices are read one by one. */
  readonly bulkNeedsAccountId: boolean;
  /** Claiming a SIM through the API. `charges`: the carrier bills the account for it at once. */
  readonly claimSim: { readonly charges: boolean } | null;
  readonly listPlans: boolean;
  /** The carrier tells usage per day. Otherwise days follow from the counter. */
  readonly dailyUsage: boolean;
  /** Where the network status comes from: along with the usage, only with `getDeviceInfo`, or nowhere. */
  readonly networkStatus: 'with-usage' | 'per-device' | 'none';
}

/**
 * One account at one carrier. Every method calls the carrier and throws what `Upstream` throws (RetryLater, UpstreamError)
 * or PermanentError `auth` for a rejected credential. A device the carrier does not know is an UpstreamError 404.
 */
export interface CarrierClient {
  getUsage(carrierDeviceId: string, window: UsageWindow): Promise<DeviceReading>;
  getDeviceInfo(carrierDeviceId: string): Promise<DeviceInfo>;
  /** One page of everything, usage included. Absent: usage is read device by device, in `walk.ts`. */
  getBulkUsage?(request: BulkRequest): Promise<BulkPage>;
  /** One page of the inventory without usage, for carriers whose usage is one call per SIM. */
  listDevices?(request: BulkRequest): Promise<BulkPage>;
  listPlans?(): Promise<readonly Plan[]>;
  /** Never repeated by itself: it may cost money. */
  claimSim?(claim: SimClaim): Promise<ClaimedSim>;
  /** One cheap call that proves address and credential; answers words for a person. */
  check(): Promise<string>;
}

export interface BulkRequest {
  readonly window: UsageWindow;
  /** The ids that are wanted; a page may hold others, they are ignored. */
  readonly wanted: ReadonlySet<string>;
  /** `next` of the page before; null for the first. Opaque, and may come back in another process. */
  readonly checkpoint: string | null;
  /** What `carry` gave, when the walk goes on in another process; otherwise null. */
  readonly carried: string | null;
}

export interface BulkPage {
  readonly readings: readonly DeviceReading[];
  /** Where to go on; null when everything was read. */
  readonly next: string | null;
  /** What the client has gathered so far and will need to go on; asked for only when the walk stops here. */
  readonly carry?: () => string;
  /** Words, when devices are missing that should be on it: those that were not seen are then asked for one by one. */
  readonly gap?: string;
  /** False: part of the inventory could not be read, so a device that was not seen may still exist. */
  readonly inventoryComplete?: boolean;
}

/** What one answer says of one device. With only `info` it proves that the carrier knows the device. */
export interface DeviceReading {
  readonly carrierDeviceId: string;
  readonly usage?: Usage;
  readonly info?: DeviceInfo;
  /** The total of the billing cycle before, where the answer has it. */
  readonly previous?: Cycle & { readonly bytes: number };
  /** The device is there but what is said of it cannot be read; words for a person. */
  readonly problem?: string;
}

export interface Usage {
  /** In the cycle, so far. Null: the carrier knows the SIM and reports no usage for this cycle. */
  readonly dataUsedBytes: number | null;
  readonly dataLimitBytes?: number;
  readonly billingCycleStart: number;
  readonly billingCycleEnd: number;
  /** Data sessions in the cycle, where the carrier counts them. */
  readonly sessions: number | null;
  /** Usage by UTC day, where the carrier tells it; days without records are left out. */
  readonly days?: readonly DayUsage[];
  /** The carrier's own words. */
  readonly raw: unknown;
}

export interface DayUsage {
  /** `2026-11-22`, UTC. */
  readonly date: string;
  readonly bytes: number;
}

export const SIM_STATUSES = ['active', 'suspended', 'deactivated', 'ready', 'unknown'] as const;
export type SimStatus = (typeof SIM_STATUSES)[number];
export const NETWORK_STATUSES = ['connected', 'disconnected', 'suspended', 'unknown'] as const;
export type NetworkStatus = (typeof NETWORK_STATUSES)[number];

export interface DeviceInfo {
  readonly carrierDeviceId: string;
  readonly iccid?: string;
  /** Absent: not told. `unchanged`: the carrier is changing it right now, the last known one stands. */
  readonly simStatus?: SimStatus | 'unchanged';
  /** The carrier's word for it. */
  readonly simStatusWord?: string;
  readonly networkStatus?: NetworkStatus;
  readonly raw: unknown;
}

export interface Plan {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly dataBytes?: number;
}

export interface SimClaim {
  readonly iccid: string;
  readonly planId?: string;
  readonly zone?: string;
  readonly registrationCode?: string;
  readonly registrationSecret?: string;
}

export interface ClaimedSim {
  readonly carrierDeviceId: string;
  readonly iccid: string;
  readonly simStatus?: SimStatus;
}

/** What is missing for a claim at this carrier: by body field, in words. Thrown before anything is sent. */
export class ClaimIncomplete extends Error {
  override readonly name = 'ClaimIncomplete';
  readonly field: keyof SimClaim | 'accountId';
  constructor(field: ClaimIncomplete['field'], message: string) {
    super(message);
    this.field = field;
  }
}

/** What was to be done at the carrier was not even asked for: `cause` came first. */
export class NeverSent extends Error {
  override readonly name = 'NeverSent';
  constructor(cause: unknown) {
    super('never sent', { cause });
  }
}

/** A SIM's status as the carrier words it; nothing where it is not told. */
export const simStatusFrom = (
  words: Readonly<Record<string, SimStatus | 'unchanged'>>,
  word: string | null | undefined,
): Pick<DeviceInfo, 'simStatus' | 'simStatusWord'> =>
  word ? { simStatus: statusFrom(words, word), simStatusWord: word } : {};

/** A page that is empty although the carrier's own count says that more follows. */
export const gapIn = (items: readonly unknown[], more: boolean, title: string): Pick<BulkPage, 'gap'> =>
  items.length === 0 && more ? { gap: `${title} gave an empty page before the last` } : {};

/** Words of a carrier to the normal ones; a word that is not listed is `unknown`, never an error. */
export function statusFrom<S extends string>(words: Readonly<Record<string, S>>, word: string): S | 'unknown' {
  return Object.hasOwn(words, word) ? (words[word] ?? 'unknown') : 'unknown';
}
