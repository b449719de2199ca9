import { sendSlots } from '../dispatch/send-sync.ts';
import { ApiError } from '../kinds/route.ts';
import type { Integration } from '../model/integration.ts';
import type { SlotToSend } from '../model/slot.ts';
import { describeError } from '../platform/describe-error.ts';
import type { ApiDeps } from './api-route.ts';

/**
 * Sends the slots of a stored change of schedule. The change stands whatever becomes of them: behind slots that were not
 * sent the integration keeps a watchdog, so a queue that refuses delays the run and loses nothing.
 */
export async function enqueue(
  integration: Integration,
  slots: readonly SlotToSend[],
  deps: Pick<ApiDeps, 'queues' | 'clock' | 'log'>,
): Promise<void> {
  try {
    await sendSlots(integration, slots, deps);
  } catch (error) {
    const { tenantId, id: integrationId, kind } = integration;
    deps.log.warn('could not enqueue slots; the tick will find them', {
      tenantId,
      integrationId,
      kind,
      error: describeError(error),
    });
  }
}

/** For what the caller is told was sent: a queue that does not take it is answered as 503, to be tried again. */
export async function sending<T>(send: Promise<T>, { log }: Pick<ApiDeps, 'log'>): Promise<T> {
  try {
    return await send;
  } catch (error) {
    log.error('could not send to a queue', { error: describeError(error) });
    throw new ApiError(503, 'busy', 'The queue did not take it, and nothing was changed. Try again in a moment.');
  }
}
