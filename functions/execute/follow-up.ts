import { delaySeconds, outgoing } from '../dispatch/send-sync.ts';
import type { SyncResult } from '../kinds/kind.ts';
import type { SyncMessage } from '../model/message.ts';
import { handOver } from '../store/claim.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { type Disposition, DONE, type StartedRun } from './run-sync.ts';

/**
 * Ends this slice; the run goes on in another message under the same number. The lease is handed on before the message is
 * sent: a crash between the two leaves this message, which starts the slot again when the waiting lease has run out.
 */
export async function handOverRun(
  run: StartedRun,
  result: SyncResult & { outcome: 'continue' },
  deps: ExecuteDeps,
): Promise<Disposition> {
  const now = deps.clock.now();
  const slice = (run.integration.lease?.slice ?? 0) + 1;
  const resumeAt = Math.max(now, result.resumeAt ?? now);
  const handed = await handOver(
    run,
    { slice, checkpoint: result.checkpoint, details: result.details, resumeAt },
    deps.db,
  );
  if (!handed) return { keep: true };
  const message: SyncMessage = { ...run.message, run: run.token, slice };
  await send(message, resumeAt, deps);
  return DONE;
}

/** A manual run that was put off comes again by itself: the person who asked for it is still waiting. May be done twice. */
export async function redeliverManual(message: SyncMessage, until: number, deps: ExecuteDeps): Promise<void> {
  const { run: _, slice: __, runId = '', ...rest } = message;
  await send({ ...rest, runId: idOfNextTry(runId) }, until, deps);
}

/** Made of the id that was asked for: the same whoever makes it, and later than it whatever the clocks say. */
function idOfNextTry(runId: string): string {
  const [asked = '', tries = '0'] = runId.split('.');
  return `${asked}.${(Number.parseInt(tries, 36) + 1).toString(36).padStart(5, '0')}`;
}

async function send(message: SyncMessage, at: number, deps: ExecuteDeps): Promise<void> {
  const { failed } = await deps.queues.send([outgoing(message, delaySeconds(at, deps.clock.now()))]);
  if (failed[0] !== undefined) throw new Error(`could not enqueue the rest of the run: ${failed[0].reason}`);
}
