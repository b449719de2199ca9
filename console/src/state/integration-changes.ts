import { useMemo } from 'react';
import type { Client } from '../api/client.ts';
import type { Integration, SyncSettings } from '../api/types.ts';
import { flashDone, flashFailure } from './flash.ts';
import type { Fleet } from './fleet.ts';
import type { Poll } from './poll.ts';
import { useClient } from './use-api.ts';
import { pollsOf, refreshPolls } from './use-poll.ts';

/** What a person can do to an integration. Each tells how it went, and never throws. Resolves to whether it was done. */
export interface IntegrationActions {
  runNow(integration: Integration): Promise<boolean>;
  pause(integration: Integration): Promise<boolean>;
  resume(integration: Integration): Promise<boolean>;
  changeSync(integration: Integration, settings: SyncSettings): Promise<boolean>;
  remove(integration: Integration): Promise<boolean>;
}

export const integrationKey = (id: string): string => `integration|${id}`;

export function useIntegrationActions(): IntegrationActions {
  const client = useClient();
  return useMemo(() => actionsOf(client), [client]);
}

function actionsOf(client: Client): IntegrationActions {
  const changeSync = (before: Integration, settings: SyncSettings, done: (after: Integration) => string) =>
    told(`${before.name} could not be changed`, async () => {
      const after = await showAtOnce(before.id, expected(settings), () => client.changeSync(before.id, settings));
      flashDone(done(after));
    });
  return {
    runNow: (integration) =>
      once(integration, () =>
        told(`${integration.name} could not be synced`, async () => {
          await client.sync(integration.id);
          flashDone(`Sync of ${integration.name} requested`);
          // A worker takes it up within a second or two.
          for (const wait of [400, 1_200, 2_500]) setTimeout(() => refreshAbout(integration.id), wait);
        }),
      ),
    pause: (integration) => changeSync(integration, { syncEnabled: false }, ({ name }) => `${name} is paused`),
    resume: (integration) => changeSync(integration, { syncEnabled: true }, ({ name }) => `${name} is running again`),
    changeSync: (integration, settings) =>
      changeSync(integration, settings, ({ name }) => `Sync settings of ${name} saved`),
    remove: (integration) =>
      told(`${integration.name} could not be deleted`, async () => {
        await client.remove(integration.id);
        flashDone(`${integration.name} was deleted`);
        refreshAbout(integration.id);
      }),
  };
}

const CLICK_MS = 700;
const clicked = new Set<string>();

/** A double click is one: a second sync would only be skipped. */
async function once({ id }: Integration, act: () => Promise<boolean>): Promise<boolean> {
  if (clicked.has(id)) return false;
  clicked.add(id);
  setTimeout(() => clicked.delete(id), CLICK_MS);
  return act();
}

async function told(failure: string, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    flashFailure(failure, error);
    return false;
  }
}

/** What the API will most likely answer. */
const expected =
  (settings: SyncSettings) =>
  <I extends Integration>(before: I): I => {
    const after = { ...before, ...settings };
    if (!after.syncEnabled) return { ...after, nextSyncAt: null, health: 'grey', notice: null };
    const resumed = !before.syncEnabled;
    const health = after.syncInterval === null || before.status !== 'success' ? 'grey' : 'green';
    return resumed ? { ...after, health, disabledReason: null, nextSyncAt: new Date().toISOString() } : after;
  };

/** Changes an integration wherever it is shown, before the API has answered; takes it back when `act` fails. */
async function showAtOnce(
  id: string,
  change: <I extends Integration>(before: I) => I,
  act: () => Promise<Integration>,
): Promise<Integration> {
  const acting = act();
  const put = <I extends Integration>(before: I, answer: Integration): I => ({ ...before, ...answer });
  const inFleet = (fleet: Fleet, into: <I extends Integration>(before: I) => I): Fleet => ({
    ...fleet,
    integrations: fleet.integrations.map((own) => (own.id === id ? into(own) : own)),
  });
  await Promise.allSettled([
    ...pollsOf<Integration>(integrationKey(id)).map((poll) => poll.optimistically(change, () => acting, put)),
    ...pollsOf<Fleet>('fleet|').map((poll: Poll<Fleet>) =>
      poll.optimistically(
        (fleet) => inFleet(fleet, change),
        () => acting,
        (fleet, answer) => inFleet(fleet, (own) => put(own, answer)),
      ),
    ),
  ]);
  return acting;
}

/** Asks anew for what is shown of an integration, and for what counts it. */
export function refreshAbout(id: string): void {
  for (const prefix of ['fleet|', 'overview', integrationKey(id), `history|${id}`]) refreshPolls(prefix);
}
