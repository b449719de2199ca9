import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PermanentError, RetryLater, type UpstreamError } from '../../../functions/model/failure.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import {
  type BreakerEvent,
  createUpstreamFactory,
  type UpstreamRun,
} from '../../../functions/platform/upstream/upstream-client.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { countedClient } from '../support/counted-client.ts';
import { scriptedHttp } from '../support/scripted-http.ts';
import { virtualClock } from '../support/virtual-clock.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

let worlds = 0;
const ORIGIN = 'https://api.carrier.example';
const url = `${ORIGIN}/sims?key=canary-in-query`;

/** One upstream, one table, workers that share nothing else. */
function aWorld() {
  const counted = countedClient(db.client);
  const clock = virtualClock(counted.busy);
  const http = scriptedHttp();
  http.always({ text: '{"ok":true}' });
  const tenantId = asTenantId(`tenant-${++worlds}`);
  const events: BreakerEvent[] = [];
  const warnings: string[] = [];

  const aWorker = () => {
    const factory = createUpstreamFactory({
      http,
      limits: { client: counted.client, tableName: db.tables.limits },
      clock,
      onBreaker: (event) => void events.push(event),
      log: { warn: (message) => void warnings.push(message) },
    });
    const aRun = (run: Partial<UpstreamRun> = {}) =>
      factory.open({
        tenantId,
        integrationId: asIntegrationId('integration-1'),
        kindHasBreaker: true,
        credentialId: 'credential-1',
        rateLimit: null,
        deadline: clock.now() + 40_000,
        signal: new AbortController().signal,
        secrets: ['canary-secret'],
        ...run,
      });
    return { aRun, breaker: (of = url) => factory.breaker(tenantId, of) };
  };
  const stored = async (origin = ORIGIN) =>
    (
      await db.client.send(
        new GetCommand({
          TableName: db.tables.limits,
          Key: { pk: `breaker#${tenantId}#${origin}` },
          ConsistentRead: true,
        }),
      )
    ).Item;
  return { clock, http, counted, events, warnings, aWorker, stored, tenantId };
}

let world: ReturnType<typeof aWorld>;
beforeEach(() => {
  world = aWorld();
});

