import * as z from 'zod';
import { DAY_MS } from './cycle.ts';
import { OrdinalSet } from './ordinal-set.ts';

/**
 * How far a walk over the account has come. A walk that does not fit into one slice, was put off by the carrier or died
 * goes on from here; what it covers is stored already.
 */
export interface Walk {
  /** Epoch ms; every device of a walk is asked about the same window. */
  readonly startedAt: number;
  /** The last device there was when it began: one that was linked since may have been passed already. */
  readonly lastOrdinal: number;
  /** `bulk`: pages with usage. `list`: pages of the inventory. `devices`: one by one. */
  phase: 'bulk' | 'list' | 'devices';
  /** The provider's place in its pages. */
  at: string | null;
  /** What the provider has gathered on the way, as of the last page. */
  carry: (() => string) | undefined;
  pages: number;
  /** False when part of the inventory could not be read. */
  inventoryComplete: boolean;
  /** One by one: all devices up to this ordinal are done. */
  position: number;
  /** Devices the carrier has shown to know. */
  readonly known: OrdinalSet;
  /** Devices whose usage was stored. */
  readonly read: OrdinalSet;
  /** Devices that could not be read. */
  readonly failed: OrdinalSet;
  /** Devices the carrier does not know. */
  readonly unknown: OrdinalSet;
  /** Devices the carrier knows but tells no usage of, though there was some. */
  readonly silent: OrdinalSet;
  statusUnreadable: number;
  /** Refusals (403), of the list and of devices. */
  forbidden: number;
  /** Calls of the slices before this one. */
  calls: number;
  /** Why the devices are read one by one although the carrier has a bulk call. */
  bulkProblem: string | null;
  /** The first problem of a device, for the message. */
  firstProblem: string | null;
}

const stored = z.object({
  version: z.number(),
  carriedParts: z.number(),
  startedAt: z.number(),
  lastOrdinal: z.number(),
  phase: z.enum(['bulk', 'list', 'devices']),
  at: z.string().nullable(),
  pages: z.number(),
  inventoryComplete: z.boolean(),
  position: z.number(),
  known: z.string(),
  read: z.string(),
  failed: z.string(),
  unknown: z.string(),
  silent: z.string(),
  statusUnreadable: z.number(),
  forbidden: z.number(),
  calls: z.number(),
  bulkProblem: z.string().nullable(),
  firstProblem: z.string().nullable(),
});
export type WalkCheckpoint = z.output<typeof stored>;

export const beginWalk = (phase: Walk['phase'], lastOrdinal: number, now: number): Walk => ({
  startedAt: now,
  lastOrdinal,
  phase,
  at: null,
  carry: undefined,
  pages: 0,
  inventoryComplete: true,
  position: -1,
  known: new OrdinalSet(),
  read: new OrdinalSet(),
  failed: new OrdinalSet(),
  unknown: new OrdinalSet(),
  silent: new OrdinalSet(),
  statusUnreadable: 0,
  forbidden: 0,
  calls: 0,
  bulkProblem: null,
  firstProblem: null,
});

export interface CheckpointFacts {
  /** Of the integration: a walk does not go on with another address, account or key. */
  readonly version: number;
  /** Calls of this slice. */
  readonly calls: number;
  /** Where to find what the provider has gathered; see carried.ts. */
  readonly carriedParts: number;
}

export function checkpointOf(walk: Walk, { version, calls, carriedParts }: CheckpointFacts): WalkCheckpoint {
  const { carry: _carry, known, read, failed, unknown, silent, ...rest } = walk;
  return {
    ...rest,
    version,
    carriedParts,
    calls: walk.calls + calls,
    known: String(known),
    read: String(read),
    failed: String(failed),
    unknown: String(unknown),
    silent: String(silent),
  };
}

/** Undefined when there is nothing to go on with: begin anew. */
export function resumeWalk(
  checkpoint: unknown,
  version: number,
  now: number,
): { readonly walk: Walk; readonly carriedParts: number } | undefined {
  const result = stored.safeParse(checkpoint);
  if (!result.success) return undefined;
  const { version: ofVersion, carriedParts, known, read, failed, unknown, silent, ...rest } = result.data;
  if (ofVersion !== version || now - rest.startedAt > DAY_MS) return undefined;
  const walk: Walk = {
    ...rest,
    carry: undefined,
    known: new OrdinalSet(known),
    read: new OrdinalSet(read),
    failed: new OrdinalSet(failed),
    unknown: new OrdinalSet(unknown),
    silent: new OrdinalSet(silent),
  };
  return { walk, carriedParts };
}
