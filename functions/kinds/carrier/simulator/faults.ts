import { dice } from './dice.ts';

/** What may go wrong at a simulated carrier. All off at first; change it while it runs. */
export interface Faults {
  /** Share of the calls answered 500 before anything is done. */
  errorRate: number;
  /** Share of the calls answered 429. */
  rateLimitRate: number;
  /** With every 429; null: the header is left out. */
  retryAfterSeconds: number | null;
  /** Share of the calls that are carried out and whose answer never comes. */
  lostAnswerRate: number;
  /** Loses the answer of the next so many writes. */
  loseNextWrites: number;
  /** Devices that cannot be read: 500 on their own, nonsense in a list. By carrier device id. */
  readonly failing: Set<string>;
  /** Devices the carrier does not know (any more). */
  readonly missing: Set<string>;
  /** Every call is answered with this status; null: none. */
  always: number | null;
  /** How often each fault has struck, so that a test can see that it did. */
  readonly struck: Record<string, number>;
}

export const noFaults = (): Faults => ({
  errorRate: 0,
  rateLimitRate: 0,
  retryAfterSeconds: 1,
  lostAnswerRate: 0,
  loseNextWrites: 0,
  failing: new Set(),
  missing: new Set(),
  always: null,
  struck: {},
});

export function strike(faults: Faults, name: string): void {
  faults.struck[name] = (faults.struck[name] ?? 0) + 1;
}

export const happens = (rate: number, variant: string, call: number, name: string): boolean =>
  rate > 0 && dice(variant, call, name) < rate;
