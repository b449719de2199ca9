import type { Integration, Lease } from '../model/integration.ts';
import type { Database } from './database.ts';
import { ABANDONED_ATTRIBUTES, LEASE_ATTRIBUTES } from './integration-item.ts';
import { updateIntegrationItem } from './integration-update.ts';
import { switchOff } from './switch-off.ts';

const WORK = ['checkpoint', 'notice', 'noticeUntil'];
const CLOSED = { 'by-hand': ['manualOpen', ...WORK], slot: ['slotOpen', 'retryAt', ...WORK], nothing: [] };

/**
 * The end of a slot whose message was given up on: closes it and applies the kind's policy, in one write.
 * Undefined when the integration was changed or runs again meanwhile: then nothing is done and the letter stands alone.
 */
export async function giveUpSlot(
  integration: Integration,
  end: {
    readonly error: string;
    /** Switches it off, with this reason. */
    readonly disable?: string;
    /** The dead worker's run, whose lease goes with it unless somebody has renewed it. */
    readonly deadRun: Pick<Lease, 'token' | 'until'> | null;
    /** What comes to its end: a run beside the schedule leaves the schedule's open slot alone, and a slot that never ran another's. */
    readonly closes: 'by-hand' | 'slot' | 'nothing';
  },
  db: Database,
): Promise<Integration | undefined> {
  const now = db.clock.now();
  const off = end.disable === undefined ? undefined : switchOff(integration, end.disable, now);
  const result = await updateIntegrationItem(
    integration.tenantId,
    integration.id,
    {
      set: {
        status: 'error',
        lastSyncError: end.error,
        alerted: true,
        ...off?.set,
      },
      compute: off?.compute ?? {},
      remove: [
        ...CLOSED[end.closes],
        ...(end.deadRun === null ? [] : [...LEASE_ATTRIBUTES, ...ABANDONED_ATTRIBUTES]),
        ...(off?.remove ?? []),
      ],
      condition: `#scheduleVersion = :scheduleVersion AND #runCounter = :runCounter AND ${
        end.deadRun === null
          ? '(attribute_not_exists(#leaseUntil) OR #leaseUntil <= :now)'
          : '#leaseToken = :token AND #leaseUntil = :until'
      }`,
      values: {
        scheduleVersion: integration.scheduleVersion,
        runCounter: integration.runCounter,
        ...(off !== undefined && { one: 1 }),
        ...(end.deadRun === null ? { now } : { token: end.deadRun.token, until: end.deadRun.until }),
      },
    },
    db,
  );
  if (result.ok) return result.integration;
  // The answer of a committed try was lost.
  const found = result.integration ?? undefined;
  const switchedOff = off !== undefined && found?.disabledReason === end.disable;
  return switchedOff && found?.scheduleVersion === off.set.scheduleVersion ? found : undefined;
}

/** People have been told that its runs keep failing: they are told again when one goes well, and not before. */
export async function noteAlert({ tenantId, id, scheduleVersion }: Integration, db: Database): Promise<void> {
  const condition = '#scheduleVersion = :scheduleVersion';
  await updateIntegrationItem(tenantId, id, { set: { alerted: true }, condition, values: { scheduleVersion } }, db);
}
