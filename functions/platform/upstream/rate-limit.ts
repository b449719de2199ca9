import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { RetryLater } from '../../model/failure.ts';
import type { Clock } from '../clock.ts';
import type { Cooldowns } from './cooldowns.ts';
import {
  expiresAt,
  itemOfFailedCondition,
  type LimitsItem,
  type LimitsTable,
  numberIn,
  type StoreClock,
} from './limits-table.ts';
import type { RateLimit } from './upstream.ts';

const WINDOW_MS = 60_000;
/** Timers are late by this much; a call that is later than its turn by more does not let the next one follow sooner. */
const LATE_TIMER_MS = 20;
/** A token not used within this time after its moment is gone: used later, it would crowd those after it. */
const TOKEN_LIFETIME_MS = 1_000;
/** What workers' clocks (see store-clock.ts) and travelling times may differ by. */
const INACCURACY_MS = 1_000;
/** At most this far ahead tokens are reserved, so that a 429 seen by one worker stops the others this soon. */
const GROUP_MS = 3_000;
/** However patient a caller is: nobody puts the next free token off by more than this. */
const MAX_PATIENCE_MS = 3_600_000;
/** No limit puts its tokens further apart, nor lets more of them be used early: it is one call a minute at least. */
const MAX_SPACING_MS = WINDOW_MS + TOKEN_LIFETIME_MS + INACCURACY_MS;
/** A `tat` further ahead is none that a limit could have made (one that is allowed no more did): it would lock the credential. */
const nobodysTat = (now: number): number => now + MAX_PATIENCE_MS + 2 * MAX_SPACING_MS;
/** Reservations lost in a row to other workers before giving way. */
const MAX_ATTEMPTS = 8;

export interface RateLimiter {
  /**
   * Resolves when one call may be sent. Throws RetryLater when the credential is cooling or its turn comes after
   * `deadline`, and the signal's reason when it is aborted.
   */
  take(key: string, limit: RateLimit, patience: Patience): Promise<void>;
  /** Lets nobody use the credential until then (store clock). */
  cool(key: string, until: number): Promise<void>;
}

/** How long a caller is ready to wait. */
export interface Patience {
  /** Epoch ms of the worker's own clock. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/**
 * GCRA: the item's `tat` is the moment of the next free token; tokens are `spacing` apart. Whoever moves `tat` by n
 * spacings owns the n moments in between, by one conditional write. At most `burst` tokens may be used before their
 * moment. Spacing is chosen so that, whatever is used early (burst), late (lifetime) or by a clock that is off
 * (inaccuracy), no 60 seconds hold more than `requestsPerMinute` calls of all workers together.
 */
export function spacingOf({ requestsPerMinute, burst = 1 }: RateLimit): { spacingMs: number; earlyMs: number } {
  const atOnce = Math.max(1, Math.min(burst, Math.floor(requestsPerMinute / 2)));
  const spacingMs = Math.ceil(MAX_SPACING_MS / (requestsPerMinute - atOnce + 1));
  return { spacingMs, earlyMs: (atOnce - 1) * spacingMs };
}

/** What this process holds of one credential's limit: shared by all its runs. */
interface Holding {
  /** Moments of reserved tokens, soonest first. */
  tokens: number[];
  reserving: Promise<void> | undefined;
  waiting: number;
  /** The moment of the next call by this process's own pace: tokens that a slow call has left over are no burst. */
  paceAt: number;
  /** As last seen in the store. */
  tat: number;
  groupSize: number;
  usedUpAt: number;
}

const MAX_HOLDINGS = 2_000;

export function createRateLimiter(deps: {
  readonly limits: LimitsTable;
  readonly clock: Clock;
  readonly storeClock: StoreClock;
  readonly cooldowns: Cooldowns;
}): RateLimiter {
  const { limits, clock, storeClock, cooldowns } = deps;
  const holdings = new Map<string, Holding>();

  function holdingOf(key: string, limit: RateLimit): Holding {
    const id = `${key} ${limit.requestsPerMinute} ${limit.burst ?? 1}`;
    const known = holdings.get(id);
    if (known !== undefined) return known;
    if (holdings.size >= MAX_HOLDINGS) {
      for (const [each, { waiting, reserving }] of holdings) if (waiting === 0 && !reserving) holdings.delete(each);
    }
    const none = { tokens: [], reserving: undefined, waiting: 0 };
    const holding: Holding = { ...none, paceAt: 0, tat: 0, groupSize: 1, usedUpAt: 0 };
    holdings.set(id, holding);
    return holding;
  }

  function refuseIfCooling(key: string): void {
    const wait = cooldowns.until(key) - storeClock.now();
    if (wait > 0) throw new RetryLater(clock.now() + wait, 'rate limited: the provider asked to wait', 'rate_limited');
  }

  const tooLate = (wait: number, limit: RateLimit): RetryLater =>
    new RetryLater(
      clock.now() + wait,
      `rate limited: the ${limit.requestsPerMinute} calls a minute of this credential are in use`,
      'rate_limited',
    );

  async function take(key: string, limit: RateLimit, patience: Patience): Promise<void> {
    const holding = holdingOf(key, limit);
    holding.waiting += 1;
    try {
      for (;;) {
        patience.signal.throwIfAborted();
        refuseIfCooling(key);
        const token = nextToken(holding, storeClock.now());
        if (token === undefined) {
          await reserveOnce(holding, key, limit, patience);
          continue;
        }
        try {
          await untilItsTurn(token, holding, limit, patience);
        } catch (error) {
          giveBack(holding, token);
          throw error;
        }
        refuseIfCooling(key);
        const now = storeClock.now();
        if (now >= token + TOKEN_LIFETIME_MS) continue;
        holding.paceAt = Math.max(token, holding.paceAt, now - LATE_TIMER_MS) + spacingOf(limit).spacingMs;
        return;
      }
    } finally {
      holding.waiting -= 1;
    }
  }

  async function untilItsTurn(token: number, holding: Holding, limit: RateLimit, patience: Patience): Promise<void> {
    const { earlyMs } = spacingOf(limit);
    for (;;) {
      // Others of this process may go first meanwhile.
      const wait = Math.max(token, holding.paceAt) - earlyMs - storeClock.now();
      if (wait <= 0) return;
      if (clock.now() + wait > patience.deadline) throw tooLate(wait, limit);
      await clock.sleep(wait, patience.signal);
    }
  }

  /** One reservation at a time in this process; whoever waited for another's looks again what there is. */
  async function reserveOnce(holding: Holding, key: string, limit: RateLimit, patience: Patience): Promise<void> {
    if (holding.reserving !== undefined) {
      await holding.reserving.catch(() => {});
      return;
    }
    holding.reserving = reserve(holding, key, limit, patience);
    try {
      await holding.reserving;
    } finally {
      holding.reserving = undefined;
    }
  }

  async function reserve(holding: Holding, key: string, limit: RateLimit, patience: Patience): Promise<void> {
    const { spacingMs, earlyMs } = spacingOf(limit);
    const count = groupSize(holding, spacingMs, storeClock.now());
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const now = storeClock.now();
      const latest = now + Math.min(MAX_PATIENCE_MS, Math.max(0, patience.deadline - clock.now())) + earlyMs;
      try {
        const first = await advance(key, { now, latest, by: count * spacingMs, busy: holding.tat > now });
        holding.tat = first + count * spacingMs;
        holding.tokens.push(...Array.from({ length: count }, (_, i) => first + i * spacingMs));
        return;
      } catch (error) {
        const found = itemOfFailedCondition(error);
        if (found === undefined) throw error;
        cooldowns.extend(key, numberIn(found, 'coolUntil') ?? 0);
        refuseIfCooling(key);
        const tat = numberIn(found, 'tat') ?? 0;
        holding.tat = tat > nobodysTat(now) ? 0 : tat;
        if (holding.tat > latest) throw tooLate(holding.tat - earlyMs - now, limit);
      }
    }
    throw tooLate(spacingMs * count, limit);
  }

