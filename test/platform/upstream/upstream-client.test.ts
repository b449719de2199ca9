import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PermanentError, RetryLater, type UpstreamError } from '../../../functions/model/failure.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
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

  it.each([200, 400, 503])(
    'may be told in words with another status (%i): the credential cools, the breaker stays',
    async (status) => {
      world.http.always({ status, text: '{"errorCode":"40000029"}' });
      const isRateLimit = ({ text }: { readonly text: string }): boolean => text.includes('40000029');
      const rateLimit = { requestsPerMinute: 600 };
      const request = { url, isRateLimit, accept: [status] };
      const until = world.clock.now() + 30_000;
      for (let n = 0; n < 5; n += 1) {
        const integrationId = asIntegrationId(`integration-${n}`);
        const run = world.aWorker().aRun({ rateLimit, integrationId });
        expect(await thrown(run.send(request))).toMatchObject({ name: 'RetryLater', reason: 'rate_limited', until });
      }
      expect(world.http.requests).toHaveLength(1);
      for (let n = 0; n < 5; n += 1) {
        const run = world.aWorker().aRun({ rateLimit, credentialId: `credential-${n}` });
        expect(await thrown(run.send(request))).toMatchObject({ reason: 'rate_limited' });
      }
      world.http.always({});
      expect(await world.aWorker().aRun({ credentialId: 'credential-9' }).send(request)).toMatchObject({ status: 200 });
    },
  );

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

it('keeps no secret in the table', async () => {
  const items = await db.client.send(new ScanCommand({ TableName: db.tables.limits }));
  expect(items.Items?.length).toBeGreaterThan(0);
  expect(JSON.stringify(items.Items)).not.toMatch(/canary|credential-1/);
});
