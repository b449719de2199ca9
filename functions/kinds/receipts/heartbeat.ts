import * as z from 'zod';
import type { TestRun } from '../kind.ts';
import { countQueue } from './queue.ts';
import type { Partition } from './store.ts';

/** Tells another system, every 30 seconds while receipts wait, that the register is alive. Best effort: it never holds up a receipt. */
const HEARTBEAT_EVERY_MS = 30_000;
const TIMEOUT_MS = 2000;
const ONLINE_AFTER = 2;
const OFFLINE_AFTER = 3;

export interface Heartbeat {
  /** Whether the other system hears us; null until that is sure. */
  readonly reach: 'online' | 'offline' | null;
  readonly successes: number;
  readonly failures: number;
  /** Epoch ms of the last one. */
  readonly at: number;
}

const SK = 'heartbeat';
const stored = z.object({
  reach: z.enum(['online', 'offline']).nullable(),
  successes: z.number(),
  failures: z.number(),
  at: z.number(),
});
const NEVER: Heartbeat = { reach: null, successes: 0, failures: 0, at: 0 };

/** Two heard in a row: online. Three unheard in a row: offline. */
export function afterBeat(last: Heartbeat, heard: boolean, at: number): Heartbeat {
  const successes = heard ? last.successes + 1 : 0;
  const failures = heard ? 0 : last.failures + 1;
  if (successes >= ONLINE_AFTER) return { reach: 'online', successes, failures, at };
  if (failures >= OFFLINE_AFTER) return { reach: 'offline', successes, failures, at };
  return { reach: last.reach, successes, failures, at };
}

/** Beats once if it is time to and receipts wait. Answers what is known then; never throws. */
export async function beat(
  url: string,
  run: TestRun & { readonly token: number },
  partition: Partition,
): Promise<Heartbeat> {
  let last = NEVER;
  try {
    const item = stored.safeParse(await partition.get(SK));
    if (item.success) last = item.data;
    const at = run.clock.now();
    if (at - last.at < HEARTBEAT_EVERY_MS) return last;
    const waiting = await countQueue(partition);
    const queued = waiting.pending + waiting.syncing + waiting.unknown;
    if (queued === 0) return last;
    const next = afterBeat(last, await isHeard(url, { ...waiting, queued }, at, run), at);
    await partition.put(
      { sk: SK, ...next, token: run.token },
      { that: 'attribute_not_exists(#token) OR #token <= :token', values: { token: run.token } },
    );
    return next;
  } catch {
    return last;
  }
}

async function isHeard(
  url: string,
  { queued, pending, syncing, unknown }: { queued: number; pending: number; syncing: number; unknown: number },
  at: number,
  run: TestRun,
): Promise<boolean> {
  const body = {
    timestamp: new Date(at).toISOString(),
    adapter_id: run.integrationId,
    buffer_status: { current_queued: queued, pending, syncing, unknown },
  };
  try {
    await run.upstream.send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      maxBodyBytes: 100_000,
      redirects: 'none',
      unlimited: true,
      signal: run.signal,
    });
    return true;
  } catch {
    return false;
  }
}