  /** Moves `tat` and answers where it was, or now if that is later. */
  async function advance(
    key: string,
    { now, latest, by, busy }: { now: number; latest: number; by: number; busy: boolean },
  ): Promise<number> {
    const notCooling = '(attribute_not_exists(coolUntil) OR coolUntil <= :now)';
    const { Attributes: attributes = {} } = await limits.client.send(
      new UpdateCommand({
        TableName: limits.tableName,
        Key: { pk: key },
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ...(busy
          ? {
              UpdateExpression: 'SET tat = tat + :by, expiresAt = :expiresAt',
              ConditionExpression: `tat > :now AND tat <= :latest AND ${notCooling}`,
              ExpressionAttributeValues: { ':by': by, ':now': now, ':latest': latest, ':expiresAt': expiresAt(now) },
            }
          : {
              UpdateExpression: 'SET tat = :next, expiresAt = :expiresAt',
              ConditionExpression: `(attribute_not_exists(tat) OR tat <= :now OR tat > :nobodys) AND ${notCooling}`,
              ExpressionAttributeValues: {
                ':next': now + by,
                ':now': now,
                ':nobodys': nobodysTat(now),
                ':expiresAt': expiresAt(now),
              },
            }),
      }),
    );
    return (numberIn(attributes as LimitsItem, 'tat') ?? now + by) - by;
  }

  return {
    take,
    async cool(key, until) {
      cooldowns.extend(key, until);
      const now = storeClock.now();
      try {
        await limits.client.send(
          new UpdateCommand({
            TableName: limits.tableName,
            Key: { pk: key },
            UpdateExpression: 'SET coolUntil = :until, expiresAt = :expiresAt',
            ConditionExpression: 'attribute_not_exists(coolUntil) OR coolUntil < :until',
            ExpressionAttributeValues: { ':until': until, ':expiresAt': expiresAt(now) },
          }),
        );
      } catch (error) {
        if (itemOfFailedCondition(error) === undefined) throw error;
      }
    },
  };
}

function nextToken(holding: Holding, now: number): number | undefined {
  for (;;) {
    const token = holding.tokens.shift();
    if (token === undefined) return undefined;
    if (holding.tokens.length === 0) holding.usedUpAt = Math.max(now, token);
    if (now < token + TOKEN_LIFETIME_MS) return token;
  }
}

function giveBack(holding: Holding, token: number): void {
  holding.tokens = [...holding.tokens, token].sort((a, b) => a - b);
}

/** One for whoever calls now and then; twice as many each time a group was used up, while the calls go on. */
function groupSize(holding: Holding, spacingMs: number, now: number): number {
  const most = Math.max(1, Math.floor(GROUP_MS / spacingMs));
  const goesOn = now - holding.usedUpAt < TOKEN_LIFETIME_MS + spacingMs;
  holding.groupSize = Math.min(most, Math.max(goesOn ? holding.groupSize * 2 : 1, holding.waiting));
  return holding.groupSize;
}
