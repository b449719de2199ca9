import { randomUUID } from 'node:crypto';
import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { RetryLater } from '../../model/failure.ts';
import type { Clock } from '../clock.ts';
import {
  expiresAt,
  itemOfFailedCondition,
  type LimitsItem,
  type LimitsTable,
  numberIn,
  type StoreClock,
} from './limits-table.ts';

const FAILURES_TO_OPEN = 5;
export const BREAKER_OPEN_MS = 60_000;
/** Longer than any call may take, so that a probe whose worker died is the only one that is waited for this long. */
const PROBE_TIMEOUT_MS = 60_000;
/** When to look again while another worker probes. */
const PROBE_WAIT_MS = 10_000;
/** For this long a state that was read is believed; half a read unit each time. */
const CACHE_MS = 5_000;

/** A breaker that changed: opened (after failures in a row) or closed (by a probe that was answered). */
export interface BreakerChange {
  readonly state: 'opened' | 'closed';
  readonly failures: number;
  /** Epoch ms since which calls are held back; null when it has only just opened. */
  readonly openedAt: number | null;
}

export type BreakerOutcome = 'answered' | 'failed' | 'unknown';

/** Leave to make one call; to be settled with how it ended, whatever happened. */
export interface Permit {
  settle(outcome: BreakerOutcome): Promise<BreakerChange | undefined>;
}

/**
 * The breaker of one upstream origin and tenant, over all workers: opens after 5 failures in a row, holds all calls back
 * for 60 s, then lets one probe through and closes when it is answered. Free while all is well: an eventually consistent
 * read per run, and not one write.
 *
 * "In a row" is as far as workers know of each other: a success resets the count when its worker has seen a failure in
 * the last state it read (at most 5 s old) or met one itself.
 */
export interface Breaker {
  /** Throws RetryLater 'breaker_open' while calls are held back; takes nothing. */
  check(run: object): Promise<void>;
  /** As `check`; after the open time takes the probe, if nobody else has. */
  admit(run: object): Promise<Permit>;
  view(): Promise<BreakerView>;
  /**
   * Until when a credential must rest here (store clock, 0: it need not). For kinds without a rate limit the cooldown is
   * kept in this item, which is read anyway.
   */
  coolUntil(credential: string): Promise<number>;
  cool(credential: string, until: number): Promise<void>;
}

export interface BreakerView {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Epoch ms of the worker's clock; null when it is not open. */
  readonly until: number | null;
}

