import type { EndStatus, Integration, LastRun } from '../model/integration.ts';
import { idFor } from '../platform/ids.ts';
import type { Notice } from '../platform/notifier.ts';
import type { Failure } from './classify-failure.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import type { StartedRun } from './run-sync.ts';

type Told = NonNullable<LastRun['tells']>;

const SEVERITY = { failing: 'warning', recovered: 'info' } as const satisfies Record<Told, Notice['severity']>;

interface HowItEnded {
  readonly status: EndStatus;
  readonly failure: (Failure & { type: 'failure' }) | undefined;
  /** Switched off, with the reason. */
  readonly disable: string | undefined;
}

/** Alerts on a streak and on recovery, not on every blip. */
export function whatToTell(run: StartedRun, end: HowItEnded): Told | undefined {
  // That is told of the integration, not of the run.
  if (end.disable !== undefined) return undefined;
  if (shouldAlert(run, end)) return 'failing';
  const well = end.status === 'SUCCESS' || end.status === 'PARTIAL';
  return well && run.integration.alerted ? 'recovered' : undefined;
}

/** People are told once per streak: at once when only they can mend it, else after three failures in a row; never of retries. */
function shouldAlert({ integration, message, kind }: StartedRun, { failure }: HowItEnded): boolean {
  if (failure === undefined || failure.exhausted || integration.alerted || message.trigger === 'manual') return false;
  if (failure.permanent) return failure.retryIn === null;
  return kind.policy.retries > 0 && failure.retryIn === null && integration.retryCount + 1 >= 3;
}

/**
 * Tells what has to be told of the integration and of the run that ended last: that it was switched off, began to keep failing,
 * or works again. Made from what is stored, so that whoever comes after a worker that died can say it; said once, however many come.
 * False when they do not know that it was switched off: no run comes after that one, so its message has to.
 */
export async function tellPeople(integration: Integration, deps: Pick<ExecuteDeps, 'notifier'>): Promise<boolean> {
  const told = await tellSwitchedOff(integration, deps);
  const { tenantId, id, kind, lastRun } = integration;
  if (lastRun?.tells === undefined) return told;
  await deps.notifier.notify({
    id: idFor(lastRun.completedAt, `${id}-${lastRun.run}-${lastRun.tells}`),
    tenantId,
    integrationId: id,
    kind,
    type: lastRun.tells,
    severity: SEVERITY[lastRun.tells],
    message: wordsFor(integration, lastRun.tells),
  });
  return told;
}

const wordsFor = ({ name, provider, lastSyncError }: Integration, told: Told): string =>
  told === 'recovered'
    ? `${name} (${provider}) works again`
    : `${name} (${provider}) keeps failing: ${lastSyncError ?? 'see its history'}`;

/**
 * Does nothing when it was not switched off by failures, or when somebody has switched it on again meanwhile.
 * False: it could not be sent out.
 */
export async function tellSwitchedOff(integration: Integration, deps: Pick<ExecuteDeps, 'notifier'>): Promise<boolean> {
  const { tenantId, id, kind, name, provider, disabledReason, disabledAt } = integration;
  if (disabledReason === null || disabledAt === null) return true;
  return deps.notifier.notify({
    id: idFor(disabledAt, `${id}-disabled`),
    tenantId,
    integrationId: id,
    kind,
    type: 'disabled',
    severity: 'critical',
    message: `${name} (${provider}) was switched off: ${withoutStop(disabledReason)}. Mend the cause, then switch it on again in its sync settings.`,
  });
}

/** Why an integration that was given up on was switched off. */
export const givenUpReason = (attempts: number, error: string): string =>
  `it failed ${attempts} times in a row: ${withoutStop(error)}`;

/** A sentence's own full stop, where another sentence goes on after it. */
export const withoutStop = (text: string): string => text.replace(/\.+$/, '');
