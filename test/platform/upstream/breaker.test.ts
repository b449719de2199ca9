import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RetryLater } from '../../../functions/model/failure.ts';
import { asTenantId } from '../../../functions/model/ids.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { anUpstreamWorld, ORIGIN, thrown, type UpstreamWorld, url } from '../support/upstream-world.ts';

let db: TestDynamoDb;
let world: UpstreamWorld;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());
beforeEach(() => {
  world = anUpstreamWorld(db);
});

/** Makes the upstream fail `times` times, each in a run of its own, seconds apart. */
async function fail(times: number, worker: ReturnType<UpstreamWorld['aWorker']>): Promise<void> {
  world.http.always({ status: 500 });
  for (let i = 0; i < times; i += 1) {
    expect(await thrown(worker.aRun().send({ url }))).toMatchObject({ status: 500 });
    await world.clock.advance(1_000);
  }
}

describe('the breaker', () => {
  it('opens after five failures in a row, over all workers, and says so once', async () => {
    const workers = [world.aWorker(), world.aWorker(), world.aWorker()];
    for (const worker of [...workers, ...workers].slice(0, 5)) await fail(1, worker);
    expect(world.events).toMatchObject([{ state: 'opened', failures: 5, origin: ORIGIN, tenantId: world.tenantId }]);
    const calls = world.http.requests.length;
    for (const worker of [...workers, world.aWorker()]) {
      await world.clock.advance(5_000);
      expect(await thrown(worker.aRun().send({ url }))).toMatchObject({
        name: 'RetryLater',
        reason: 'breaker_open',
        message: `breaker open: ${ORIGIN} failed 5 times in a row`,
      });
    }
    expect(world.http.requests).toHaveLength(calls);
  });

  it('stops a run in the middle', async () => {
    const run = world.aWorker().aRun();
    world.http.always({ problem: 'timeout' });
    for (let i = 0; i < 5; i += 1) expect(await thrown(run.send({ url }))).toMatchObject({ problem: 'timeout' });
    const until = world.clock.now() + 60_000;
    expect(await thrown(run.send({ url }))).toMatchObject({ reason: 'breaker_open', until });
    expect(run.calls).toBe(5);
  });

  it('opens once when many failures come at the same time', async () => {
    world.http.always({ status: 500 });
    const run = world.aWorker().aRun();
    await Promise.all(Array.from({ length: 12 }, () => thrown(run.send({ url }))));
    expect(world.events).toHaveLength(1);
  });

  it.each(['timeout', 'connection', 'dns', 'tls', 'bad_body'] as const)(
    'counts a %s without an answer',
    async (problem) => {
      world.http.always({ problem });
      await thrown(world.aWorker().aRun().send({ url }));
      expect((await world.stored())?.failures).toBe(1);
    },
  );

  it.each([[{ status: 404 }], [{ status: 401 }], [{ status: 429 }], [{ status: 200, text: 'no JSON' }]])(
    '%j is an answer: it ends a row of failures',
    async (answer) => {
      const worker = world.aWorker();
      await fail(4, worker);
      world.http.always(answer);
      await thrown(worker.aRun({ credentialId: 'credential-2' }).json({ url }));
      expect(await world.stored()).not.toHaveProperty('failures');
      await fail(4, world.aWorker());
      expect(world.events).toEqual([]);
    },
  );

  it('resets with one write, and with none after that', async () => {
    await fail(2, world.aWorker());
    const other = world.aWorker();
    world.http.always({});
    const before = world.counted.sent.UpdateCommand ?? 0;
    for (let i = 0; i < 5; i += 1) await other.aRun().send({ url });
    expect((world.counted.sent.UpdateCommand ?? 0) - before).toBe(1);
  });

  it('is one for each origin and tenant', async () => {
    const worker = world.aWorker();
    await fail(5, worker);
    world.http.always({});
    await worker.aRun().send({ url: 'https://auth.carrier.example/token' });
    await worker.aRun({ tenantId: asTenantId(`${world.tenantId}-other`) }).send({ url });
    expect(await thrown(worker.aRun().send({ url }))).toBeInstanceOf(RetryLater);
  });

  it('takes no token of the limit while it is open', async () => {
    await fail(5, world.aWorker());
    const before = world.counted.sent.UpdateCommand;
    const run = world.aWorker().aRun({ rateLimit: { requestsPerMinute: 60 } });
    expect(await thrown(run.send({ url }))).toMatchObject({ reason: 'breaker_open' });
    expect(world.counted.sent.UpdateCommand).toBe(before);
  });

  it('does not turn an answer into an error when its state cannot be stored', async () => {
    await fail(2, world.aWorker());
    const run = world.aWorker().aRun();
    let failed = (): number => 0;
    world.http.always(() => {
      failed = world.counted.failNext(1);
      return { text: '{"ofd_id":1}' };
    });
    expect((await run.json({ url, method: 'POST' })).body).toEqual({ ofd_id: 1 });
    expect(failed()).toBe(1);
    expect(world.warnings).toEqual(['the state of a breaker could not be recorded']);
  });
});

