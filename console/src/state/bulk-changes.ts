import type { Client } from '../api/client.ts';
import type { Integration } from '../api/types.ts';
import { plural } from '../parts/format.ts';
import { flashDone, flashFailure } from './flash.ts';
import { refreshPolls } from './use-poll.ts';

export const BULK_ACTIONS = ['run', 'resume', 'pause'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

const WORDS = {
  run: { done: 'requested', one: 'sync', failed: 'could not be synced' },
  resume: { done: 'running again', one: 'integration', failed: 'could not be resumed' },
  pause: { done: 'paused', one: 'integration', failed: 'could not be paused' },
} as const;

const AT_ONCE = 6;

/** Those that are so already are left alone. */
const isWanted: Readonly<Record<BulkAction, (integration: Integration) => boolean>> = {
  run: ({ running }) => !running,
  resume: ({ syncEnabled }) => !syncEnabled,
  pause: ({ syncEnabled }) => syncEnabled,
};

/** Does the same to many, some at once, and tells once how it went. Never throws. */
export async function changeMany(
  action: BulkAction,
  integrations: readonly Integration[],
  client: Pick<Client, 'sync' | 'changeSync'>,
): Promise<void> {
  const waiting = integrations.filter(isWanted[action]);
  const { done, one, failed } = WORDS[action];
  const errors: unknown[] = [];
  let many = 0;
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        if (action === 'run') await client.sync(next.id);
        else await client.changeSync(next.id, { syncEnabled: action === 'resume' });
        many += 1;
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (many > 0 || errors.length === 0) flashDone(`${plural(many, one)} ${done}`);
  if (errors.length > 0) flashFailure(`${plural(errors.length, 'integration')} ${failed}`, errors[0]);
  // Now, and when workers have taken it up.
  for (const wait of [0, 1_500, 4_000]) setTimeout(() => refreshPolls('fleet|'), wait);
  refreshPolls('overview');
}
