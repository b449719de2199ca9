import { delaySeconds, outgoing } from '../dispatch/send-sync.ts';
import { MAX_RECEIVES } from '../execute/classify-failure.ts';
import { clearDeadRun, closeDeadRun } from '../execute/close-dead-run.ts';
import { givenUpReason, tellSwitchedOff, withoutStop } from '../execute/tell-people.ts';
import type { Kind, KindPolicy } from '../kinds/kind.ts';
import { parseIntegrationId, parseTenantId } from '../model/ids.ts';
import { type Integration, isByHand, type LastRun, type Lease } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import { parseQueueMessage, type SyncMessage } from '../model/message.ts';
import type { Clock } from '../platform/clock.ts';
import { idFor } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Meter } from '../platform/meter.ts';
import type { Notifier } from '../platform/notifier.ts';
import type { Queues } from '../platform/queues.ts';
import { type DeadLetter, deadLetterId, getDeadLetter, recordDeadLetter } from '../store/dead-letters.ts';
import { giveUpSlot, noteAlert } from '../store/give-up.ts';
import {
  GIVEN_BACK,
  type HistoryDatabase,
  type HistoryEntry,
  historyBetween,
  historyId,
  putHistory,
  WORKER_STOPPED,
} from '../store/history.ts';
import { getIntegration } from '../store/integrations.ts';
import { takeNumber } from '../store/run-end.ts';

