import { sendSlots } from '../dispatch/send-sync.ts';
import type { SyncResult } from '../kinds/kind.ts';
import type { EndStatus, IntegrationStatus } from '../model/integration.ts';
import { isOnDemand } from '../model/kind-name.ts';
import { nextSlotAfter, type SlotPlan } from '../model/slot.ts';
import { describeError } from '../platform/describe-error.ts';
import { historyId, putHistory } from '../store/history.ts';
import { endRun, type RunEnd, scheduleOf } from '../store/run-end.ts';
import { classifyFailure, type Failure } from './classify-failure.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { handOverRun, redeliverManual } from './follow-up.ts';
import { giveUpHere, isGivenUpHere } from './give-up-here.ts';
import { measureRun } from './measure-run.ts';
import { planAfter, planAt } from './plan-after.ts';
import { type Attempted, type Disposition, DONE, type StartedRun } from './run-sync.ts';
import { givenUpReason, tellPeople, whatToTell } from './tell-people.ts';

type Ended = Exclude<SyncResult, { outcome: 'continue' }>;
type Details = Ended['details'];

/** Turns how an attempt ended into the integration's next state, its history and what becomes of the message. */
export async function settle(run: StartedRun, attempted: Attempted, deps: ExecuteDeps): Promise<Disposition> {
  if ('error' in attempted) return settleError(run, attempted.error, {}, deps);
  const { result } = attempted;
  if (result.outcome === 'continue') return handOverRun(run, result, deps);
  if (result.outcome === 'error') return settleReportedError(run, result, deps);
  return settleSuccess(run, result, deps);
}

async function settleSuccess(
  run: StartedRun,
  result: Ended & { outcome: 'success' | 'partial' },
  deps: ExecuteDeps,
): Promise<Disposition> {
  const now = deps.clock.now();
  const partial = result.outcome === 'partial';
  const pause = result.pause !== undefined;
  const again = nextSlotOnceMore(run, now);
  return finish(
    run,
    {
      status: partial ? 'PARTIAL' : 'SUCCESS',
      message: partial || pause ? (result.message ?? null) : null,
      details: result.details,
      recordsCount: result.recordsCount,
      plan: again === null ? planAfter(run, result.nextSyncAt, now, deps) : planAt(run, again, deps),
      end: {
        status: result.outcome,
        ...(again !== null && { notBefore: null }),
        ...(result.stored && { lastSyncAt: now }),
        lastSyncError: partial || pause ? (result.message ?? 'some of it failed') : null,
        retryCount: 0,
        notice: null,
        ...(result.cursor !== undefined && { cursor: result.cursor }),
        dropCheckpoint: true,
        slotEnded: true,
        ...(run.integration.alerted && { alerted: false }),
        ...(pause && { disable: result.message ?? 'a person has to look at it' }),
      },
    },
    deps,
  );
}

/**
 * Its next slot, where it was put off beyond that and a run by hand has shown that the upstream takes calls again (other
 * credentials, another limit); else null.
 */
function nextSlotOnceMore({ integration, manual }: StartedRun, now: number): number | null {
  const { id, kind, notBefore, syncInterval } = integration;
  if (!manual || notBefore === null || syncInterval === null || isOnDemand(kind)) return null;
  const next = nextSlotAfter(id, syncInterval, now);
  return next < notBefore ? next : null;
}

/** A failure the kind reports with counts, instead of throwing. */
async function settleReportedError(
  run: StartedRun,
  result: Ended & { outcome: 'error' },
  deps: ExecuteDeps,
): Promise<Disposition> {
  const failure: Failure = {
    ...(classifyFailure(undefined, run.kind.policy, attemptOf(run, deps)) as Failure & { type: 'failure' }),
    message: result.message.slice(0, 500),
    permanent: result.pause !== undefined,
    auth: result.pause === 'auth',
  };
  return settleFailure(run, failure, result, deps);
}

