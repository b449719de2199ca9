import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetryLater } from '../../../functions/model/failure.ts';
import { createCooldowns } from '../../../functions/platform/upstream/cooldowns.ts';
import { createRateLimiter, spacingOf } from '../../../functions/platform/upstream/rate-limit.ts';
import type { RateLimit } from '../../../functions/platform/upstream/upstream.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { countedClient } from '../support/counted-client.ts';
import { virtualClock } from '../support/virtual-clock.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const MINUTE = 60_000;
let keys = 0;

/** Several workers over one table; their own clocks may differ, the store's clock is one. */
function aFleet({ skews = [0] }: { readonly skews?: readonly number[] } = {}) {
  const counted = countedClient(db.client);
  const clock = virtualClock(counted.busy);
  const key = `limit#test#${++keys}`;
  const workers = skews.map((skew) => {
    const own = clock.skewed(skew);
    const limiter = createRateLimiter({
      limits: { client: counted.client, tableName: db.tables.limits },
      clock: own,
      storeClock: clock,
      cooldowns: createCooldowns(),
    });
    return {
      cool: (ms: number) => limiter.cool(key, clock.now() + ms),
      take: (limit: RateLimit, patienceMs = Number.POSITIVE_INFINITY, signal = new AbortController().signal) =>
        limiter.take(key, limit, { deadline: own.now() + patienceMs, signal }),
      now: own.now,
    };
  });
  const stored = async () =>
    (await db.client.send(new GetCommand({ TableName: db.tables.limits, Key: { pk: key } }))).Item;
  const setTat = (tat: number) =>
    db.client.send(new PutCommand({ TableName: db.tables.limits, Item: { pk: key, tat } }));
  return { clock, workers, counted, stored, setTat };
}

/** The most calls in any window of a minute, or of `windowMs`. */
function busiest(times: readonly number[], windowMs = MINUTE): number {
  const sorted = [...times].sort((a, b) => a - b);
  const from = (start: number) => sorted.filter((time) => time >= start && time < start + windowMs);
  return Math.max(0, ...sorted.map((start) => from(start).length));
}

/** Each worker calls one time after another, for so long. */
async function callSteadily(fleet: ReturnType<typeof aFleet>, limit: RateLimit, forMs: number, pauseMs = 0) {
  const times: number[] = [];
  const stop = new AbortController();
  const end = fleet.clock.now() + forMs;
  const running = fleet.workers.map(async ({ take }) => {
    while (fleet.clock.now() < end) {
      await take(limit, undefined, stop.signal);
      times.push(fleet.clock.now());
      if (pauseMs > 0) await fleet.clock.sleep(pauseMs, stop.signal);
    }
  });
  await fleet.clock.advance(forMs);
  stop.abort();
  await Promise.allSettled(running);
  return times;
}

