import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOnlyIntegration } from '../../functions/api/only-integration.ts';
import { PermanentError, RetryLater, UpstreamError } from '../../functions/model/failure.ts';
import { provider } from './support/fake-kinds.ts';
import {
  type Answered,
  aCarrier,
  aRegister,
  type Caller,
  callersOf,
  startTestApi,
  type TestApi,
} from './support/test-api.ts';

const works = provider.test;
let api: TestApi;
let operator: Caller;
let tenants = 0;
let tenant: string;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(() => {
  tenant = `t${++tenants}`;
  operator = api.as(tenant, 'operator');
  api.sent.length = 0;
  api.queue.refuses = false;
  provider.test = works;
});

const create = async (body: Record<string, unknown> = aCarrier()): Promise<Answered | undefined> =>
  (await operator('POST', '/api/integrations', { body })).body.id;

describe('sync now', () => {
  it('asks for one run by hand and leaves the schedule alone', async () => {
    const id = await create();
    const before = await api.stored(tenant, id);
    const { status, body } = await operator('POST', `/api/integrations/${id}/sync`);
    expect([status, body]).toEqual([202, { runId: expect.any(String), queued: true }]);
    expect(JSON.parse(api.sent.at(-1)?.body ?? '')).toMatchObject({
      integrationId: id,
      trigger: 'manual',
      runId: body.runId,
      slot: api.clock.now(),
    });
    expect(await api.stored(tenant, id)).toEqual(before);
  });

  it('works where the schedule is switched off', async () => {
    const id = await create(aCarrier({ syncEnabled: false }));
    expect((await operator('POST', `/api/integrations/${id}/sync`)).status).toBe(202);
    expect(api.sent).toHaveLength(1);
  });

  it('does not say queued when it is not', async () => {
    const id = await create();
    api.queue.refuses = true;
    expect(await operator('POST', `/api/integrations/${id}/sync`)).toMatchObject({
      status: 503,
      body: { error: { code: 'busy' } },
    });
  });
});

describe('the connection test', () => {
  const test = async (id: Answered | undefined) => operator('POST', `/api/integrations/${id}/test`);

  it('tells what the provider said and how long it took', async () => {
    const id = await create();
    provider.test = async () => {
      await api.clock.advance(120);
      return { ok: true, detail: { organisation: 'ACME', devices: 12 } };
    };
    expect(await test(id)).toMatchObject({
      status: 200,
      body: { ok: true, detail: { organisation: 'ACME', devices: 12 }, latencyMs: 120 },
    });
  });

  it.each([
    ['refused credentials', new PermanentError('The API key was refused', 'auth'), 'The API key was refused'],
    ['a rate limit', new RetryLater(Date.UTC(2027, 0, 1), 'rate limited until 2027'), 'rate limited until 2027'],
    ['no answer', new UpstreamError('timeout after 10 s', { problem: 'timeout' }), 'timeout after 10 s'],
  ])('is an answer, not an error, with %s', async (_what, error, detail) => {
    const id = await create();
    provider.test = () => Promise.reject(error);
    expect(await test(id)).toMatchObject({ status: 200, body: { ok: false, detail } });
  });

  it('shows nothing of an error that was not made for people', async () => {
    const id = await create();
    provider.test = () => Promise.reject(new Error('connect to db with password hunter2'));
    const { status, text } = await test(id);
    expect(status).toBe(200);
    expect(text).not.toContain('hunter2');
    expect(api.logged).toContainEqual(
      expect.objectContaining({ integrationId: id, error: expect.objectContaining({ name: 'Error' }) }),
    );
  });

  it('shows no secret that a provider echoes', async () => {
    const id = await create();
    provider.test = async () => ({ ok: true, detail: { echo: ['sent key-0123456789abcd to us'], n: 1 } });
    expect((await test(id)).body.detail).toEqual({ echo: ['sent [redacted] to us'], n: 1 });
    provider.test = () => Promise.reject(new UpstreamError('HTTP 500 for key-0123456789abcd', { problem: 'status' }));
    expect((await test(id)).body.detail).toBe('HTTP 500 for [redacted]');
  });

  it('stores nothing', async () => {
    const id = await create();
    const before = await api.dump(tenant);
    await test(id);
    expect(await api.dump(tenant)).toBe(before);
  });
});

describe('a kind’s own routes', () => {
  it('are found by the integration in the path, and 404 for one of another kind', async () => {
    const carrier = await create();
    const register = await create(aRegister());
    const link = await operator('PUT', `/api/integrations/${carrier}/devices/truck-1`, { body: { iccid: '89881234' } });
    expect(link).toMatchObject({ status: 200, body: { deviceId: 'truck-1', iccid: '89881234' } });
    expect((await operator('GET', `/api/integrations/${carrier}/devices`)).body.devices).toHaveLength(1);
    expect((await operator('GET', `/api/integrations/${register}/devices`)).status).toBe(404);
  });

  it('have their input checked, unknown names included', async () => {
    const carrier = await create();
    const path = `/api/integrations/${carrier}/devices/a-device-with-a-very-long-id`;
    const { status, body } = await operator('PUT', path, { body: { iccid: 'x', nick: 'y' } });
    expect(status).toBe(400);
    expect(body.error?.details).toMatchObject([{ path: 'deviceId' }, { path: 'iccid' }, { path: 'nick' }]);
  });

  it('find the only integration of their kind, and ask which where there are two', async () => {
    const status = (query?: Record<string, string>) => operator('GET', '/v1/kkt/buffer/status', query && { query });
    const none = { code: 'not_found', message: 'There is no receipts integration yet.' };
    expect(await status()).toMatchObject({ status: 404, body: { error: none } });
    await create();
    const first = await create(aRegister());
    expect((await status()).body.integrationId).toBe(first);
    const second = await create(aRegister());
    expect(await status()).toMatchObject({ status: 400, body: { error: { details: [{ path: 'integrationId' }] } } });
    expect((await status({ integrationId: String(second) })).body.integrationId).toBe(second);
    expect((await status({ integrationId: 'nobody' })).status).toBe(404);
    await operator('DELETE', `/api/integrations/${first}`);
    expect((await status()).body.integrationId).toBe(second);
  });

  it('look for the only one of their kind once, not for every receipt, and look again when it is gone', async () => {
    const id = await create(aRegister());
    const post = () => operator('POST', '/v1/kkt/receipt', { body: { total: 1 } });
    await post();
    const other = createApiCaller();
    const made = await other.create(aRegister());
    expect((await post()).status).toBe(202);
    await api.clock.advance(10_000);
    expect((await post()).status).toBe(400);
    await other.remove(made);
    expect((await post()).status).toBe(202);
    await other.remove(id);
    expect((await post()).status).toBe(404);
  });

  /** Another Lambda on the same tables. */
  function createApiCaller() {
    const only = createOnlyIntegration(api.db);
    const call = callersOf({ ...api.deps, only })(tenant, 'operator');
    return {
      create: async (body: Record<string, unknown>) => (await call('POST', '/api/integrations', { body })).body.id,
      remove: (which: Answered | undefined) => call('DELETE', `/api/integrations/${which}`),
    };
  }

  it('can wake an idle integration', async () => {
    const id = await create(aRegister());
    expect(api.sent).toEqual([]);
    expect((await operator('POST', '/v1/kkt/receipt', { body: { total: 1 } })).status).toBe(202);
    expect(api.sent).toMatchObject([{ kind: 'receipts' }]);
    expect((await api.stored(tenant, id))?.nextSyncAt).not.toBeNull();
  });
});
