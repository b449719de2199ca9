import { LeaseLost, RetryLater, UpstreamError } from '../../model/failure.ts';
import { integrationKey } from '../../model/ids.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import type { Run, SyncResult } from '../kind.ts';
import { openAccount } from './account.ts';
import { loadCarried, saveCarried } from './carried.ts';
import { failureWords, rejectedCredential } from './failure-words.ts';
import { type Fleet, loadFleet } from './fleet.ts';
import type { CarrierProvider } from './provider.ts';
import { openPartition } from './store.ts';
import { firstPhase, goOn, PlaceLost } from './walk.ts';
import { beginWalk, checkpointOf, resumeWalk, type Walk, type WalkCheckpoint } from './walk-checkpoint.ts';

type Details = SyncResult['details'];

/** A place in the rate limit that is further off than this is a deferral, shown as such. */
const LONGEST_TURN_MS = 60_000;

/**
 * One slice of a run: linked devices → usage and status → state pages. What was read is stored whatever ends the slice,
 * unless nothing could be read or the lease is gone.
 */
export async function syncCarrier(run: Run, provider: CarrierProvider): Promise<SyncResult> {
  const { integration, clock, token } = run;
  const { title } = provider.description;
  const partition = openPartition(integrationKey(run.tenantId, run.integrationId), run.data);
  const { upstream, wasNotSent } = notingUnsent(run.upstream);
  const account = openAccount({ ...run, upstream }, provider.description, run.deadline);
  const client = provider.open(account);
  const fleet = await loadFleet(partition);
  const lastOrdinal = fleet.links.at(-1)?.ordinal ?? -1;
  const anew = (): Walk => beginWalk(firstPhase(provider, client, account), lastOrdinal, clock.now());
  if (fleet.links.length === 0) {
    return { outcome: 'success', recordsCount: 0, stored: false, details: detailsOf(anew(), fleet, run) };
  }

  const resumed = resumeWalk(run.checkpoint, integration.version, clock.now());
  let walk = resumed?.walk ?? anew();
  const before = placeOf(walk);

  /** Stores what was read, and only then says how far it goes. */
  const store = async (): Promise<WalkCheckpoint> => {
    run.assertHeld();
    await fleet.flush(walk, token);
    const carriedParts = walk.carry === undefined ? 0 : await saveCarried(walk.carry(), token, partition);
    return checkpointOf(walk, { version: integration.version, calls: run.upstream.calls, carriedParts });
  };
  const keep = async (): Promise<void> => run.save({ checkpoint: await store() });
  const steps = { provider, client, config: account.config, fleet, clock, deadline: run.deadline, keep };

  try {
    let done: boolean;
    try {
      done = await goOn(walk, { ...steps, carried: await loadCarried(resumed?.carriedParts ?? 0, partition) });
    } catch (error) {
      if (!(error instanceof PlaceLost)) throw error;
      walk = anew();
      done = await goOn(walk, { ...steps, carried: null });
    }
    if (!done) return { outcome: 'continue', checkpoint: await store(), details: detailsOf(walk, fleet, run) };
    if (nothingWasRead(walk)) {
      // A single refusal among failures of another kind says nothing of the credential.
      if (walk.forbidden > 0 && walk.forbidden >= walk.failed.size) throw rejectedCredential(title, 403);
      return failed(walk, fleet, run, nothingRead(walk, title));
    }
    await store();
    return finish(walk, fleet, run, title);
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    const nothing = walk.read.size === 0 ? whyNothing(error, walk, title) : undefined;
    if (nothing !== undefined) return failed(walk, fleet, run, nothing);
    const gotOn = placeOf(walk) !== before;
    if (gotOn && error instanceof RetryLater && wasNotSent(error) && error.until - clock.now() <= LONGEST_TURN_MS) {
      // Its turn in the rate limit comes after this slice: the run goes on then, it is not put off.
      const details = detailsOf(walk, fleet, run);
      return { outcome: 'continue', checkpoint: await store(), resumeAt: error.until, details };
    }
    // Also when only failures were seen: the next slice must not stumble over the same device for ever.
    if (gotOn) await keep();
    throw error;
  }
}

/** Tells calls that waited for the rate limit in vain from those the carrier has answered with "later". */
function notingUnsent(upstream: Upstream): { upstream: Upstream; wasNotSent: (error: RetryLater) => boolean } {
  const unsent = new WeakSet<RetryLater>();
  const noting = async <T>(send: () => Promise<T>): Promise<T> => {
    const before = upstream.calls;
    try {
      return await send();
    } catch (error) {
      const refused = error instanceof RetryLater && error.reason === 'rate_limited';
      if (refused && upstream.calls === before) unsent.add(error);
      throw error;
    }
  };
  return {
    upstream: {
      send: (request) => noting(() => upstream.send(request)),
      json: (request) => noting(() => upstream.json(request)),
      get calls() {
        return upstream.calls;
      },
    },
    wasNotSent: (error) => unsent.has(error),
  };
}

/** Words for a run that could read nothing; undefined when the error has a say of its own (put off, rejected credential). */
function whyNothing(error: unknown, walk: Walk, title: string): string | undefined {
  if (error instanceof UpstreamError) return `${failureWords(title, error)}.`;
  // The breaker opened over this run's own failures: those are the news.
  const own = walk.failed.size > 0 || walk.bulkProblem !== null;
  return own && error instanceof RetryLater && error.reason === 'breaker_open' ? nothingRead(walk, title) : undefined;
}

/** Differs as soon as a walk has got on. */
const placeOf = (walk: Walk): string => `${doneOf(walk)} ${walk.at} ${walk.position}`;
const doneOf = ({ read, failed, unknown, silent }: Walk): number =>
  read.size + failed.size + unknown.size + silent.size;

/** Neither the list nor any device could be read, or every device failed: what is known stays as it is. */
const nothingWasRead = ({ read, silent, failed, bulkProblem }: Walk): boolean =>
  read.size === 0 && (bulkProblem !== null || (silent.size === 0 && failed.size > 0));

function finish(walk: Walk, fleet: Fleet, run: Run, title: string): SyncResult {
  const { read, failed: notRead, unknown } = walk;
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