describe('calls of all workers together', () => {
  it('are at most the limit in any minute, and not far below it', async () => {
    const fleet = aFleet({ skews: [0, 0, 0] });
    const times = await callSteadily(fleet, { requestsPerMinute: 60 }, 3 * MINUTE);
    expect(busiest(times)).toBeLessThanOrEqual(60);
    expect(times.length).toBeGreaterThan(3 * 52);
  });

  it('are, also when the workers’ own clocks are minutes apart', async () => {
    const fleet = aFleet({ skews: [0, 4 * MINUTE, -3 * MINUTE] });
    const times = await callSteadily(fleet, { requestsPerMinute: 30 }, 3 * MINUTE);
    expect(busiest(times)).toBeLessThanOrEqual(30);
    expect(times.length).toBeGreaterThan(3 * 25);
  });

  it('are no more in a second than the limit has for one, also when a slow call has left tokens over', async () => {
    const { clock, workers } = aFleet();
    const times: number[] = [];
    const calling = (async () => {
      while (times.length < 120) {
        await workers[0]?.take({ requestsPerMinute: 600 });
        times.push(clock.now());
        await clock.sleep(times.length % 20 === 0 ? 990 : 1);
      }
    })();
    await clock.advance(MINUTE);
    await calling;
    expect(busiest(times, 1_000)).toBeLessThanOrEqual(10);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(20_000);
  });

  it('are, whatever the limit, the burst and the rhythm', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(0, 300, 1_700, 9_000),
        async (requestsPerMinute, burst, workers, pauseMs) => {
          const fleet = aFleet({ skews: Array.from({ length: workers }, () => 0) });
          const times = await callSteadily(fleet, { requestsPerMinute, burst }, 2.5 * MINUTE, pauseMs);
          expect(busiest(times)).toBeLessThanOrEqual(requestsPerMinute);
          expect(times.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('may go several at once after a quiet time, where the limit has a burst', async () => {
    const { clock, workers } = aFleet();
    const limit = { requestsPerMinute: 60, burst: 10 };
    const startedAt = clock.now();
    const times: number[] = [];
    for (let i = 0; i < 15; i += 1) void workers[0]?.take(limit).then(() => times.push(clock.now() - startedAt));
    await clock.advance(0);
    expect(times).toHaveLength(10);
    await clock.advance(8_000);
    expect(times).toHaveLength(15);
  });
});

describe('tokens', () => {
  it('are reserved several at a time while calls go on', async () => {
    const fleet = aFleet();
    const times = await callSteadily(fleet, { requestsPerMinute: 600 }, MINUTE);
    expect(times.length).toBeGreaterThan(500);
    expect(fleet.counted.sent.UpdateCommand).toBeLessThan(times.length / 10);
  });

  it('are reserved one at a time for whoever calls now and then', async () => {
    const { clock, workers, counted, stored } = aFleet();
    for (let i = 0; i < 3; i += 1) {
      await workers[0]?.take({ requestsPerMinute: 60 });
      await clock.advance(10 * MINUTE);
    }
    expect(counted.sent).toEqual({ UpdateCommand: 3 });
    expect((await stored())?.tat).toBe(clock.now() - 10 * MINUTE + spacingOf({ requestsPerMinute: 60 }).spacingMs);
  });

  it('that were not used in time are gone', async () => {
    const fleet = aFleet();
    const limit = { requestsPerMinute: 600 };
    await callSteadily(fleet, limit, 5_000);
    const { clock, workers, stored } = fleet;
    // Stopped in the middle of a group: some are left.
    expect((await stored())?.tat).toBeGreaterThan(clock.now() + 3 * spacingOf(limit).spacingMs);
    await clock.advance(MINUTE);
    let taken = 0;
    for (let i = 0; i < 10; i += 1) {
      void workers[0]?.take(limit).then(() => {
        taken += 1;
      });
    }
    await clock.advance(0);
    expect(taken).toBe(1);
  });

  it('left by an aborted waiter are used by the next', async () => {
    const { clock, workers } = aFleet();
    const limit = { requestsPerMinute: 6 };
    const [worker] = workers;
    await worker?.take(limit);
    const stop = new AbortController();
    const reason = new Error('lease lost');
    const aborted = worker?.take(limit, undefined, stop.signal);
    const refused = expect(aborted).rejects.toBe(reason);
    await clock.advance(1_000);
    stop.abort(reason);
    await refused;
    let taken = false;
    void worker?.take(limit).then(() => {
      taken = true;
    });
    await clock.advance(spacingOf(limit).spacingMs);
    expect(taken).toBe(true);
  });
});

describe('waiting', () => {
  it('goes on while it fits before the deadline, else the run is put off until its turn', async () => {
    const { clock, workers, stored } = aFleet({ skews: [0, 0] });
    const limit = { requestsPerMinute: 6 };
    const { spacingMs } = spacingOf(limit);
    await workers[0]?.take(limit);
    const late = await workers[1]?.take(limit, spacingMs - 1).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(RetryLater);
    expect(late).toMatchObject({ reason: 'rate_limited', until: clock.now() + spacingMs });
    expect((await stored())?.tat).toBe(clock.now() + spacingMs);
    let taken = false;
    void workers[1]?.take(limit, spacingMs).then(() => {
      taken = true;
    });
    await clock.advance(spacingMs - 1);
    expect(taken).toBe(false);
    await clock.advance(1);
    expect(taken).toBe(true);
  });

  it('of one run does not end with the patience of another', async () => {
    const { clock, workers } = aFleet();
    const limit = { requestsPerMinute: 6 };
    await workers[0]?.take(limit);
    const hasty = workers[0]?.take(limit, 1_000).catch((error: unknown) => error);
    let taken = false;
    void workers[0]?.take(limit).then(() => {
      taken = true;
    });
    expect(await hasty).toBeInstanceOf(RetryLater);
    await clock.advance(spacingOf(limit).spacingMs);
    expect(taken).toBe(true);
  });

  it('is told in the worker’s own time', async () => {
    const { clock, workers } = aFleet({ skews: [5 * MINUTE] });
    const [worker] = workers;
    await worker?.cool(10_000);
    const error = await worker?.take({ requestsPerMinute: 60 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ until: clock.now() + 5 * MINUTE + 10_000 });
  });
});

describe('a moment that no limit could have made', () => {
  it.each([false, true])('locks nobody out (the worker has made calls before: %s)', async (knowsIt) => {
    const { clock, workers, setTat, stored } = aFleet();
    const limit = { requestsPerMinute: 6 };
    if (knowsIt) await workers[0]?.take(limit);
    await setTat(clock.now() + 24 * 60 * MINUTE);
    const taken = workers[0]?.take(limit, MINUTE);
    await clock.advance(spacingOf(limit).spacingMs);
    await taken;
    expect((await stored())?.tat).toBeLessThan(clock.now() + MINUTE);
  });
});

describe('a cooldown', () => {
  it('holds all workers with the credential, with no read of its own', async () => {
    const { clock, workers, counted } = aFleet({ skews: [0, 0] });
    const limit = { requestsPerMinute: 60 };
    await workers[0]?.cool(40_000);
    for (const worker of workers) {
      await expect(worker.take(limit)).rejects.toMatchObject({ reason: 'rate_limited', until: clock.now() + 40_000 });
    }
    expect(counted.sent).toEqual({ UpdateCommand: 2 });
    await clock.advance(40_000);
    await workers[1]?.take(limit);
  });

  it('is never shortened', async () => {
    const { clock, workers, stored } = aFleet({ skews: [0, 0] });
    await workers[0]?.cool(40_000);
    await workers[1]?.cool(5_000);
    expect((await stored())?.coolUntil).toBe(clock.now() + 40_000);
  });

  it('stops who waits for a token already', async () => {
    const { clock, workers } = aFleet();
    const limit = { requestsPerMinute: 6 };
    await workers[0]?.take(limit);
    const waiting = workers[0]?.take(limit).catch((error: unknown) => error);
    await clock.advance(1_000);
    await workers[0]?.cool(MINUTE);
    await clock.advance(spacingOf(limit).spacingMs);
    expect(await waiting).toMatchObject({ reason: 'rate_limited' });
  });

  it('leaves an item that ages away', async () => {
    const { clock, workers, stored } = aFleet();
    await workers[0]?.cool(40_000);
    expect((await stored())?.expiresAt).toBeGreaterThan(clock.now() / 1000 + 3600);
  });
});
