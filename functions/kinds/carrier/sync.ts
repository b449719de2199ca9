import { LeaseLost, RetryLater, UpstreamError } from '../../model/failure.ts';
import { integrationKey } from '../../model/ids.ts';
import type { Run, SyncResult } from '../kind.ts';
import { openAccount } from './account.ts';
import { failureWords, rejectedCredential } from './failure-words.ts';
import { type Fleet, loadFleet } from './fleet.ts';
import type { CarrierProvider } from './provider.ts';
import { openPartition } from './store.ts';
import { firstPhase, goOn } from './walk.ts';
import { beginWalk, checkpointOf, resumeWalk, type Walk } from './walk-checkpoint.ts';

type Details = SyncResult['details'];

/**
 * One slice of a run: linked devices → usage and status → state pages. What was read is stored whatever ends the slice,
 * unless nothing could be read or the lease is gone.
 */
export async function syncCarrier(run: Run, provider: CarrierProvider): Promise<SyncResult> {
  const { integration, clock, token } = run;
  const { title } = provider.description;
  const account = openAccount(run, provider.description, run.deadline);
  const client = provider.open(account);
  const fleet = await loadFleet(openPartition(integrationKey(run.tenantId, run.integrationId), run.data));
  const walk =
    resumeWalk(run.checkpoint, integration.version, clock.now()) ??
    beginWalk(firstPhase(provider, client, integration.accountId), clock.now());
  if (fleet.links.length === 0) {
    return { outcome: 'success', recordsCount: 0, stored: false, details: detailsOf(walk, fleet, run) };
  }

  const checkpoint = () => checkpointOf(walk, integration.version, run.upstream.calls);
  const store = async (): Promise<void> => {
    run.assertHeld();
    await fleet.flush(walk, token);
  };
  const keep = async (): Promise<void> => {
    await store();
    await run.save({ checkpoint: checkpoint() });
  };

  const before = placeOf(walk);
  try {
    const steps = { provider, client, config: account.config, fleet, clock, deadline: run.deadline, keep };
    const done = await goOn(walk, steps);
    await store();
    return done
      ? finish(walk, fleet, run, title)
      : { outcome: 'continue', checkpoint: checkpoint(), details: detailsOf(walk, fleet, run) };
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    // Also when only failures were seen: the next slice must not stumble over the same device for ever.
    if (placeOf(walk) !== before) await keep();
    const ownFailure = error instanceof RetryLater && error.reason === 'breaker_open' && walk.firstProblem !== null;
    if (error instanceof UpstreamError || (ownFailure && walk.read.size === 0)) {
      return failed(
        walk,
        fleet,
        run,
        error instanceof UpstreamError ? failureWords(title, error) : nothingRead(walk, title),
      );
    }
    throw error;
  }
}

/** Differs as soon as a walk has got on. */
const placeOf = (walk: Walk): string => `${doneOf(walk)} ${walk.at} ${walk.position}`;
const doneOf = ({ read, failed, unknown, silent }: Walk): number =>
  read.size + failed.size + unknown.size + silent.size;

function finish(walk: Walk, fleet: Fleet, run: Run, title: string): SyncResult {
  const { read, failed: notRead, unknown, silent } = walk;
  if (read.size === 0 && silent.size === 0 && notRead.size > 0) {
    if (walk.forbidden > 0) throw rejectedCredential(title, 403);
    return failed(walk, fleet, run, nothingRead(walk, title));
  }
  const base = { recordsCount: read.size, stored: read.size > 0, details: detailsOf(walk, fleet, run) };
  if (notRead.size === 0 && unknown.size === 0) return { outcome: 'success', ...base };
  const total = fleet.links.length;
  const parts = [
    ...(notRead.size > 0 ? [`${notRead.size} of ${total} devices could not be read`] : []),
    ...(unknown.size > 0 ? [`${title} does not know ${unknown.size} of ${total} devices`] : []),
  ];
  return { outcome: 'partial', ...base, message: shorten(`${parts.join('; ')}. First: ${walk.firstProblem}.`) };
}

const failed = (walk: Walk, fleet: Fleet, run: Run, message: string): SyncResult => ({
  outcome: 'error',
  message: shorten(message),
  recordsCount: walk.read.size,
  details: detailsOf(walk, fleet, run),
});

const nothingRead = (walk: Walk, title: string): string =>
  `Nothing could be read from ${title}: ${[walk.bulkProblem, walk.firstProblem].filter((words) => words !== null).join('; ')}.`;

const shorten = (message: string): string => (message.length <= 500 ? message : `${message.slice(0, 499)}…`);

function detailsOf(walk: Walk, fleet: Fleet, run: Run): Details {
  const { read, failed: notRead, unknown, silent } = walk;
  return {
    devices: fleet.links.length,
    updated: read.size,
    failed: notRead.size,
    unknownToCarrier: unknown.size,
    /** Known to the carrier, without a word on usage: kept as it was. */
    withoutUsage: silent.size,
    statusUnreadable: walk.statusUnreadable,
    calls: walk.calls + run.upstream.calls,
    done: doneOf(walk),
    total: fleet.links.length,
    ...(walk.bulkProblem === null ? {} : { listingProblem: walk.bulkProblem }),
  };
}
