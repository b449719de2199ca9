import { countRun } from '../model/activity.ts';
import type { Integration, IntegrationStatus, LastRun } from '../model/integration.ts';
import { isOnDemand } from '../model/kind-name.ts';
import type { SyncMessage } from '../model/message.ts';
import { dueShardOf, freeSlot, nextSlotAfter, planSlots, type SlotPlan, type SlotToSend } from '../model/slot.ts';
import { type Held, mine, STILL_MINE } from './claim.ts';
import type { Database } from './database.ts';
import { ABANDONED_ATTRIBUTES, LEASE_ATTRIBUTES } from './integration-item.ts';
import { updateIntegrationItem } from './integration-update.ts';
import { switchOff } from './switch-off.ts';
import type { UpdateParts } from './update-expression.ts';

/** What a run leaves on the integration when it ends. `undefined` keeps what is there, `null` removes it. */
export interface RunEnd {
  readonly lastRun: LastRun;
  readonly status?: IntegrationStatus;
  readonly lastSyncAt?: number;
  readonly lastSyncError?: string | null;
  readonly retryCount?: number;
  readonly notice: { readonly text: string; readonly until: number | null } | null;
  readonly cursor?: string | null;
  /** False keeps the checkpoint for the run that tries again. */
  readonly dropCheckpoint: boolean;
  /** The slot has come to its end; otherwise it waits for its retry at `retryAt`. */
  readonly slotEnded: boolean;
  readonly retryAt?: number;
  readonly notBefore?: number | null;
  readonly recent: string;
  readonly alerted?: boolean;
  /** Changes of the index entry. Left out when the schedule goes on by itself. */
  readonly schedule?: ScheduleChange;
  /** Switches it off, with the reason shown to people. */
  readonly disable?: string;
}

export type ScheduleChange =
  /** The slot that nobody has enqueued. */
  | { readonly nextSyncAt: number; readonly watchedSlot?: undefined }
  /** A message for `watchedSlot` is on its way; look at `nextSyncAt` whether it arrived. */
  | { readonly nextSyncAt: number; readonly watchedSlot: number }
  /** Nothing to do until something wakes it (on-demand kinds). */
  | { readonly nextSyncAt: null; readonly watchedSlot?: undefined };

/** What a run that ends writes of a plan; 'idle': nothing is left to do. */
export const scheduleOf = (plan: SlotPlan | 'idle'): ScheduleChange =>
  plan === 'idle'
    ? { nextSyncAt: null }
    : plan.watchedSlot === null
      ? { nextSyncAt: plan.nextSyncAt }
      : { nextSyncAt: plan.nextSyncAt, watchedSlot: plan.watchedSlot };

export interface EndResult {
  readonly state: 'ended' | 'lost';
  readonly integration: Integration | null;
  /** Slots to enqueue because something woke the integration, or changed the schedule that its retry belonged to, while it ran. */
  readonly send: readonly SlotToSend[];
}

/**
 * Ends a run: outcome, cursor and lease in one write, accepted only from the lease's holder.
 * `lost`: another run has taken over and nothing was stored.
 */
