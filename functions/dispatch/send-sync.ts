import type { Integration } from '../model/integration.ts';
import type { QueueMessage, SyncMessage } from '../model/message.ts';
import type { SlotToSend } from '../model/slot.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import type { OutgoingMessage, Queues } from '../platform/queues.ts';

/** SQS keeps a message back for 15 minutes at most. */
const MAX_DELAY_SECONDS = 900;

export interface SendDeps {
  readonly queues: Queues;
  readonly clock: Clock;
}

/** A message for one slot, kept back until the slot has come. */
export function slotMessage(
  integration: Pick<Integration, 'tenantId' | 'id' | 'kind' | 'scheduleVersion'>,
  { slot, resume }: SlotToSend,
  now: number,
): OutgoingMessage {
  const message: SyncMessage = {
    v: 1,
    tenantId: integration.tenantId,
    integrationId: integration.id,
    kind: integration.kind,
    slot,
    trigger: 'schedule',
    scheduleVersion: integration.scheduleVersion,
    ...(resume !== undefined && { resume }),
  };
  return outgoing(message, delaySeconds(slot, now));
}

/** Rounded up: a run never starts before its slot. */
export const delaySeconds = (at: number, now: number): number =>
  Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil((at - now) / 1000)));

/** The message group is the tenant: SQS then serves tenants fairly on a standard queue. */
export function outgoing(message: QueueMessage, delay: number): OutgoingMessage {
  const body = JSON.stringify('purge' in message ? message : { ...message, delay });
  return { kind: message.kind, group: message.tenantId, body, delaySeconds: delay };
}

/** Enqueues the slots a change of schedule asks for. */
export async function sendSlots(integration: Integration, slots: readonly SlotToSend[], deps: SendDeps): Promise<void> {
  if (slots.length === 0) return;
  const now = deps.clock.now();
  const { failed } = await deps.queues.send(slots.map((slot) => slotMessage(integration, slot, now)));
  if (failed.length > 0)
    throw new Error(`could not enqueue ${failed.length} of ${slots.length} slots: the queue refused them`);
}

/** Asks for a run now, beside the schedule. Answers with the id its history entry will have. */
export async function requestSync(
  integration: Integration,
  trigger: 'manual' | 'redrive',
  deps: SendDeps & { readonly ids: Ids },
): Promise<{ readonly runId: string }> {
  const runId = deps.ids.next();
  const message: SyncMessage = {
    v: 1,
    tenantId: integration.tenantId,
    integrationId: integration.id,
    kind: integration.kind,
    slot: deps.clock.now(),
    trigger,
    scheduleVersion: integration.scheduleVersion,
    runId,
  };
  const { failed } = await deps.queues.send([outgoing(message, 0)]);
  if (failed[0] !== undefined) throw new Error(`could not enqueue the run: ${failed[0].reason}`);
  return { runId };
}

/**
 * Asks for the data of a deleted integration to be removed, once every run that was going on is over; and once more later,
 * for what a worker that stood still has written after that.
 */
export async function requestPurge(integration: Integration, deps: SendDeps): Promise<void> {
  const { tenantId, id: integrationId, kind } = integration;
  const { failed } = await deps.queues.send(
    PURGE_DELAYS_SECONDS.map((delay) => outgoing({ v: 1, purge: true, tenantId, integrationId, kind }, delay)),
  );
  if (failed[0] !== undefined) throw new Error(`could not enqueue the removal of its data: ${failed[0].reason}`);
}

const PURGE_DELAYS_SECONDS = [90, MAX_DELAY_SECONDS];
