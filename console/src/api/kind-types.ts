/** The answers of the kinds' own routes. */

export type SimStatus = 'active' | 'suspended' | 'deactivated' | 'ready' | 'unknown';
export type NetworkStatus = 'connected' | 'disconnected' | 'suspended' | 'unknown';

export interface Device {
  readonly deviceId: string;
  readonly carrierDeviceId: string;
  readonly name: string | null;
  readonly iccid: string | null;
  readonly dataUsedBytes: number | null;
  readonly dataUsedMb: number | null;
  /** What the plan includes in a cycle, where the carrier tells it. */
  readonly dataLimitBytes?: number | null | undefined;
  readonly dataUsedUpdatedAt: string | null;
  readonly billingCycleStart: string | null;
  readonly billingCycleEnd: string | null;
  readonly simStatus: SimStatus | null;
  readonly networkStatus: NetworkStatus | null;
  readonly lastError: string | null;
  readonly stale: boolean;
}

export interface DevicePage {
  readonly devices: readonly Device[];
  readonly nextCursor: string | null;
}

export interface DeviceLink {
  readonly carrierDeviceId: string;
  readonly name?: string | null;
  readonly iccid?: string | null;
}

export interface DeviceUsage {
  readonly days: readonly { readonly date: string; readonly bytes: number }[];
  readonly previousCycle: { readonly start: string; readonly end: string; readonly bytes: number } | null;
}

export interface Plan {
  readonly id: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly dataBytes?: number | undefined;
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
  readonly simStatus?: SimStatus | undefined;
}

export interface Channel {
  readonly channelId: number | string;
  readonly name: string;
  readonly unit: string | null;
  readonly minValue: number | null;
  readonly maxValue: number | null;
  readonly syncedAt: string;
}

export interface Measurements {
  readonly points: readonly (readonly [time: string, value: number])[];
  /** Thinned: there are more than were asked for. */
  readonly truncated: boolean;
}

export interface Alarm {
  readonly alarmId: number | string;
  readonly channelId: number | string | null;
  readonly severity: string | null;
  readonly message: string;
  readonly triggeredAt: string;
  readonly resolvedAt: string | null;
}

export interface VehicleState {
  readonly syncStatus: 'ok' | 'timeout' | 'error' | null;
  readonly lastSeenAt: string | null;
  readonly softwareVersion: string | null;
  readonly dbOk: boolean | null;
}

export interface SourceRecord {
  readonly at: string;
  readonly field: string;
  readonly value: unknown;
}

export interface RecordPage {
  readonly records: readonly SourceRecord[];
  readonly nextCursor: string | null;
}

export const RECEIPT_STATES = ['pending', 'syncing', 'unknown', 'synced', 'dead_lettered'] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

export interface BufferStatus extends Readonly<Record<ReceiptState, number>> {
  readonly oldest_pending_at: string | null;
  readonly breaker: { readonly state: 'closed' | 'open' | 'half_open'; readonly until: string | null };
}

export interface WorkerStatus {
  readonly running: boolean;
  readonly consecutive_failures: number;
  readonly next_run_at: string | null;
  readonly last_run_at: string | null;
}

export interface BatchReport {
  readonly status: 'completed' | 'skipped';
  readonly synced: number;
  readonly failed: number;
  readonly skipped: number;
  readonly duration_seconds: number;
}

export interface Receipt {
  readonly receipt_id: string;
  readonly status: ReceiptState;
  readonly retry_count: number;
  readonly last_error: string | null;
  readonly created_at: string;
  readonly synced_at: string | null;
  readonly fiscal_doc: Readonly<Record<string, unknown>>;
}

export interface ReceiptPage {
  readonly receipts: readonly Receipt[];
  readonly nextCursor: string | null;
}
