import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createApiHandler } from '../../functions/api/api-handler.ts';
import type { Kind, SyncResult } from '../../functions/kinds/kind.ts';
import { type Route, route } from '../../functions/kinds/route.ts';
import { CARRIER_POLICY, fakeKind, RECEIPTS_POLICY, success } from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';
import { type Answered, anEvent, type CallOptions } from './support/test-api.ts';

const BASE = 'https://api.fake.example';

/** Runs a batch while the caller waits, as a register's "sync now" does. */
const runNow: Route = route({
  method: 'POST',
  path: '/v1/kkt/buffer/sync',
  summary: 'Sync now and wait',
  role: 'operator',
  integration: { from: 'query', kind: 'receipts' },
  response: z.object({ state: z.string() }),
  handle: async (_request, { integration, runNow: run }) => run(integration),
});

const showBreaker: Route = route({
  method: 'GET',
  path: '/v1/kkt/buffer/status',
  summary: 'Whether the operator is called',
  role: 'viewer',
  integration: { from: 'query', kind: 'receipts' },
  response: z.object({ state: z.string(), until: z.number().nullable() }),
  handle: async (_request, { integration, breaker }) => breaker?.(integration, `${BASE}/receipt`),
});

/** The deployed handlers on one moving clock, with kinds whose runs do what the test says. */
async function aWorld(sync: () => Promise<SyncResult> = async () => success(7)) {
  const keys: (string | undefined)[] = [];
  const carrier: Kind = {
    ...fakeKind('carrier', CARRIER_POLICY, sync),
    async test({ credentials }) {
      keys.push(credentials.apiKey);
      return { ok: true, detail: 'fine' };
    },
  };
  const kinds = {
    carrier: {
      ...carrier,
      providers: {
        fake: {
          title: 'Fake',
          defaultBaseUrl: BASE,
          credentials: [{ name: 'apiKey' as const, title: 'API key' }],
          configSchema: z.record(z.string(), z.unknown()),
          rateLimit: null,
        },
      },
    },
    receipts: { ...fakeKind('receipts', RECEIPTS_POLICY, sync), routes: [runNow, showBreaker] },
  };
  const world = await World.create({ kinds });
  const handler = createApiHandler(world.runtime, kinds);
  const call = async (method: string, path: string, options: CallOptions = {}) => {
    const claims = { tenant_id: TENANT, role: 'operator' };
    const answer = await handler(anEvent(method, path, { claims, ...options }), {} as Context);
    const body: Answered = answer.body === undefined ? {} : JSON.parse(answer.body);
    return { status: answer.statusCode, body };
  };
  const create = async (changes: Readonly<Record<string, unknown>> = {}): Promise<string> => {
    const body = { name: 'SIMs', kind: 'carrier', provider: 'fake', credentials: { apiKey: 'k-1' }, ...changes };
    const answer = await call('POST', '/api/integrations', { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return String(answer.body.id);
  };
  return { world, kinds, call, create, keys };
}

const aRegister = { kind: 'receipts', credentials: {}, baseUrl: BASE };

describe('the API handler, with the rest of the system', () => {
  it('has a new integration run at once, and shows it', async () => {
    const { world, call, create } = await aWorld();
    const id = await create();
    await world.pass(2);
    expect((await call('GET', `/api/integrations/${id}`)).body).toMatchObject({ status: 'success', health: 'green' });
    expect((await call('GET', `/api/integrations/${id}/sync-history`)).body).toMatchObject({
      total: 1,
      logs: [{ run: 1, status: 'SUCCESS', trigger: 'schedule', recordsCount: 7 }],
    });
    expect((await call('GET', '/api/overview')).body).toMatchObject({
      byHealth: { green: 1 },
      lastHour: { syncs: 1, failures: 0 },
    });
  });

  it('writes its metrics with every answer, also of a request that failed', async () => {
    const { world, kinds } = await aWorld(async () => {
      throw new Error('a bug');
    });
    const added: string[] = [];
    const written: string[] = [];
    const meter = {
      add: (name: string) => void added.push(name),
      flush: () => void written.push(...added.splice(0)),
    };
    const handler = createApiHandler({ ...world.runtime, meter }, kinds);
    const call = (method: string, path: string, body?: object) =>
      handler(anEvent(method, path, { claims: { tenant_id: TENANT, role: 'operator' }, body }), {} as Context);
    await call('POST', '/api/integrations', { name: 'Till', provider: 'fake', ...aRegister });
    await call('POST', '/v1/kkt/buffer/sync');
    expect(written).toContain('RunFailed');
    meter.add('ThrottledByDynamoDB');
    expect((await call('GET', '/api/integrations/unknown')).statusCode).toBe(404);
    expect(written).toContain('ThrottledByDynamoDB');
  });

  it('runs a paused integration by hand, under the id it answered', async () => {
    const { world, call, create } = await aWorld();
    const id = await create({ syncEnabled: false });
    const { body } = await call('POST', `/api/integrations/${id}/sync`);
    await world.pass(2);
    expect((await call('GET', `/api/integrations/${id}/sync-history`)).body).toMatchObject({
      total: 1,
      logs: [{ id: body.runId, status: 'SUCCESS', trigger: 'manual' }],
    });
  });

  it('removes history and data of a deleted integration', async () => {
    const { world, call, create } = await aWorld();
    const id = await create();
    await world.pass(2);
    expect((await call('DELETE', `/api/integrations/${id}`)).status).toBe(204);
    expect(await world.history(id)).toHaveLength(1);
    await world.pass(300);
    expect(await world.history(id)).toEqual([]);
  });

  it('tests a connection with the credentials as they were sealed', async () => {
    const { call, create, keys } = await aWorld();
    const id = await create();
    expect((await call('POST', `/api/integrations/${id}/test`)).body).toMatchObject({ ok: true, detail: 'fine' });
    await call('PATCH', `/api/integrations/${id}`, { body: { credentials: { apiKey: 'k-2' } } });
    await call('POST', `/api/integrations/${id}/test`);
    expect(keys).toEqual(['k-1', 'k-2']);
  });

  it('shows the breaker of what an integration calls', async () => {
    const { call, create } = await aWorld();
    await create(aRegister);
    expect((await call('GET', '/v1/kkt/buffer/status')).body).toEqual({ state: 'closed', until: null });
  });

  it('shows an exhausted run as a dead letter, and redrives it', async () => {
    let works = false;
    const { world, call, create } = await aWorld(async () => {
      if (!works) throw new Error('no answer');
      return success();
    });
    const id = await create();
    await world.pass(1_800);
    const { body } = await call('GET', '/api/dead-letters');
    const letter = (body.deadLetters as unknown as Record<string, unknown>[])[0];
    expect(letter).toMatchObject({ kind: 'carrier', integrationId: id, attempts: 4, subject: { type: 'message' } });
    works = true;
    expect((await call('POST', `/api/dead-letters/${letter?.id}/redrive`)).status).toBe(202);
    await world.pass(2);
    expect((await call('GET', '/api/dead-letters')).body.deadLetters).toEqual([]);
    expect(
      (await call('GET', `/api/integrations/${id}/sync-history`, { query: { pageSize: '1' } })).body,
    ).toMatchObject({
      logs: [{ status: 'SUCCESS', trigger: 'redrive' }],
    });
  });
});

describe('a run that its caller waits for', () => {
  const sync = { query: {} };

  it('is made under the lease and recorded as a manual run', async () => {
    const { world, call, create } = await aWorld();
    const id = await create(aRegister);
    expect(await call('POST', '/v1/kkt/buffer/sync', sync)).toMatchObject({
      status: 200,
      body: { state: 'done', result: { outcome: 'success', recordsCount: 7 } },
    });
    expect(await world.history(id)).toMatchObject([{ status: 'SUCCESS', trigger: 'manual' }]);
    expect((await world.get(id)).lease).toBeNull();
  });

  it('is not made while another is going on', async () => {
    let finish = (): void => undefined;
    const going = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let runs = 0;
    const { call, create } = await aWorld(async () => {
      runs += 1;
      if (runs === 1) await going;
      return success();
    });
    await create(aRegister);
    const first = call('POST', '/v1/kkt/buffer/sync', sync);
    while (runs === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await call('POST', '/v1/kkt/buffer/sync', sync)).body).toEqual({ state: 'held' });
    finish();
    expect((await first).body.state).toBe('done');
    expect(runs).toBe(1);
  });
});