async function settleError(run: StartedRun, error: unknown, details: Details, deps: ExecuteDeps): Promise<Disposition> {
  const failure = classifyFailure(error, run.kind.policy, attemptOf(run, deps));
  switch (failure.type) {
    case 'lost':
      deps.meter.add('FencedWriteRefused', 1, { kind: run.message.kind });
      deps.log.warn('a run found its lease taken over and stopped', factsOf(run));
      // Not deleted: this delivery is over, and whoever has the lease may depend on the message.
      return { keep: true };
    case 'deferral':
      return settleDeferral(run, failure, deps);
    case 'failure':
      return settleFailure(run, failure, { outcome: 'error', message: failure.message, details }, deps, error);
  }
}

const attemptOf = (run: StartedRun, deps: ExecuteDeps) => ({
  trigger: run.message.trigger,
  receiveCount: run.receiveCount,
  failedBefore: run.integration.retryCount,
  now: deps.clock.now(),
});

async function settleDeferral(
  run: StartedRun,
  deferral: Failure & { type: 'deferral' },
  deps: ExecuteDeps,
): Promise<Disposition> {
  const { message, reason, openMs, details } = deferral;
  const until = putOffTo(run, deferral, deps.clock.now());
  const at = new Date(until).toISOString();
  const { kind, provider } = run.integration;
  if (reason === 'rate_limited') deps.meter.add('RateLimited', 1, { kind, provider });
  if (openMs !== undefined) deps.meter.add('BreakerOpenSeconds', openMs / 1000, { kind, provider });
  const disposition = await finish(
    run,
    {
      status: 'DEFERRED',
      message: `put off until ${at}: ${message}`,
      details,
      recordsCount: 0,
      plan: run.manual ? null : planAt(run, until, deps),
      end: {
        notice: { text: `${message} (until ${at})`, until },
        dropCheckpoint: false,
        slotEnded: true,
        ...(!run.manual && { notBefore: until }),
      },
    },
    deps,
  );
  if (run.manual && !disposition.keep) await redeliverManual(run.message, until, deps);
  return disposition;
}

/**
 * An upstream that stays down is looked at less and less often by an integration that has time, but never later than at its
 * next slot: a fleet of hourly ones would else be put off every minute, for as long as it lasts.
 */
function putOffTo({ integration, manual }: StartedRun, { until, openMs }: Failure & { type: 'deferral' }, now: number) {
  const { id, kind, syncInterval } = integration;
  if (openMs === undefined || manual || syncInterval === null || isOnDemand(kind)) return until;
  return Math.max(until, Math.min(now + openMs, nextSlotAfter(id, syncInterval, now)));
}

async function settleFailure(
  run: StartedRun,
  failure: Failure & { type: 'failure' },
  result: Ended & { outcome: 'error' },
  deps: ExecuteDeps,
  error?: unknown,
): Promise<Disposition> {
  const now = deps.clock.now();
  const { integration, manual } = run;
  const pausing = result.pause !== undefined;
  const retryIn = pausing ? null : failure.retryIn;
  const counted = run.message.trigger !== 'manual';
  if (failure.auth) {
    deps.meter.add('AuthenticationFailures', 1, { kind: integration.kind, provider: integration.provider });
  }
  const here = isGivenUpHere(run, failure.exhausted && !pausing);
  if (here) await giveUpHere(run, failure.message, deps);
  if (failure.message.startsWith('internal error')) {
    deps.log.error(failure.message, { ...factsOf(run), error: describeError(error, run.secrets) });
  }
  const disposition = await finish(
    run,
    {
      status: 'FAILED',
      message: failure.message,
      details: result.details,
      recordsCount: result.recordsCount ?? 0,
      plan: retryIn === null && !failure.exhausted ? planAfter(run, result.nextSyncAt, now, deps) : null,
      failure: { ...failure, retryIn },
      end: {
        status: 'error',
        lastSyncError: failure.message,
        ...(counted && { retryCount: integration.retryCount + 1 }),
        notice:
          retryIn === null
            ? null
            : { text: `retry ${failure.retry} of ${run.kind.policy.retries}`, until: now + retryIn * 1000 },
        dropCheckpoint: retryIn === null,
        slotEnded: retryIn === null,
        // Keeps newer slots away until the retry, or until the dead letter has been dealt with.
        ...((retryIn !== null || (failure.exhausted && run.kind.policy.onExhausted === 'disable')) &&
          !manual && { retryAt: now + (retryIn ?? 0) * 1000 }),
        ...(pausing && { disable: failure.message }),
        ...(here && { disable: givenUpReason(integration.retryCount + 1, failure.message) }),
      },
    },
    deps,
  );
  if (disposition.keep) return disposition;
  if (retryIn !== null) return { keep: true, hideSeconds: retryIn };
  // Received once more than the redrive policy allows, it moves to the DLQ; without the wait that is now.
  return failure.exhausted && !here ? { keep: true, hideSeconds: 0 } : DONE;
}