export async function endRun(
  run: Held & { readonly integration: Integration; readonly manual: boolean },
  end: RunEnd,
  db: Database,
): Promise<EndResult> {
  const { schedule } = end;
  // A retry belongs to the schedule of its message: under another it would keep slots away and never come.
  const scheduled = schedule !== undefined || end.disable !== undefined || end.retryAt !== undefined;
  const goesIdle = schedule?.nextSyncAt === null;
  const result = await updateIntegrationItem(
    run.tenantId,
    run.id,
    {
      ...endParts(run, end, db),
      condition: [
        STILL_MINE,
        ...(scheduled ? ['#scheduleVersion = :scheduleVersion'] : []),
        // Counted, not timed: the clocks of those who wake it and of those who run it may differ by minutes.
        ...(goesIdle ? [run.integration.wakes === 0 ? 'attribute_not_exists(#wakes)' : '#wakes = :wakes'] : []),
      ].join(' AND '),
      values: {
        ...mine(run),
        ...(scheduled && { scheduleVersion: run.integration.scheduleVersion }),
        ...(end.disable !== undefined && { one: 1 }),
        ...(goesIdle && run.integration.wakes > 0 && { wakes: run.integration.wakes }),
      },
    },
    db,
  );
  if (result.ok) return { state: 'ended', integration: result.integration, send: [] };
  const found = result.integration;
  // The answer of an earlier, committed try was lost.
  if (found?.lastRun?.run === run.token) return { state: 'ended', integration: found, send: [] };
  const stillMine = found?.lease?.token === run.token && found.lease.owner === run.owner;
  if (!scheduled || !stillMine) return { state: 'lost', integration: found, send: [] };
  // A person changed the schedule meanwhile, or something woke it after the run had looked: theirs stands, the outcome is stored.
  const woken = goesIdle && found.scheduleVersion === run.integration.scheduleVersion;
  const { schedule: _, disable: __, retryAt, ...rest } = end;
  const outcome = retryAt === undefined ? rest : { ...rest, slotEnded: true, notice: null };
  const again = woken ? db.clock.now() : retryAt;
  if (again === undefined || !found.syncEnabled || found.syncInterval === null) return endRun(run, outcome, db);
  const plan = planFrom(found, again, db);
  const ended = await endRun({ ...run, integration: found }, { ...outcome, schedule: scheduleOf(plan) }, db);
  // Changed once more: the latest schedule has its own slots.
  return ended.integration?.scheduleVersion === found.scheduleVersion ? { ...ended, send: plan.send } : ended;
}

function planFrom(integration: Integration, at: number, db: Database): SlotPlan {
  const { id, kind, syncInterval } = integration;
  const now = db.clock.now();
  const interval = isOnDemand(kind) ? null : syncInterval;
  return planSlots({ id, syncInterval: interval }, freeSlot(integration, Math.max(at, now)), now, db.horizonMs);
}

function endParts(
  run: { readonly integration: Integration; readonly manual: boolean },
  end: RunEnd,
  { clock, dueShards }: Database,
): Pick<UpdateParts, 'set' | 'compute' | 'remove'> {
  const set: Record<string, unknown> = {
    lastRun: end.lastRun,
    recent: end.recent,
    activity: activityAfter(run.integration, end.lastRun),
    status: end.status,
    lastSyncAt: end.lastSyncAt,
    retryAt: end.retryAt,
    alerted: end.alerted,
  };
  const remove: string[] = [...LEASE_ATTRIBUTES, ...ABANDONED_ATTRIBUTES];
  const put = (name: string, value: unknown): void => {
    if (value === null) remove.push(name);
    else set[name] = value;
  };
  put('lastSyncError', end.lastSyncError);
  put('cursor', end.cursor);
  put('retryCount', end.retryCount === 0 ? null : end.retryCount);
  put('notBefore', end.notBefore);
  put('notice', end.notice?.text ?? null);
  put('noticeUntil', end.notice?.until ?? null);
  if (end.alerted === false) put('alerted', null);
  if (end.dropCheckpoint) remove.push('checkpoint');
  if (end.slotEnded) remove.push(run.manual ? 'manualOpen' : 'slotOpen');
  if (end.schedule !== undefined) {
    put('nextSyncAt', end.schedule.nextSyncAt);
    put('watchedSlot', end.schedule.watchedSlot ?? null);
    if (end.schedule.nextSyncAt === null) remove.push('dueShard', 'enqueuedFrom');
    // A buffer that was idle was not in the index.
    else set.dueShard = dueShardOf(run.integration.id, dueShards);
  }
  if (end.disable === undefined) return { set, remove };
  const off = switchOff(run.integration, end.disable, clock.now());
  return { set: { ...set, ...off.set }, compute: off.compute, remove: [...remove, ...off.remove] };
}

/** A run that was put off has not run. */
function activityAfter({ activity = '' }: Integration, { status, completedAt }: LastRun): string | undefined {
  return status === 'DEFERRED' || status === 'SKIPPED'
    ? undefined
    : countRun(activity, completedAt, status === 'FAILED');
}

/**
 * Notes that a slot passed without a run: takes the next number for its history entry and leaves a live run's token alone.
 * Undefined when the slot was passed before or is no longer the integration's.
 */
