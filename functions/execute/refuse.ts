import { type Integration, isByHand, type Lease } from '../model/integration.ts';
import type { SyncMessage } from '../model/message.ts';
import { RETRY_GRACE_MS, type StartResult } from '../store/claim.ts';
import { entryOfLastRun, type HistoryEntry, historyBetween, historyId, putHistory } from '../store/history.ts';
import { getIntegration } from '../store/integrations.ts';
import { endWatch, passSlot, takeNumber } from '../store/run-end.ts';
import { clearDeadRun } from './close-dead-run.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { redeliverManual } from './follow-up.ts';
import { type Disposition, DONE } from './run-sync.ts';
import { tellPeople, tellSwitchedOff } from './tell-people.ts';

/** A message that may not start a run: a duplicate ends without a trace, a slot that passes leaves a history entry with the reason. */
export async function refuse(
  refusal: StartResult & { readonly state: 'refused' },
  message: SyncMessage,
  deps: ExecuteDeps,
): Promise<Disposition> {
  const { integration, why } = refusal;
  const facts = { tenantId: message.tenantId, integrationId: message.integrationId, slot: message.slot, why };
  deps.log.debug('a message started no run', facts);
  if (integration === null) return DONE;
  switch (why) {
    case 'deleted':
    case 'stale':
    case 'disabled':
      return closeIfDead(integration, message, deps);
    case 'finished':
      if (!(await repairEnd(integration, message, deps))) {
        if (message.runId !== undefined) await repairPass(integration, message, deps);
        await recordOvertaken(integration, message, deps);
      }
      await endOwnWatch(integration, message, deps);
      return DONE;
    case 'own-run-live': {
      // Kept in case that worker dies: comes back when its lease is over.
      return integration.lease === null ? { keep: true, hideSeconds: 1 } : untilOver(integration.lease, deps);
    }
    case 'passed':
      if (integration.passedSlot === message.slot) await repairPass(integration, message, deps);
      else await recordOvertaken(integration, message, deps);
      await endOwnWatch(integration, message, deps);
      return DONE;
    case 'covered':
      return pass(integration, message, 'SKIPPED', coveredReason(integration), deps);
    case 'busy':
      return pass(integration, message, 'SKIPPED', busyReason(integration), deps);
    case 'retrying':
      return pass(integration, message, 'SKIPPED', retryReason(integration), deps);
    case 'put-off':
      return pass(integration, message, 'DEFERRED', putOffReason(integration), deps);
  }
}

/** A slot that will not run any more need not be watched; left there, its message would be sent again for ever, and no other. */
async function endOwnWatch(integration: Integration, { runId, slot }: SyncMessage, deps: ExecuteDeps): Promise<void> {
  if (runId === undefined && integration.watchedSlot === slot) await endWatch(integration, slot, deps.db);
}

/**
 * The integration was changed while this message's run was on. When the worker has died, nobody else will come to close the
 * run, or to write what it could not; while its lease lasts, the message is kept for that.
 */
async function closeIfDead(integration: Integration, message: SyncMessage, deps: ExecuteDeps): Promise<Disposition> {
  const { lease } = integration;
  if (lease === null || lease.slot !== message.slot) {
    if (!(await repairEnd(integration, message, deps))) await repairPass(integration, message, deps);
    return (await tellSwitchedOff(integration, deps)) ? DONE : { keep: true };
  }
  if (lease.until > deps.clock.now()) return untilOver(lease, deps);
  await clearDeadRun(integration, lease, deps);
  return DONE;
}

function untilOver(lease: Lease, deps: ExecuteDeps): Disposition {
  return { keep: true, hideSeconds: Math.max(1, Math.ceil((lease.until - deps.clock.now()) / 1000) + 1) };
}

const time = (at: number): string => new Date(at).toISOString();

function busyReason({ lease }: Integration): string {
  return lease === null ? 'another run was going on' : `the run started at ${time(lease.startedAt)} was still going on`;
}

function retryReason({ retryAt, lastSlot }: Integration): string {
  const from = lastSlot === null ? '' : ` of ${time(lastSlot)}`;
  return `the failed run${from} is tried again at ${time(retryAt ?? RETRY_GRACE_MS)}`;
}

function coveredReason({ lastSlot }: Integration): string {
  const of = lastSlot === null ? '' : ` of ${time(lastSlot)}`;
  return `workers were behind: the run${of} started when this slot was due already, and covers it`;
}

function putOffReason({ notBefore, notice }: Integration): string {
  const until = time(notBefore ?? 0);
  if (notice === null) return `put off until ${until}`;
  return notice.includes(until) ? `put off: ${notice}` : `put off until ${until}: ${notice}`;
}

