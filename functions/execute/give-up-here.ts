import { deadLetterId } from '../store/dead-letters.ts';
import { MAX_RECEIVES } from './classify-failure.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import type { StartedRun } from './run-sync.ts';

/**
 * Whether this run is given up on before SQS does so: some of the failures in a row were another message's, before a
 * deferral, and the redrive policy does not know of them.
 */
export const isGivenUpHere = (run: StartedRun, exhausted: boolean): boolean =>
  exhausted && run.receiveCount < MAX_RECEIVES;

/** Does what the dead-letter function does for a message that SQS gives up on. The same letter, also when done twice. */
export async function giveUpHere(run: StartedRun, error: string, deps: ExecuteDeps): Promise<void> {
  const { integration, message, tenantId, id } = run;
  const now = deps.clock.now();
  const attempts = integration.retryCount + 1;
  await deps.recordDeadLetter({
    tenantId,
    id: deadLetterId(message.slot, `${id}-${message.slot}`),
    kind: message.kind,
    integrationId: id,
    reason: `failed ${attempts} times`,
    attempts,
    lastError: error,
    firstFailureAt: message.slot,
    lastFailureAt: now,
    createdAt: now,
    subject: { type: 'message', body: JSON.stringify(message) },
  });
  deps.meter.add('DeadLettered', 1, { kind: message.kind });
}