export async function passSlot(
  message: SyncMessage,
  integration: Integration,
  db: Database,
): Promise<Integration | undefined> {
  const now = db.clock.now();
  const target = { tenantId: message.tenantId, id: message.integrationId };
  if (message.runId !== undefined) {
    const result = await updateIntegrationItem(
      target.tenantId,
      target.id,
      {
        // The run that is in its way may be one by hand, too, and has to stay what it is: its worker may still die.
        set: { passedManual: message.runId },
        compute: { runCounter: '#runCounter + :one', passedManualRun: '#runCounter + :one' },
        condition: `(attribute_not_exists(#lastManual) OR #lastManual < :runId)
          AND (attribute_not_exists(#passedManual) OR #passedManual < :runId)`,
        values: { one: 1, runId: message.runId },
      },
      db,
    );
    if (result.ok) return result.integration;
    // The answer of a committed try was lost: its number is still there.
    return result.integration?.passedManual === message.runId ? result.integration : undefined;
  }
  // A watchdog behind this very slot has done its work; the schedule goes on by phase.
  const watched = integration.watchedSlot === message.slot;
  const result = await updateIntegrationItem(
    target.tenantId,
    target.id,
    {
      set: {
        passedSlot: message.slot,
        ...(watched && { nextSyncAt: slotAfterPassed(integration, message.slot, now) }),
      },
      compute: { runCounter: '#runCounter + :one', passedRun: '#runCounter + :one' },
      remove: watched ? ['watchedSlot'] : [],
      condition: `#scheduleVersion = :scheduleVersion AND (attribute_not_exists(#passedSlot) OR #passedSlot < :slot)
        AND (attribute_not_exists(#lastSlot) OR #lastSlot < :slot)
        ${watched ? 'AND #watchedSlot = :slot' : ''}`,
      values: { one: 1, slot: message.slot, scheduleVersion: message.scheduleVersion },
    },
    db,
  );
  if (result.ok) return result.integration;
  // As above.
  return result.integration?.passedSlot === message.slot ? result.integration : undefined;
}

/**
 * The number of the history entry of a slot that will not run any more: the same however often it is asked for; and the
 * integration as it is then. Undefined when its schedule is over.
 */
export async function takeNumber(
  message: SyncMessage,
  db: Database,
): Promise<{ readonly run: number; readonly integration: Integration } | undefined> {
  const byHand = message.runId !== undefined;
  const slot = message.runId ?? message.slot;
  const isNew = 'attribute_not_exists(#overtakenSlot) OR #overtakenSlot <> :slot';
  const result = await updateIntegrationItem(
    message.tenantId,
    message.integrationId,
    {
      set: { overtakenSlot: slot },
      compute: { runCounter: '#runCounter + :one', overtakenRun: '#runCounter + :one' },
      // A pair of parentheses more than is needed is refused.
      condition: byHand ? isNew : `(${isNew}) AND #scheduleVersion = :scheduleVersion`,
      values: { one: 1, slot, ...(!byHand && { scheduleVersion: message.scheduleVersion }) },
    },
    db,
  );
  const { integration } = result;
  const run = integration?.overtakenSlot === slot ? integration.overtakenRun : null;
  return integration === null || run === null ? undefined : { run, integration };
}

/**
 * Takes back a watchdog whose slot has ended: its message would be sent again for ever. A run does so itself when it ends;
 * this mends what a crash or a clock set back has left.
 */
export async function endWatch(integration: Integration, slot: number, db: Database): Promise<void> {
  const nextSyncAt = slotAfterPassed(integration, freeSlot(integration, slot), db.clock.now());
  await updateIntegrationItem(
    integration.tenantId,
    integration.id,
    {
      set: { nextSyncAt },
      remove: ['watchedSlot'],
      condition: '#watchedSlot = :slot AND #scheduleVersion = :scheduleVersion',
      values: { slot, scheduleVersion: integration.scheduleVersion },
    },
    db,
  );
}

/** An on-demand integration has no phase: it looks again in ten seconds. */
function slotAfterPassed(integration: Integration, slot: number, now: number): number {
  const from = Math.max(slot, now, (integration.notBefore ?? 0) - 1);
  return integration.syncInterval === null || isOnDemand(integration.kind)
    ? from + 10_000
    : nextSlotAfter(integration.id, integration.syncInterval, from);
}