const thrown = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`it did not fail but answered ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );

/** Makes the upstream fail `times` times, each in a run of its own, seconds apart. */
async function fail(times: number, worker: ReturnType<typeof world.aWorker>): Promise<void> {
  world.http.always({ status: 500 });
  for (let i = 0; i < times; i += 1) {
    expect(await thrown(worker.aRun().send({ url }))).toMatchObject({ status: 500 });
    await world.clock.advance(1_000);
  }
}

describe('an answer', () => {
  it('of 2xx, or of a status the caller handles itself, is handed on', async () => {
    const run = world.aWorker().aRun();
    expect(await run.json({ url })).toMatchObject({ status: 200, body: { ok: true } });
    world.http.always({ status: 409, text: '<html>conflict</html>' });
    expect(await run.json({ url, accept: [409] })).toMatchObject({ status: 409, body: undefined });
    expect(await run.send({ url, accept: [409] })).toMatchObject({ text: '<html>conflict</html>' });
    expect(run.calls).toBe(3);
  });

  it('that is empty has no body', async () => {
    world.http.always({ status: 204 });
    expect(await world.aWorker().aRun().json({ url })).toMatchObject({ status: 204, body: undefined });
  });

  it('of another status says in words what the upstream said', async () => {
    const run = world.aWorker().aRun();
    const said = async (text: string) => {
      world.http.always({ status: 422, text });
      return ((await thrown(run.send({ url }))) as UpstreamError).message;
    };
    const start = `${ORIGIN}/sims answered 422`;
    expect(await said('')).toBe(start);
    expect(await said('<html>Unprocessable</html>')).toBe(start);
    expect(await said('{"error":{"message":"no such SIM"}}')).toBe(`${start}: no such SIM`);
    expect(await said('{"errors":[{"code":"10005","detail":"Resource not found"}]}')).toBe(
      `${start}: Resource not found`,
    );
    expect(await said('{"error":"bad key canary-secret"}')).toBe(`${start}: bad key [redacted]`);
    expect(await said(`{"__proto__":1,"message":"${'long '.repeat(100)}"}`)).toHaveLength(start.length + 2 + 201);
    expect(await said('plain\n  words')).toBe(`${start}: plain words`);
  });

  it('of a gateway that got none leaves the outcome of a POST unknown', async () => {
    const run = world.aWorker().aRun({ kindHasBreaker: false });
    const outcome = async (status: number, method: 'GET' | 'POST') => {
      world.http.always({ status });
      return ((await thrown(run.send({ url, method }))) as UpstreamError).outcomeUnknown;
    };
    expect(await outcome(504, 'POST')).toBe(true);
    expect(await outcome(502, 'POST')).toBe(true);
    expect(await outcome(500, 'POST')).toBe(false);
    expect(await outcome(504, 'GET')).toBe(false);
  });

  it('that is no JSON is an error of the upstream', async () => {
    world.http.always({ text: '<!DOCTYPE html>canary-secret' });
    const error = await thrown(world.aWorker().aRun().json({ url, method: 'POST' }));
    expect(error).toMatchObject({ problem: 'bad_body', status: 200, outcomeUnknown: true });
    expect((error as Error).message).toBe(`bad answer from ${ORIGIN}/sims: answered with a web page instead of JSON`);
  });

  it('keeps large integers exact where the caller asks', async () => {
    world.http.always({ text: '{"iccid":89445010000000000001}' });
    const { body } = await world.aWorker().aRun().json({ url, bigIntegers: 'string' });
    expect(body).toEqual({ iccid: '89445010000000000001' });
  });
});

describe('a request', () => {
  it('is given the run’s secrets and signal, and no more time than the worker has', async () => {
    const { signal } = new AbortController();
    const run = world.aWorker().aRun({ deadline: world.clock.now() + 2_000, signal });
    await run.send({ url, secrets: ['another'] });
    expect(world.http.requests.at(-1)).toMatchObject({
      secrets: ['canary-secret', 'another'],
      signal,
      timeoutMs: 17_000,
    });
    await run.send({ url, timeoutMs: 10_000 });
    expect(world.http.requests.at(-1)?.timeoutMs).toBe(10_000);
  });

  it('is not sent once the run is stopped', async () => {
    const reason = new Error('lease lost');
    const run = world.aWorker().aRun({ signal: AbortSignal.abort(reason) });
    expect(await thrown(run.send({ url }))).toBe(reason);
    expect(run.calls).toBe(0);
  });

  it('goes to the origins of the integration only', async () => {
    const run = world.aWorker().aRun({ origins: [ORIGIN] });
    await run.send({ url });
    const error = await thrown(run.send({ url: 'https://evil.example/next?page=2', headers: { authorization: 'x' } }));
    expect(error).toMatchObject({ problem: 'redirect' });
    expect(world.http.requests).toHaveLength(1);
    expect(await thrown(run.send({ url: 'not a url' }))).toBeInstanceOf(PermanentError);
  });
});

describe('429', () => {
  const limited = { status: 429, headers: { 'retry-after': '7' } };

  it('puts the run off for as long as it says', async () => {
    world.http.always(limited);
    const error = await thrown(world.aWorker().aRun().send({ url }));
    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ reason: 'rate_limited', until: world.clock.now() + 7_000 });
    expect((error as Error).message).toBe(`rate limited: ${ORIGIN}/sims answered 429`);
  });

  it.each([
    ['without a limit', null],
    ['with a limit', { requestsPerMinute: 600 }],
  ])('cools all that share the credential, in every worker (%s)', async (_title, rateLimit) => {
    world.http.always(limited);
    await thrown(world.aWorker().aRun({ rateLimit }).send({ url }));
    world.http.always({});
    const until = world.clock.now() + 7_000;
    const others = [world.aWorker(), world.aWorker()];
    for (const other of others) {
      const run = other.aRun({ rateLimit, integrationId: asIntegrationId('integration-2') });
      expect(await thrown(run.send({ url }))).toMatchObject({ reason: 'rate_limited', until });
      expect(await thrown(run.send({ url }))).toMatchObject({ until });
    }
    await others[0]?.aRun({ rateLimit, credentialId: 'credential-2' }).send({ url });
    expect(world.http.requests).toHaveLength(2);
    await world.clock.advance(7_000);
    const calls = Promise.all(others.map((other) => other.aRun({ rateLimit }).send({ url })));
    await world.clock.advance(1_000);
    expect(await calls).toHaveLength(2);
  });

  it('of a vehicle is remembered by the process, without the database', async () => {
    world.http.always(limited);
    const worker = world.aWorker();
    const vehicle = { kindHasBreaker: false, rateLimit: null } as const;
    await thrown(worker.aRun(vehicle).send({ url }));
    expect(await thrown(worker.aRun(vehicle).send({ url }))).toMatchObject({ until: world.clock.now() + 7_000 });
    expect(world.http.requests).toHaveLength(1);
    expect(world.counted.sent).toEqual({});
  });

  it('without Retry-After cools for 30 s', async () => {
    world.http.always({ status: 429 });
    expect(await thrown(world.aWorker().aRun().send({ url }))).toMatchObject({ until: world.clock.now() + 30_000 });
  });

  it('is handed on to a caller that handles it', async () => {
    world.http.always(limited);
    expect(
      await world
        .aWorker()
        .aRun()
        .send({ url, accept: [429] }),
    ).toMatchObject({ status: 429 });
  });

  it('still puts the run off when the cooldown cannot be stored', async () => {
    world.http.always(limited);
    const run = world.aWorker().aRun({ rateLimit: { requestsPerMinute: 60 }, kindHasBreaker: false });
    world.http.always(() => {
      failed = world.counted.failNext(1);
      return limited;
    });
    let failed = (): number => 0;
    expect(await thrown(run.send({ url }))).toBeInstanceOf(RetryLater);
    expect(failed()).toBe(1);
    expect(world.warnings).toEqual(['a cooldown could not be recorded']);
  });
});

describe('503', () => {
  it('with Retry-After puts the run off, without it is a failure', async () => {
    const run = world.aWorker().aRun();
    world.http.always({ status: 503, headers: { 'retry-after': '120' } });
    expect(await thrown(run.send({ url }))).toMatchObject({ name: 'RetryLater', until: world.clock.now() + 120_000 });
    world.http.always({ status: 503 });
    const other = world.aWorker().aRun({ credentialId: 'credential-2' });
    expect(await thrown(other.send({ url }))).toMatchObject({ name: 'UpstreamError', status: 503 });
  });
});

describe('the rate limit', () => {
  it('holds calls back, and lets the token endpoint through', async () => {
    const run = world.aWorker().aRun({ rateLimit: { requestsPerMinute: 6 }, deadline: world.clock.now() + 5_000 });
    await run.send({ url });
    await run.send({ url, unlimited: true });
    expect(await thrown(run.send({ url }))).toMatchObject({ reason: 'rate_limited' });
    expect(run.calls).toBe(2);
  });

  it('is the credential’s: integrations share it, tenants do not', async () => {
    const worker = world.aWorker();
    const rateLimit = { requestsPerMinute: 6 };
    const deadline = world.clock.now() + 1_000;
    await worker.aRun({ rateLimit }).send({ url });
    const second = worker.aRun({ rateLimit, deadline, integrationId: asIntegrationId('integration-2') });
    expect(await thrown(second.send({ url }))).toMatchObject({ reason: 'rate_limited' });
    await worker.aRun({ rateLimit, deadline, tenantId: asTenantId(`${world.tenantId}-other`) }).send({ url });
  });
});

describe('what it costs', () => {
  it('is nothing without a limit and a breaker', async () => {
    await world.aWorker().aRun({ kindHasBreaker: false }).send({ url });
    expect(world.counted.sent).toEqual({});
  });

  it('is one eventually consistent read for a run while all is well, and nothing is stored', async () => {
    const run = world.aWorker().aRun();
    for (let i = 0; i < 10; i += 1) await run.send({ url });
    world.http.always({ status: 404 });
    await thrown(run.send({ url }));
    expect(world.counted.sent).toEqual({ GetCommand: 1 });
    expect(await world.stored()).toBeUndefined();
  });

  it('is one write besides, with a limit', async () => {
    await world
      .aWorker()
      .aRun({ rateLimit: { requestsPerMinute: 60 } })
      .send({ url });
    expect(world.counted.sent).toEqual({ GetCommand: 1, UpdateCommand: 1 });
  });
});

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

it('keeps no secret in the table', async () => {
  const items = await db.client.send(new ScanCommand({ TableName: db.tables.limits }));
  expect(items.Items?.length).toBeGreaterThan(0);
  expect(JSON.stringify(items.Items)).not.toMatch(/canary|credential-1/);
});