export interface BuryDeps {
  readonly db: HistoryDatabase;
  readonly kinds: Partial<Readonly<Record<KindName, Kind>>>;
  readonly queues: Queues;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** A message as it lay in the DLQ. Times are epoch ms. */
export interface DeadMessage {
  readonly messageId: string;
  readonly body: string;
  /** The kind whose DLQ it lay in. */
  readonly kind: KindName;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  /** Deliveries before it was given up on. */
  readonly attempts: number;
}

export type Burial = 'recorded' | 'malformed' | 'obsolete' | 'alive';

/**
 * What was given up on: recorded first, then the kind's policy, then people. Every step can be done twice.
 * A message whose work was done by a copy is dropped; one whose run is still alive goes back to its queue.
 */
export async function bury(dead: DeadMessage, deps: BuryDeps): Promise<Burial> {
  const message = parseQueueMessage(dead.body);
  if (message === undefined) return buryMalformed(dead, deps);
  if ('purge' in message) {
    // Nothing a person could do about it, and the data has to go.
    await requeue(message, deps.clock.now() + 600_000, deps);
    return 'alive';
  }
  const integration = await getIntegration(message.tenantId, message.integrationId, deps.db);
  if (integration === undefined) return 'obsolete';
  const { lease } = integration;
  const now = deps.clock.now();
  const byHand = message.runId !== undefined;
  const own = lease !== null && lease.slot === message.slot && isByHand(lease.trigger) === byHand;
  const alive = own && lease.until > now;
  const stale = isStale(integration, message);
  const entries = stale ? [] : await entriesOf(integration, message, deps);
  // Copies of a message whose workers die take turns: one always has a run going on, and none would ever be given up on.
  if (alive && entries.filter(({ errorMessage }) => errorMessage === WORKER_STOPPED).length < MAX_RECEIVES) {
    await requeue(message, lease.until + 1000, deps);
    return 'alive';
  }
  if (stale) {
    if (own) await clearDeadRun(integration, lease, deps);
    return buryStale(dead, message, integration, deps);
  }
  // A copy of the message has brought the slot to a good end.
  if (entries.some(({ status, errorMessage }) => status !== 'FAILED' && errorMessage !== GIVEN_BACK)) return 'obsolete';
  if (own && !alive) await closeDeadRun(integration, lease, deps);
  const current = !own && entries.length === 0 ? await recordUnrun(message, integration, deps) : integration;
  const error = own ? WORKER_STOPPED : (entries[0]?.errorMessage ?? WORKER_STOPPED);
  const deadRun = own && !alive ? lease : null;
  const lastTry = deadRun?.token ?? entries[0]?.run ?? null;
  await buryMessage({ dead, message, integration: current, deadRun, lastTry, error }, deps);
  return 'recorded';
}

/** Whose schedule was changed since: obsolete, unless it was this message that switched it off and people were not told. */
async function buryStale(
  dead: DeadMessage,
  message: SyncMessage,
  integration: Integration,
  deps: BuryDeps,
): Promise<Burial> {
  const letter = await getDeadLetter(integration.tenantId, letterIdOf(dead), deps.db);
  if (letter === undefined) {
    // Somebody may have cleared it away before this message came again: what it switched off, people must know all the same.
    if (!(await tellSwitchedOff(integration, deps))) throw untold();
    return 'obsolete';
  }
  await tellOf(letter, message, integration, deps);
  return 'recorded';
}

interface Grave {
  readonly dead: DeadMessage;
  readonly message: SyncMessage;
  readonly integration: Integration;
  readonly deadRun: Lease | null;
  /** The message's latest run; null when none was started. */
  readonly lastTry: number | null;
  readonly error: string;
}

async function buryMessage(
  { dead, message, integration, deadRun, lastTry, error }: Grave,
  deps: BuryDeps,
): Promise<void> {
  const { tenantId, id, kind, lastRun } = integration;
  // Something else has run since: how that ended is what the integration is like now.
  const overtaken =
    lastRun !== null &&
    !isOf(message, lastRun) &&
    (lastTry === null ? lastRun.slot > message.slot : lastRun.run > lastTry);
  const letter = await recordDeadLetter(
    {
      tenantId,
      id: letterIdOf(dead),
      kind,
      integrationId: id,
      reason: `failed ${dead.attempts} times`,
      attempts: dead.attempts,
      lastError: error,
      firstFailureAt: dead.firstReceivedAt,
      lastFailureAt: lastRun?.completedAt ?? deps.clock.now(),
      createdAt: deps.clock.now(),
      known: integration.alerted || overtaken,
      subject: { type: 'message', body: dead.body },
    },
    deps.db,
  );
  if (letter.isNew) deps.meter.add('DeadLettered', 1, { kind });
  const disables = message.trigger !== 'redrive' && hasFailedTooOften(integration, deps.kinds[kind]?.policy);
  const isOpen = integration.lastSlot === message.slot;
  const closes = message.runId !== undefined ? 'by-hand' : isOpen ? 'slot' : 'nothing';
  const end = { error, deadRun, closes, ...(disables && { disable: reasonIn(letter) }) } as const;
  const after = overtaken ? undefined : await giveUpSlot(integration, end, deps.db);
  // Another run is going on, and says how the integration is; that people know is noted all the same.
  if (!overtaken && after === undefined) await noteAlert(integration, deps.db);
  await tellOf(letter, message, after ?? integration, deps);
}

/**
 * Failures in a row switch off, not deliveries: workers that die, or that were never free for it, say nothing about the
 * integration, and a success meanwhile (by hand) has ended the row.
 */
const hasFailedTooOften = ({ retryCount }: Integration, policy: KindPolicy | undefined): boolean =>
  policy?.onExhausted === 'disable' && retryCount > policy.retries;

/** Its last try may have ended without an entry. */
const isOf = ({ slot, runId }: SyncMessage, run: LastRun): boolean =>
  run.slot === slot && isByHand(run.trigger) === (runId !== undefined);

const reasonIn = ({ attempts, lastError }: DeadLetter): string => givenUpReason(attempts, lastError ?? WORKER_STOPPED);

const letterIdOf = (dead: DeadMessage): string => deadLetterId(dead.sentAt, dead.messageId);

/** Keeps the message in the DLQ, so that it is said when it comes again. */
const untold = (): Error => new Error('people could not be told of it');

/** Said once, however often the message comes back from a worker that died. */
async function tellOf(
  letter: DeadLetter,
  { trigger }: SyncMessage,
  integration: Integration,
  deps: BuryDeps,
): Promise<void> {
  const { tenantId, id, kind, name, provider, disabledReason } = integration;
  if (trigger !== 'redrive' && disabledReason === reasonIn(letter)) {
    if (!(await tellSwitchedOff(integration, deps))) throw untold();
    return;
  }
  const told = await deps.notifier.notify({
    id: idFor(letter.createdAt, letter.id),
    tenantId,
    integrationId: id,
    kind,
    type: 'dead_lettered',
    severity: 'warning',
    known: letter.known ?? false,
    message: `${name} (${provider}) failed ${letter.attempts} times and was given up on for this slot: ${withoutStop(letter.lastError ?? WORKER_STOPPED)}. It stays on its schedule.`,
  });
  if (!told) throw untold();
}

async function buryMalformed(dead: DeadMessage, deps: BuryDeps): Promise<Burial> {
  const letter = await recordDeadLetter(
    {
      ...addresseeOf(dead.body),
      id: letterIdOf(dead),
      kind: dead.kind,
      reason: 'the message could not be read',
      attempts: dead.attempts,
      lastError: null,
      firstFailureAt: dead.firstReceivedAt,
      lastFailureAt: deps.clock.now(),
      createdAt: deps.clock.now(),
      subject: { type: 'malformed', body: dead.body },
    },
    deps.db,
  );
  if (letter.isNew) deps.meter.add('DeadLettered', 1, { kind: dead.kind });
  deps.log.error('a message that is not one of ours was recorded as a dead letter', {
    letter: letter.id,
    kind: dead.kind,
  });
  return 'malformed';
}

/** Where a message that cannot be run still tells whose it is, its tenant is the one to know. */
function addresseeOf(body: string): Pick<DeadLetter, 'tenantId' | 'integrationId'> {
  try {
    const { tenantId, integrationId } = Object(JSON.parse(body)) as Record<string, unknown>;
    return { tenantId: parseTenantId(tenantId) ?? null, integrationId: parseIntegrationId(integrationId) ?? null };
  } catch {
    return { tenantId: null, integrationId: null };
  }
}

function isStale(integration: Integration, message: SyncMessage): boolean {
  return message.runId === undefined && integration.scheduleVersion !== message.scheduleVersion;
}

/** How many of the newest entries can hold the slot's: newer slots went on while its message was retried. */
const LOOK_BACK = 200;

/** What the history tells of the message's slot, newest first. */
async function entriesOf(
  { tenantId, id, runCounter }: Integration,
  message: SyncMessage,
  deps: BuryDeps,
): Promise<readonly HistoryEntry[]> {
  const entries = await historyBetween(tenantId, id, { from: runCounter - LOOK_BACK, to: runCounter }, deps.db);
  return entries.filter(({ scheduledFor, trigger, id: runId }) =>
    message.runId === undefined ? scheduledFor === message.slot && !isByHand(trigger) : runId === message.runId,
  );
}

/**
 * None of the workers that got the message came as far as starting the run: its slot has to end in the history all the same.
 * Answers the integration with that number taken.
 */
async function recordUnrun(message: SyncMessage, integration: Integration, deps: BuryDeps): Promise<Integration> {
  const { tenantId, integrationId: id } = message;
  const number = await takeNumber(message, deps.db);
  if (number === undefined) return integration;
  const { run } = number;
  const now = deps.clock.now();
  await putHistory(
    tenantId,
    id,
    {
      id: message.runId ?? historyId(id, run),
      run,
      status: 'FAILED',
      trigger: message.trigger,
      scheduledFor: message.slot,
      startedAt: now,
      completedAt: now,
      recordsCount: 0,
      errorMessage: WORKER_STOPPED,
      details: {},
    },
    deps.db,
    { unlessThere: true },
  );
  return number.integration;
}

async function requeue(
  message: Parameters<typeof outgoing>[0],
  at: number,
  deps: Pick<BuryDeps, 'queues' | 'clock'>,
): Promise<void> {
  const { failed } = await deps.queues.send([outgoing(message, delaySeconds(at, deps.clock.now()))]);
  if (failed[0] !== undefined) throw new Error(`could not put a living message back: ${failed[0].reason}`);
}
