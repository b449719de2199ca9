import type { Plan } from '../../../api/kind-types.ts';
import { useClient } from '../../../state/use-api.ts';
import { type Polled, usePoll } from '../../../state/use-poll.ts';

/** The plans of the account, asked of the carrier once. */
export function usePlans(integrationId: string): Polled<{ readonly plans: readonly Plan[] }> {
  const client = useClient();
  return usePoll(
    `plans|${integrationId}`,
    (signal) => client.plans(integrationId, signal),
    () => null,
  );
}