describe('half-open', () => {
  const openBreaker = async () => {
    await fail(5, world.aWorker());
    await world.clock.advance(60_000);
    world.http.always({});
  };
  const inFlight = () => Promise.withResolvers<void>();

  it('lets one probe through, over all workers, and closes when it is answered', async () => {
    await openBreaker();
    const { promise: after, resolve: answer } = inFlight();
    world.http.always({ after });
    const before = world.http.requests.length;
    const workers = [world.aWorker(), world.aWorker(), world.aWorker(), world.aWorker()];
    const results = workers.map((worker) =>
      worker
        .aRun()
        .send({ url })
        .catch((error: unknown) => error),
    );
    await world.clock.advance(0);
    expect(world.http.requests.length - before).toBe(1);
    answer();
    const settled = await Promise.all(results);
    expect(settled.filter((result) => result instanceof RetryLater)).toHaveLength(3);
    expect(world.events.map(({ state }) => state)).toEqual(['opened', 'closed']);
    expect(world.events[1]?.openedAt).toBeLessThan(world.clock.now());
    await world.clock.advance(5_000);
    for (const worker of workers) await worker.aRun().send({ url });
  });

  it('opens again for 60 s when the probe fails, without telling people again', async () => {
    await openBreaker();
    world.http.always({ status: 502 });
    const worker = world.aWorker();
    expect(await thrown(worker.aRun().send({ url }))).toMatchObject({ status: 502 });
    const until = world.clock.now() + 60_000;
    expect(await thrown(worker.aRun().send({ url }))).toMatchObject({ reason: 'breaker_open', until });
    expect(await thrown(world.aWorker().aRun().send({ url }))).toMatchObject({ reason: 'breaker_open', until });
    expect(world.events.map(({ state }) => state)).toEqual(['opened']);
    await world.clock.advance(60_000);
    world.http.always({ status: 404 });
    expect(await thrown(worker.aRun().send({ url }))).toMatchObject({ status: 404 });
    expect(world.events.map(({ state }) => state)).toEqual(['opened', 'closed']);
  });

  it('does not wait for ever for a probe whose worker died', async () => {
    await openBreaker();
    world.http.always({ after: new Promise(() => {}) });
    void world.aWorker().aRun().send({ url });
    await world.clock.advance(0);
    world.http.always({});
    const survivor = world.aWorker();
    expect(await thrown(survivor.aRun().send({ url }))).toMatchObject({ until: world.clock.now() + 10_000 });
    await world.clock.advance(60_000);
    await survivor.aRun().send({ url });
    expect(world.events.map(({ state }) => state)).toEqual(['opened', 'closed']);
  });

  it('does not let a probe that was given up on decide over the next one', async () => {
    await openBreaker();
    const slow = inFlight();
    world.http.always({ status: 500, after: slow.promise });
    const first = world
      .aWorker()
      .aRun()
      .send({ url })
      .catch((error: unknown) => error);
    await world.clock.advance(60_000);
    const second = inFlight();
    world.http.always({ after: second.promise });
    const next = world.aWorker().aRun().send({ url });
    await world.clock.advance(0);
    slow.resolve();
    expect(await first).toMatchObject({ status: 500 });
    second.resolve();
    await next;
    expect(world.events.map(({ state }) => state)).toEqual(['opened', 'closed']);
    expect(await world.stored()).not.toHaveProperty('openUntil');
  });

  it('lets the next one probe when the probe was stopped before it knew', async () => {
    await openBreaker();
    const stop = new AbortController();
    world.http.always(() => {
      stop.abort(new Error('lease lost'));
      throw stop.signal.reason;
    });
    expect(await thrown(world.aWorker().aRun({ signal: stop.signal }).send({ url }))).toBe(stop.signal.reason);
    world.http.always({});
    await world.aWorker().aRun().send({ url });
  });

  it('makes a run’s own further calls wait for its probe', async () => {
    await openBreaker();
    const { promise: after, resolve: answer } = inFlight();
    world.http.always({ after });
    const run = world.aWorker().aRun();
    const all = Promise.all([run.send({ url }), run.send({ url }), run.send({ url })]);
    await world.clock.advance(0);
    expect(run.calls).toBe(1);
    answer();
    expect(await all).toHaveLength(3);
  });

  it('is not closed by a late answer from before it opened', async () => {
    const { promise: after, resolve: answer } = inFlight();
    const worker = world.aWorker();
    world.http.always({ after });
    const late = worker.aRun().send({ url });
    await world.clock.advance(0);
    await fail(5, worker);
    answer();
    await late;
    expect(await thrown(worker.aRun().send({ url }))).toMatchObject({ reason: 'breaker_open' });
  });

  it('is shown as it is, and showing takes no probe', async () => {
    const { breaker } = world.aWorker();
    expect(await breaker()).toEqual({ state: 'closed', until: null });
    await fail(5, world.aWorker());
    expect(await breaker()).toEqual({ state: 'open', until: world.clock.now() + 59_000 });
    await world.clock.advance(60_000);
    expect(await breaker()).toEqual({ state: 'half_open', until: null });
    world.http.always({});
    await world.aWorker().aRun().send({ url });
    expect(await breaker()).toEqual({ state: 'closed', until: null });
  });
});
