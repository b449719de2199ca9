import { createHash } from 'node:crypto';
import type { Tail } from './blocks/record.ts';

/**
 * What a vehicle's integration keeps between runs. It lies in the integration's own item, which a run writes anyway when it
 * ends: so a run in which nothing changed reads and writes nothing but its measurements.
 */
export interface Cursor {
  /** Epoch ms: every measurement before is stored. Null: nothing was read yet. */
  readonly at: number | null;
  /** The last block, see blocks/record.ts. */
  readonly tail: Tail | null;
  /** The provider's own mark: Samsara's endCursor, Traccar's last position. */
  readonly feed: string | null;
  /** Epoch ms: the provider asks to be left alone until then. */
  readonly pauseUntil: number | null;
  /** Epoch ms: when the vehicle last answered. */
  readonly seenAt: number | null;
  /** Epoch ms: up to when alarms were read. */
  readonly alarmsAt: number | null;
  /** Epoch ms: when the oldest alarm that is not resolved was triggered. */
  readonly openAlarmAt: number | null;
  /** Epoch ms: when the channel configuration was last read. */
  readonly channelsAt: number | null;
  /** Of what is stored; what is read again and has the same print is not written. */
  readonly prints: { readonly state?: string; readonly channels?: string; readonly alarms?: string };
}

export const NEW_CURSOR: Cursor = {
  at: null,
  tail: null,
  feed: null,
  pauseUntil: null,
  seenAt: null,
  alarmsAt: null,
  openAlarmAt: null,
  channelsAt: null,
  prints: {},
};

/** Short names and no nulls: the integration's item is written every run and paid by its size. */
export function formatCursor(cursor: Cursor): string {
  const { at, tail, feed, pauseUntil, seenAt, alarmsAt, openAlarmAt, channelsAt, prints } = cursor;
  const short: Record<string, unknown> = {
    at,
    tail: tail && [tail.start, tail.bytes],
    feed,
    pause: pauseUntil,
    seen: seenAt,
    alarms: alarmsAt,
    open: openAlarmAt,
    channels: channelsAt,
    p: [prints.state ?? '', prints.channels ?? '', prints.alarms ?? ''],
  };
  return JSON.stringify(Object.fromEntries(Object.entries(short).filter(([, value]) => value !== null)));
}

/** A cursor that cannot be read begins anew: what was stored is compared before anything is stored again. */
export function parseCursor(text: string | null): Cursor {
  const short = parseObject(text);
  if (short === undefined) return NEW_CURSOR;
  const [start, bytes] = Array.isArray(short.tail) ? short.tail : [];
  const [state, channels, alarms] = Array.isArray(short.p) ? short.p : [];
  return {
    at: numberOf(short.at),
    tail: typeof start === 'number' && typeof bytes === 'number' ? { start, bytes } : null,
    feed: typeof short.feed === 'string' ? short.feed : null,
    pauseUntil: numberOf(short.pause),
    seenAt: numberOf(short.seen),
    alarmsAt: numberOf(short.alarms),
    openAlarmAt: numberOf(short.open),
    channelsAt: numberOf(short.channels),
    prints: { state: printOf(state), channels: printOf(channels), alarms: printOf(alarms) },
  };
}

/** Tells whether two values are the same without keeping them. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 11);
}

function parseObject(text: string | null): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const printOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
