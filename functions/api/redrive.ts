import { outgoing, requestSync } from '../dispatch/send-sync.ts';
import { ApiError } from '../kinds/route.ts';
import type { TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import { type PurgeMessage, parseQueueMessage } from '../model/message.ts';
import { describeError } from '../platform/describe-error.ts';
import {
  type DeadLetter,
  getDeadLetter,
  holdDeadLetter,
  listDeadLetters,
  releaseDeadLetter,
  removeDeadLetter,
} from '../store/dead-letters.ts';
import { getIntegration } from '../store/integrations.ts';
import type { ApiDeps } from './api-route.ts';
import { sending } from './enqueue.ts';
import { toErrorAnswer } from './error-answer.ts';
import { wakeOf } from './kind-deps.ts';

type Deps = Pick<ApiDeps, 'db' | 'queues' | 'clock' | 'ids' | 'kinds' | 'log'>;

/** How long one redrive keeps others away from its letter. */
const HOLD_MS = 60_000;
/** Of one request; more of a kind are left for the next. */
export const MAX_REDRIVE = 100;
const AT_ONCE = 8;

export interface Redriven {
  readonly id: string;
  /** Of the run that was asked for; null for what does not become a run of its own. */
  readonly runId: string | null;
}

/**
 * Puts what a letter is about back to work, and removes the letter only after that: a crash between the two leaves a letter
 * too many, never one too few. Throws 404, 409 or 422 and leaves the letter where it cannot be put back.
 */
export async function redriveOne(tenantId: TenantId, id: string, correction: unknown, deps: Deps): Promise<Redriven> {
  const letter = await holdDeadLetter(tenantId, id, deps.clock.now() + HOLD_MS, deps.db);
  if (letter === undefined) throw noSuchLetter();
  if (letter === 'held') throw new ApiError(409, 'conflict', 'This dead letter is being redriven right now.');
  try {
    const runId = await putBack(letter, correction, deps);
    await removeDeadLetter(tenantId, id, deps.db);
    return { id, runId };
  } catch (error) {
    await releaseDeadLetter(tenantId, id, deps.db);
    throw error;
  }
}

/** The id of the run that was asked for, or null where there is none. */
async function putBack(letter: DeadLetter, correction: unknown, deps: Deps): Promise<string | null> {
  const { subject } = letter;
  if (subject.type === 'receipt') {
    const integration = await integrationOf(letter, deps);
    const kind = deps.kinds[integration.kind];
    if (kind?.redrive === undefined) throw notRedrivable('its kind cannot put it back');
    await kind.redrive(letter, {
      integration,
      data: { client: deps.db.client, tableName: deps.db.tables.data },
      clock: deps.clock,
      ids: deps.ids,
      wake: wakeOf(deps),
      correction,
    });
    return null;
  }
  const message = parseQueueMessage(subject.body);
  if (message === undefined) throw notRedrivable('its message cannot be read');
  if ('purge' in message) {
    // The integration it names is gone: that is what it is for.
    await sending(sendAgain(message, deps), deps);
    return null;
  }
  const integration = await integrationOf(letter, deps);
  return (await sending(requestSync(integration, 'redrive', deps), deps)).runId;
}

async function sendAgain(message: PurgeMessage, { queues }: Deps): Promise<void> {
  const { failed } = await queues.send([outgoing(message, 0)]);
  if (failed[0] !== undefined) throw new Error(failed[0].reason);
}

async function integrationOf(letter: DeadLetter, { db }: Deps): Promise<Integration> {
  const { tenantId, integrationId } = letter;
  if (tenantId === null || integrationId === null) throw notRedrivable('it names no integration');
  const integration = await getIntegration(tenantId, integrationId, db);
  if (integration === undefined) {
    throw new ApiError(
      409,
      'integration_gone',
      'Its integration was deleted; the dead letter can only be deleted too.',
    );
  }
  return integration;
}

export interface RedriveReport {
  readonly dryRun: boolean;
  /** Letters that were (or, on a dry run, would be) tried. */
  readonly count: number;
  readonly redriven: readonly Redriven[];
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  /** Null when no more letters of the kind are left. */
  readonly next: string | null;
}

/** Redrives the named letters, or the newest of a kind. One that fails stays and does not stop the others. */
export async function redriveMany(
  tenantId: TenantId,
  selection: { readonly ids: readonly string[] } | { readonly kind: KindName; readonly before: string | null },
  dryRun: boolean,
  deps: Deps,
): Promise<RedriveReport> {
  const { ids, next } = await select(tenantId, selection, deps);
  const redriven: Redriven[] = [];
  const failed: { id: string; code: string; message: string }[] = [];
  const waiting = [...new Set(ids)];
  const count = waiting.length;
  const lane = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        if (!dryRun) redriven.push(await redriveOne(tenantId, id, undefined, deps));
        else if ((await getDeadLetter(tenantId, id, deps.db)) === undefined) throw noSuchLetter();
      } catch (error) {
        const { code, message, unexpected } = toErrorAnswer(error, deps.clock);
        if (unexpected)
          deps.log.error('could not redrive a dead letter', {
            tenantId,
            deadLetterId: id,
            error: describeError(error),
          });
        failed.push({ id, code, message });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, lane));
  return { dryRun, count, redriven, failed, next };
}

async function select(
  tenantId: TenantId,
  selection: Parameters<typeof redriveMany>[1],
  { db }: Deps,
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  if ('ids' in selection) return { ids: selection.ids, next: null };
  const page = { limit: MAX_REDRIVE, before: selection.before, kind: selection.kind };
  const { deadLetters, next } = await listDeadLetters(tenantId, page, db);
  return { ids: deadLetters.map(({ id }) => id), next };
}

export const noSuchLetter = (): ApiError => new ApiError(404, 'not_found', 'There is no such dead letter.');

const notRedrivable = (why: string): ApiError =>
  new ApiError(422, 'not_redrivable', `This dead letter cannot be redriven: ${why}.`);