interface Finish {
  readonly status: EndStatus;
  readonly message: string | null;
  readonly details: Details;
  readonly recordsCount: number;
  /** What to enqueue and where the index entry goes; null leaves the schedule alone; 'idle': nothing is left to do. */
  readonly plan: SlotPlan | 'idle' | null;
  readonly failure?: Failure & { type: 'failure' };
  readonly end: Omit<RunEnd, 'lastRun' | 'recent' | 'schedule'> & { readonly status?: IntegrationStatus };
}

/** End → history → follow-up messages → people, in this order: what is told is stored, what is enqueued finds it stored. */
async function finish(run: StartedRun, finish: Finish, deps: ExecuteDeps): Promise<Disposition> {
  const { integration, message } = run;
  const { status, message: error, details, recordsCount, failure } = finish;
  const { disable } = finish.end;
  const completedAt = deps.clock.now();
  // What is switched off has no next slot.
  const plan = disable === undefined ? finish.plan : null;
  const tells = whatToTell(run, { status, failure, disable });
  const {
    state,
    integration: after,
    send,
  } = await endRun(
    run,
    {
      ...finish.end,
      ...(tells === 'failing' && { alerted: true }),
      lastRun: {
        run: run.token,
        status,
        trigger: message.trigger,
        slot: message.slot,
        startedAt: run.startedAt,
        completedAt,
        recordsCount,
        ...(tells !== undefined && { tells }),
      },
      recent: (integration.recent + status.charAt(0)).slice(-20),
      ...(plan !== null && { schedule: scheduleOf(plan) }),
    },
    deps.db,
  );
  if (state === 'lost') {
    if (after !== null) deps.meter.add('FencedWriteRefused', 1, { kind: message.kind });
    deps.log.warn('a run ended after its lease was taken over; nothing of it was stored', factsOf(run));
    return after === null ? DONE : { keep: true };
  }
  await putHistory(
    run.tenantId,
    run.id,
    {
      id: message.runId ?? historyId(run.id, run.token),
      run: run.token,
      status,
      trigger: message.trigger,
      scheduledFor: message.slot,
      startedAt: run.startedAt,
      completedAt,
      recordsCount,
      errorMessage: error,
      details: { ...details, calls: details.calls ?? run.calls },
    },
    deps.db,
    { previous: integration.lastRun },
  );
  await sendSlots(after ?? integration, send, deps);
  // Only what was stored counts: when a person changed the schedule meanwhile, theirs was enqueued by them.
  if (send.length === 0 && plan !== null && plan !== 'idle' && after?.scheduleVersion === integration.scheduleVersion) {
    await sendSlots(integration, plan.send, deps);
  }
  measureRun(run, { status, completedAt, message: error, details }, deps);
  // The run before may have died before it could say so.
  await tellPeople(integration, deps);
  const told = after === null || (await tellPeople(after, deps));
  // The message of a run by hand cannot come again without a dead letter: who asked for it sees how it ended.
  return told || run.manual ? DONE : { keep: true };
}

const factsOf = (run: StartedRun): Record<string, unknown> => ({
  tenantId: run.tenantId,
  integrationId: run.id,
  kind: run.message.kind,
  run: run.token,
  slot: new Date(run.message.slot).toISOString(),
});
