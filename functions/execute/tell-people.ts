import type { EndStatus } from '../model/integration.ts';
import type { Failure } from './classify-failure.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import type { StartedRun } from './run-sync.ts';

export interface Told {
  /** It has begun to keep failing. */
  readonly alert: boolean;
  readonly status: EndStatus;
  /** Switched off by this run, with the reason. */
  readonly disabled: string | undefined;
  readonly failure: (Failure & { type: 'failure' }) | undefined;
}

/** Alerts on a streak, on being switched off and on recovery, not on every blip. */
export async function tellPeople(run: StartedRun, told: Told, deps: ExecuteDeps): Promise<void> {
  const { tenantId, id: integrationId, kind, name, provider, alerted } = run.integration;
  const notice = { tenantId, integrationId, kind };
  const subject = `${name} (${provider})`;
  if (told.disabled !== undefined) {
    await deps.notifier.notify({
      ...notice,
      type: 'disabled',
      severity: 'critical',
      message: `${subject} was switched off: ${told.disabled}. Mend the cause, then switch it on again in its sync settings.`,
    });
  } else if (told.alert) {
    await deps.notifier.notify({
      ...notice,
      type: 'failing',
      severity: 'warning',
      message: `${subject} keeps failing: ${told.failure?.message ?? 'see its history'}`,
    });
  } else if (alerted && (told.status === 'SUCCESS' || told.status === 'PARTIAL')) {
    await deps.notifier.notify({ ...notice, type: 'recovered', severity: 'info', message: `${subject} works again` });
  }
}