async function pass(
  integration: Integration,
  message: SyncMessage,
  status: 'SKIPPED' | 'DEFERRED',
  reason: string,
  deps: ExecuteDeps,
): Promise<Disposition> {
  const passed = await passSlot(message, integration, deps.db);
  if (passed !== undefined) {
    await recordPass(passed, numberOfPass(passed, message), message, status, reason, deps);
    const { kind, provider } = passed;
    deps.meter.add('Runs', 1, { kind, provider, outcome: status === 'SKIPPED' ? 'skipped' : 'deferred' });
    return DONE;
  }
  // A later slot has started or passed since this one was refused.
  const current = await getIntegration(message.tenantId, message.integrationId, deps.db);
  if (current !== undefined) await recordOvertaken(current, message, deps);
  return DONE;
}

const numberOfPass = ({ passedRun, passedManualRun }: Integration, { runId }: SyncMessage): number | null =>
  runId === undefined ? passedRun : passedManualRun;

async function recordPass(
  integration: Integration,
  run: number | null,
  message: SyncMessage,
  status: 'SKIPPED' | 'DEFERRED',
  reason: string,
  deps: ExecuteDeps,
  unlessThere = false,
): Promise<void> {
  if (run === null) return;
  const now = deps.clock.now();
  const entry: HistoryEntry = {
    id: message.runId ?? historyId(integration.id, run),
    run,
    status,
    trigger: message.trigger,
    scheduledFor: message.slot,
    startedAt: now,
    completedAt: now,
    recordsCount: 0,
    errorMessage: reason,
    details: {},
  };
  await putHistory(integration.tenantId, integration.id, entry, deps.db, { unlessThere });
}

/**
 * The worker may have died between ending the run, writing its history, asking for it again and telling people: the
 * integration remembers enough for all of it. False when the message is not of the run that ended last.
 */
async function repairEnd(integration: Integration, message: SyncMessage, deps: ExecuteDeps): Promise<boolean> {
  const entry = entryOfLastRun(integration);
  if (entry === undefined || entry.scheduledFor !== message.slot) return false;
  if (isByHand(entry.trigger) !== (message.runId !== undefined)) return false;
  // Two people may ask for a run in the same millisecond.
  if (message.runId !== undefined && message.runId !== integration.lastManual) return false;
  const id = message.runId ?? entry.id;
  await putHistory(integration.tenantId, integration.id, { ...entry, id }, deps.db, { unlessThere: true });
  if (message.runId !== undefined && entry.status === 'DEFERRED') {
    await redeliverManual(message, integration.noticeUntil ?? deps.clock.now(), deps);
  }
  await tellPeople(integration, deps);
  return true;
}

/** The same for a slot that passed: its number was taken, and the worker died over its entry. */
async function repairPass(integration: Integration, message: SyncMessage, deps: ExecuteDeps): Promise<void> {
  const { passedSlot, passedManual, overtakenSlot, overtakenRun } = integration;
  const passed = message.runId === undefined ? passedSlot === message.slot : passedManual === message.runId;
  const overtaken = overtakenSlot === (message.runId ?? message.slot);
  const run = passed ? numberOfPass(integration, message) : overtaken ? overtakenRun : null;
  await recordPass(integration, run, message, 'SKIPPED', 'skipped', deps, true);
}

/** How far back the slot's entry can lie: a message is at most some minutes behind the others. */
const LOOK_BACK = 200;

/**
 * A slot whose message came after a later slot had its turn, or a run asked for by hand after one that was asked for later
 * (SQS does not keep order, and a dead worker's message comes late). It will not run any more; when it never did, that gets
 * an entry like every other end of a slot.
 */
async function recordOvertaken(integration: Integration, message: SyncMessage, deps: ExecuteDeps): Promise<void> {
  const byHand = message.runId !== undefined;
  const { tenantId, id, runCounter } = integration;
  const recent = await historyBetween(tenantId, id, { from: runCounter - LOOK_BACK, to: runCounter }, deps.db);
  if (recent.some((entry) => isEndOf(message, entry))) return;
  const number = await takeNumber(message, deps.db);
  if (number === undefined) return;
  await recordPass(
    integration,
    number.run,
    message,
    'SKIPPED',
    byHand ? 'a run that was asked for later had its turn first' : 'a later slot had its turn first',
    deps,
    true,
  );
}

/** An entry that was told of only afterwards has not the id that a run by hand was given. */
function isEndOf({ integrationId, slot, trigger, runId }: SyncMessage, entry: HistoryEntry): boolean {
  if (runId === undefined) return entry.scheduledFor === slot && !isByHand(entry.trigger);
  const nameless = entry.id === historyId(integrationId, entry.run);
  return entry.id === runId || (nameless && entry.scheduledFor === slot && entry.trigger === trigger);
}
