import type { Usage } from '../capacity.ts';
import type { SimulatedFleet } from './link-devices.ts';

export type WorkerCase =
  /** As deployed, with a kind that does the least. */
  | 'engine'
  /** As deployed, with a real kind and its provider. */
  | 'carrier'
  | 'straightforward';

export interface WorkerOrder {
  readonly case: WorkerCase;
  readonly integrations: number;
  readonly rounds: number;
  /** Invocations at once. */
  readonly lanes: number;
  readonly latencyMs: number;
  readonly fleet: SimulatedFleet | null;
}

export interface WorkerReport {
  readonly syncs: number;
  readonly seconds: number;
  /** User and system time of this process. */
  readonly cpuSeconds: number;
  /** Of one sync. */
  readonly calls: number;
  readonly usage: Usage;
}

/** Two to warm up, one to count. */
export const ROUNDS_BESIDE = 3;
