import type { Integration, LastRun } from '../model/integration.ts';
import { idFor } from '../platform/ids.ts';
import type { Notice } from '../platform/notifier.ts';
import type { ExecuteDeps } from './execute-deps.ts';

type Told = NonNullable<LastRun['tells']>;

const SEVERITY = { disabled: 'critical', failing: 'warning', recovered: 'info' } as const satisfies Record<
  Told,
  Notice['severity']
>;

/**
 * Tells what has to be told of the run that ended last: that it was switched off, began to keep failing, or works again.
 * Made from what is stored, so that whoever comes after a worker that died can say it; said once, however many come.
 */
export async function tellPeople(integration: Integration, deps: Pick<ExecuteDeps, 'notifier'>): Promise<void> {
  const { tenantId, id, kind, lastRun } = integration;
  if (lastRun?.tells === undefined) return;
  // Somebody has switched it on again meanwhile, or its schedule was changed before it could be switched off.
  if (lastRun.tells === 'disabled' && integration.disabledReason === null) return;
  await deps.notifier.notify({
    id: idFor(lastRun.completedAt, `${id}-${lastRun.run}-${lastRun.tells}`),
    tenantId,
    integrationId: id,
    kind,
    type: lastRun.tells,
    severity: SEVERITY[lastRun.tells],
    message: wordsFor(integration, lastRun.tells),
  });
}

function wordsFor(integration: Integration, told: Told): string {
  const { name, provider, lastSyncError } = integration;
  switch (told) {
    case 'disabled':
      return switchedOffWords(integration);
    case 'failing':
      return `${name} (${provider}) keeps failing: ${lastSyncError ?? 'see its history'}`;
    case 'recovered':
      return `${name} (${provider}) works again`;
  }
}

export const switchedOffWords = ({ name, provider, disabledReason }: Integration): string =>
  `${name} (${provider}) was switched off: ${withoutStop(disabledReason ?? 'it failed')}. Mend the cause, then switch it on again in its sync settings.`;

/** Why an integration that was given up on was switched off. */
export const givenUpReason = (attempts: number, error: string): string =>
  `it failed ${attempts} times in a row: ${withoutStop(error)}`;

/** A sentence's own full stop, where another sentence goes on after it. */
export const withoutStop = (text: string): string => text.replace(/\.+$/, '');
