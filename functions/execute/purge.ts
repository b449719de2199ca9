import { outgoing } from '../dispatch/send-sync.ts';
import type { PurgeMessage } from '../model/message.ts';
import { getIntegration } from '../store/integrations.ts';
import { purgeIntegration } from '../store/purge.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { type Disposition, DONE } from './run-sync.ts';

/** Removes what a deleted integration stored; what does not fit into one Lambda goes on in another message. */
export async function purge(message: PurgeMessage, deadline: number, deps: ExecuteDeps): Promise<Disposition> {
  const { tenantId, integrationId } = message;
  // Asked for before the integration itself was removed: when that failed, it lives on and keeps its data.
  if ((await getIntegration(tenantId, integrationId, deps.db)) !== undefined) return DONE;
  if (await purgeIntegration(tenantId, integrationId, deadline, deps.db)) return DONE;
  const { failed } = await deps.queues.send([outgoing(message, 0)]);
  return failed.length === 0 ? DONE : { keep: true };
}
