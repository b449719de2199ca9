import type { Kind, SyncResult } from '../kinds/kind.ts';
import type { Integration } from '../model/integration.ts';
import type { SyncMessage } from '../model/message.ts';
import { redact } from '../platform/redact.ts';
import { type Claim, continueRun, type Held, releaseLease, type StartResult, startRun } from '../store/claim.ts';
import { GIVEN_BACK, historyId, putHistory } from '../store/history.ts';
import { callKind } from './call-kind.ts';
import { closeDeadRun } from './close-dead-run.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { keepLease } from './lease-keeper.ts';
import { refuse } from './refuse.ts';
import { settle } from './settle.ts';

/** What becomes of the message: it is deleted, or comes again after so many seconds (undefined: the queue's own timeout). */
export type Disposition = { readonly keep: false } | { readonly keep: true; readonly hideSeconds?: number };
export const DONE: Disposition = { keep: false };

export interface Delivery {
  readonly message: SyncMessage;
  /** This delivery included. */
  readonly receiveCount: number;
  /** Epoch ms by which the slice has to be over. */
  readonly deadline: number;
  /** Epoch ms by the clock of SQS. */
  readonly queued?: { readonly sentAt: number; readonly firstReceivedAt: number };
}

/** Everything that belongs to one run from its start on. */
export interface StartedRun extends Held {
  readonly integration: Integration;
  readonly kind: Kind;
  readonly message: SyncMessage;
  readonly receiveCount: number;
  /** A run beside the schedule. */
  readonly manual: boolean;
  readonly startedAt: number;
  readonly secrets: readonly string[];
  readonly calls: number;
}

/** How the kind's part ended: with a result, or by throwing. */
export type Attempted = { readonly result: SyncResult } | { readonly error: unknown };

export interface Ran {
  readonly disposition: Disposition;
  /** What the kind answered; absent when no run was started. For callers that run an integration by hand. */
  readonly attempted?: Attempted;
}

/** The whole run on one screen: claim (lock, number and load in one write) → kind → end (one write) → history (one write). */
export async function runSync(delivery: Delivery, deps: ExecuteDeps): Promise<Ran> {
  const message = withTrigger(delivery);
  const kind = deps.kinds[message.kind];
  if (kind === undefined) throw new Error(`kind ${message.kind} is not part of this deployment`);
  const leaseMs = kind.policy.leaseSeconds * 1000;

  const start = await claim(message, { ...queueTimes(delivery), leaseMs }, deps);
  if (start.state === 'refused') return { disposition: await refuse(start, message, deps) };
  const { integration, held } = start;
  const keeper = keepLease(held, leaseMs, deps);
  try {
    if (integration.abandoned !== null) await closeDeadRun(integration, integration.abandoned, deps);
    const attempted = await callKind({ ...delivery, message, integration, held, kind, keeper, leaseMs }, deps);
    const run: StartedRun = {
      ...held,
      integration,
      kind,
      message,
      receiveCount: delivery.receiveCount,
      manual: message.runId !== undefined,
      startedAt: integration.lease?.startedAt ?? deps.clock.now(),
      secrets: attempted.secrets,
      calls: attempted.calls,
    };
    if (deps.stopSignal.aborted && 'error' in attempted) return { disposition: await giveBack(run, deps) };
    const clean = cleaned(attempted, attempted.secrets);
    return { disposition: await settle(run, clean, deps), attempted: clean };
  } finally {
    keeper.stop();
  }
}

/** A slot's message that comes again is a retry. */
function withTrigger({ message, receiveCount }: Delivery): SyncMessage {
  const again = message.trigger === 'schedule' && receiveCount > 1;
  return again ? { ...message, trigger: 'retry' } : message;
}

/** A slot's message that is behind is done by the run that started after it was due (see `Claim`). */
function queueTimes({ message, receiveCount, queued }: Delivery): Pick<Claim, 'dueAt' | 'takenAt'> {
  if (queued === undefined || message.delay === undefined) return {};
  return {
    dueAt: queued.sentAt + message.delay * 1000,
    // Of later deliveries SQS does not tell.
    ...(receiveCount === 1 && { takenAt: queued.firstReceivedAt }),
  };
}

async function claim(message: SyncMessage, how: Omit<Claim, 'owner'>, deps: ExecuteDeps): Promise<StartResult> {
  const attempt = { ...how, owner: deps.ids.next() };
  if (message.run !== undefined && message.slice !== undefined) {
    const { run, slice } = message;
    const continued = await continueRun({ ...message, run, slice }, attempt, deps.db);
    if (continued.state !== 'not-awaited') return continued;
    // The worker that should have continued it is dead, or has; the slot itself tells which.
  }
  return startRun(message, attempt, deps.db);
}

/** The process is stopping: the lease goes back, the message comes again at once. */
async function giveBack(run: StartedRun, deps: ExecuteDeps): Promise<Disposition> {
  const now = deps.clock.now();
  await putHistory(
    run.tenantId,
    run.id,
    {
      id: run.message.runId ?? historyId(run.id, run.token),
      run: run.token,
      status: 'DEFERRED',
      trigger: run.message.trigger,
      scheduledFor: run.message.slot,
      startedAt: run.startedAt,
      completedAt: now,
      recordsCount: 0,
      errorMessage: GIVEN_BACK,
      details: {},
    },
    deps.db,
  );
  // After its entry: a lease that is left by a death between the two is closed by the next start, a number without entry by nobody.
  await releaseLease(run, deps.db);
  return { keep: true, hideSeconds: 0 };
}

/** No secret leaves a run, whatever a provider put into an error or a detail. */
function cleaned(attempted: Attempted, secrets: readonly string[]): Attempted {
  if ('error' in attempted) {
    if (attempted.error instanceof Error) attempted.error.message = redact(attempted.error.message, secrets);
    return attempted;
  }
  const { result } = attempted;
  const details = Object.fromEntries(
    Object.entries(result.details).map(([name, value]) => [
      name,
      typeof value === 'string' ? redact(value, secrets) : value,
    ]),
  );
  return 'message' in result && result.message !== undefined
    ? { result: { ...result, details, message: redact(result.message, secrets) } }
    : { result: { ...result, details } };
}