export function createBreaker(
  key: string,
  {
    limits,
    clock,
    storeClock,
    shownOrigin,
  }: {
    readonly limits: LimitsTable;
    readonly clock: Clock;
    readonly storeClock: StoreClock;
    /** For messages: the origin that is called. */
    readonly shownOrigin: string;
  },
): Breaker {
  let known: LimitsItem = {};
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  /** The probe this process has under way, and for which run. */
  let probing: { readonly run: object; readonly ended: Promise<void> } | undefined;

  function learn(item: LimitsItem): void {
    known = item;
    readAt = clock.now();
  }

  async function read(): Promise<void> {
    const { Item: item = {} } = await limits.client.send(
      new GetCommand({ TableName: limits.tableName, Key: { pk: key } }),
    );
    learn(item);
  }

  function isFresh(): boolean {
    const age = clock.now() - readAt;
    return age >= 0 && age < CACHE_MS;
  }

  async function refresh(): Promise<void> {
    if (isFresh()) return;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    await reading;
  }

  /** One conditional write; answers whether its condition held, and knows the item afterwards either way. */
  async function write(input: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<boolean> {
    try {
      const { Attributes: item = {} } = await limits.client.send(
        new UpdateCommand({
          TableName: limits.tableName,
          Key: { pk: key },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...input,
        }),
      );
      learn(item);
      return true;
    } catch (error) {
      const found = itemOfFailedCondition(error);
      if (found === undefined) throw error;
      learn(found);
      return false;
    }
  }

  const heldBack = (until: number): RetryLater => {
    const wait = Math.max(1, until - storeClock.now());
    return new RetryLater(
      clock.now() + wait,
      `breaker open: ${shownOrigin} failed ${numberIn(known, 'failures') ?? FAILURES_TO_OPEN} times in a row`,
      'breaker_open',
    );
  };

  /** Throws while the state that is known holds calls back. Answers whether calls need a probe first. */
  function needsProbe(): boolean {
    const openUntil = numberIn(known, 'openUntil');
    if (openUntil === undefined) return false;
    const now = storeClock.now();
    if (now < openUntil) throw heldBack(openUntil);
    const probeUntil = numberIn(known, 'probeUntil') ?? 0;
    if (now < probeUntil) throw heldBack(Math.min(probeUntil, now + PROBE_WAIT_MS));
    return true;
  }

  /**
   * Whether a call needs a probe first, once that is known; throws while calls are held back. A run's further calls wait
   * for its own probe instead of being put off. Nothing happens between the answer and the caller: `then` runs at once.
   */
  async function whenKnown<T>(run: object, then: (needed: boolean) => T): Promise<T> {
    for (;;) {
      if (probing?.run === run) await probing.ended;
      else if (!isFresh()) await refresh();
      else return then(needsProbe());
    }
  }

  async function takeProbe(run: object): Promise<Permit | undefined> {
    // Known before the write is done, so that the run's other calls wait for it instead of trying too.
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const own = { run, ended };
    probing = own;
    const end = (): void => {
      if (probing === own) probing = undefined;
      resolve();
    };
    const probe = randomUUID();
    const now = storeClock.now();
    const mine = await write({
      UpdateExpression: 'SET probeUntil = :probeUntil, probeBy = :probe, expiresAt = :expiresAt',
      ConditionExpression: 'openUntil <= :now AND (attribute_not_exists(probeUntil) OR probeUntil <= :now)',
      ExpressionAttributeValues: {
        ':now': now,
        ':probeUntil': now + PROBE_TIMEOUT_MS,
        ':probe': probe,
        ':expiresAt': expiresAt(now),
      },
    }).catch((error: unknown) => {
      end();
      throw error;
    });
    // (An answer that was lost and asked for again finds our own mark.)
    if (mine || known.probeBy === probe) return { settle: (outcome) => settleProbe(probe, outcome).finally(end) };
    end();
    return undefined;
  }

  async function settleProbe(probe: string, outcome: BreakerOutcome): Promise<BreakerChange | undefined> {
    const now = storeClock.now();
    const values = { ':probe': probe, ':expiresAt': expiresAt(now) };
    const ConditionExpression = 'probeBy = :probe';
    if (outcome === 'answered') {
      const failures = numberIn(known, 'failures') ?? 0;
      const openedAt = numberIn(known, 'openedAt') ?? null;
      const closed = await write({
        UpdateExpression: 'REMOVE failures, openUntil, openedAt, probeUntil, probeBy SET expiresAt = :expiresAt',
        ConditionExpression,
        ExpressionAttributeValues: values,
      });
      return closed ? { state: 'closed', failures, openedAt } : undefined;
    }
    if (outcome === 'failed') {
      await write({
        UpdateExpression:
          'SET openUntil = :openUntil, expiresAt = :expiresAt ADD failures :one REMOVE probeUntil, probeBy',
        ConditionExpression,
        ExpressionAttributeValues: { ...values, ':openUntil': now + BREAKER_OPEN_MS, ':one': 1 },
      });
    } else {
      await write({
        UpdateExpression: 'REMOVE probeUntil, probeBy SET expiresAt = :expiresAt',
        ConditionExpression,
        ExpressionAttributeValues: values,
      });
    }
    return undefined;
  }

  async function settleOrdinary(outcome: BreakerOutcome): Promise<BreakerChange | undefined> {
    if (outcome === 'unknown') return undefined;
    if (outcome === 'answered') {
      // A call from before it opened says nothing about now: only a probe closes it.
      if (numberIn(known, 'failures') === undefined || numberIn(known, 'openUntil') !== undefined) return undefined;
      await write({
        UpdateExpression: 'REMOVE failures',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(openUntil)',
      });
      return undefined;
    }
    if (numberIn(known, 'openUntil') !== undefined) return undefined;
    const now = storeClock.now();
    await write({
      UpdateExpression: 'ADD failures :one SET expiresAt = :expiresAt',
      ExpressionAttributeValues: { ':one': 1, ':expiresAt': expiresAt(now) },
    });
    const failures = numberIn(known, 'failures') ?? 0;
    if (failures < FAILURES_TO_OPEN || numberIn(known, 'openUntil') !== undefined) return undefined;
    // Of several workers whose failures came at once, one opens it, and tells so.
    const opened = await write({
      UpdateExpression: 'SET openUntil = :openUntil, openedAt = :now',
      ConditionExpression: 'failures >= :enough AND attribute_not_exists(openUntil)',
      ExpressionAttributeValues: { ':openUntil': now + BREAKER_OPEN_MS, ':now': now, ':enough': FAILURES_TO_OPEN },
    });
    return opened ? { state: 'opened', failures, openedAt: null } : undefined;
  }

  const ordinary: Permit = { settle: settleOrdinary };

  return {
    async check(run) {
      await whenKnown(run, () => undefined);
    },
    async admit(run) {
      for (;;) {
        const permit = await whenKnown(run, (needed) => (needed ? takeProbe(run) : ordinary));
        if (permit !== undefined) return permit;
        // Another was first, or has closed it since we looked: the item is known now.
      }
    },
    async view() {
      await read();
      const openUntil = numberIn(known, 'openUntil');
      if (openUntil === undefined) return { state: 'closed', until: null };
      const wait = openUntil - storeClock.now();
      return wait > 0 ? { state: 'open', until: clock.now() + wait } : { state: 'half_open', until: null };
    },
    async coolUntil(name) {
      await refresh();
      return numberIn(known, `cool_${name}`) ?? 0;
    },
    async cool(name, until) {
      await write({
        UpdateExpression: 'SET #cool = :until, expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(#cool) OR #cool < :until',
        ExpressionAttributeNames: { '#cool': `cool_${name}` },
        ExpressionAttributeValues: { ':until': until, ':expiresAt': expiresAt(storeClock.now()) },
      });
    },
  };
}
