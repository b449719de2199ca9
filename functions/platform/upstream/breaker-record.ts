import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock.ts';
import {
  expiresAt,
  itemOfFailedCondition,
  type LimitsItem,
  type LimitsTable,
  numberIn,
  type StoreClock,
} from './limits-table.ts';

export const FAILURES_TO_OPEN = 5;
const OPEN_MS = 60_000;
/** Longer than any call may take: a probe is taken over only when its worker must have died. */
const PROBE_TIMEOUT_MS = 60_000;
/** For this long a state that was read is believed; half a read unit each time. */
const CACHE_MS = 5_000;

/** A breaker's stored item, and what this process knows of it: whatever was read or written last. Times by the store's clock. */
export interface BreakerRecord {
  known(): {
    readonly failures: number;
    readonly openUntil: number | undefined;
    readonly openedAt: number | undefined;
    readonly probeUntil: number;
    coolUntil(credential: string): number;
  };
  isFresh(): boolean;
  /** Reads the item unless what is known is fresh; one reading for all who ask at once. */
  refresh(): Promise<void>;
  /** Eventually consistent: what a stale state would get wrong, the condition of a write puts right. */
  read(): Promise<void>;
  /** One failure more in a row. */
  countFailure(): Promise<void>;
  /** The row of failures has ended. */
  forgetFailures(): Promise<void>;
  /** The changes below answer whether it was this call that made them. */
  open(): Promise<boolean>;
  takeProbe(probe: string): Promise<boolean>;
  releaseProbe(probe: string): Promise<boolean>;
  /** Opens again, because its probe failed. */
  reopen(probe: string): Promise<boolean>;
  close(probe: string): Promise<boolean>;
  cool(credential: string, until: number): Promise<boolean>;
}

export function createBreakerRecord(
  key: string,
  {
    limits,
    clock,
    storeClock,
  }: { readonly limits: LimitsTable; readonly clock: Clock; readonly storeClock: StoreClock },
): BreakerRecord {
  let item: LimitsItem = {};
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  function learn(current: LimitsItem): void {
    item = current;
    readAt = clock.now();
  }

  function isFresh(): boolean {
    const age = clock.now() - readAt;
    return age >= 0 && age < CACHE_MS;
  }

  async function read(): Promise<void> {
    const { Item: found = {} } = await limits.client.send(
      new GetCommand({ TableName: limits.tableName, Key: { pk: key } }),
    );
    learn(found);
  }

  /** Answers whether the condition held; the item is known afterwards either way. */
  async function write(input: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<boolean> {
    try {
      const { Attributes: written = {} } = await limits.client.send(
        new UpdateCommand({
          TableName: limits.tableName,
          Key: { pk: key },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...input,
        }),
      );
      learn(written);
      return true;
    } catch (error) {
      const found = itemOfFailedCondition(error);
      if (found === undefined) throw error;
      learn(found);
      return false;
    }
  }

  /** A change only the owner of the probe may make. */
  const writeAsProbe = (probe: string, update: string, values: Readonly<Record<string, number>> = {}) =>
    write({
      UpdateExpression: `${update} REMOVE probeUntil, probeBy`,
      ConditionExpression: 'probeBy = :probe',
      ExpressionAttributeValues: { ':probe': probe, ':expiresAt': expiresAt(storeClock.now()), ...values },
    });

  return {
    known: () => ({
      failures: numberIn(item, 'failures') ?? 0,
      openUntil: numberIn(item, 'openUntil'),
      openedAt: numberIn(item, 'openedAt'),
      probeUntil: numberIn(item, 'probeUntil') ?? 0,
      coolUntil: (credential) => numberIn(item, `cool_${credential}`) ?? 0,
    }),
    isFresh,
    read,
    async refresh() {
      if (isFresh()) return;
      reading ??= read().finally(() => {
        reading = undefined;
      });
      await reading;
    },
    async countFailure() {
      await write({
        UpdateExpression: 'ADD failures :one SET expiresAt = :expiresAt',
        ExpressionAttributeValues: { ':one': 1, ':expiresAt': expiresAt(storeClock.now()) },
      });
    },
    async forgetFailures() {
      await write({
        UpdateExpression: 'REMOVE failures',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(openUntil)',
      });
    },
    open() {
      const now = storeClock.now();
      return write({
        UpdateExpression: 'SET openUntil = :openUntil, openedAt = :now',
        ConditionExpression: 'failures >= :enough AND attribute_not_exists(openUntil)',
        ExpressionAttributeValues: { ':openUntil': now + OPEN_MS, ':now': now, ':enough': FAILURES_TO_OPEN },
      });
    },
    async takeProbe(probe) {
      const now = storeClock.now();
      const taken = await write({
        UpdateExpression: 'SET probeUntil = :until, probeBy = :probe, expiresAt = :expiresAt',
        ConditionExpression: 'openUntil <= :now AND (attribute_not_exists(probeUntil) OR probeUntil <= :now)',
        ExpressionAttributeValues: {
          ':now': now,
          ':until': now + PROBE_TIMEOUT_MS,
          ':probe': probe,
          ':expiresAt': expiresAt(now),
        },
      });
      // A write whose answer was lost, and that the SDK made again, finds its own mark.
      return taken || item.probeBy === probe;
    },
    releaseProbe: (probe) => writeAsProbe(probe, 'SET expiresAt = :expiresAt'),
    reopen: (probe) =>
      writeAsProbe(probe, 'ADD failures :one SET openUntil = :openUntil, expiresAt = :expiresAt', {
        ':one': 1,
        ':openUntil': storeClock.now() + OPEN_MS,
      }),
    close: (probe) =>
      write({
        UpdateExpression: 'REMOVE failures, openUntil, openedAt, probeUntil, probeBy',
        ConditionExpression: 'probeBy = :probe',
        ExpressionAttributeValues: { ':probe': probe },
      }),
    cool: (credential, until) =>
      write({
        UpdateExpression: 'SET #cool = :until, expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(#cool) OR #cool < :until',
        ExpressionAttributeNames: { '#cool': `cool_${credential}` },
        ExpressionAttributeValues: { ':until': until, ':expiresAt': expiresAt(storeClock.now()) },
      }),
  };
}
