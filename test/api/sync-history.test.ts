import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { syncHistory } from '../../functions/api/sync-history.ts';
import { integrationKey } from '../../functions/model/ids.ts';
import { putHistory } from '../../functions/store/history.ts';
import { passSlot } from '../../functions/store/run-end.ts';
import { end, run, start } from './support/runs.ts';
import { type Answered, aCarrier, type Caller, pathsOf, startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
let operator: Caller;
let tenants = 0;
let tenant: string;
let id: Answered | undefined;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  tenant = `t${++tenants}`;
  operator = api.as(tenant, 'operator');
  id = (await operator('POST', '/api/integrations', { body: aCarrier() })).body.id;
});

const history = (query: Record<string, string> = {}) =>
  operator('GET', `/api/integrations/${id}/sync-history`, { query });
const logsOf = (body: Answered) => body.logs as unknown as Record<string, unknown>[];

describe('the history', () => {
  it('is empty before the first run', async () => {
    expect((await history()).body).toEqual({ logs: [], total: 0, page: 1, pageSize: 20 });
  });

  it('shows a run in exactly its API form', async () => {
    const at = api.clock.now();
    await run(api, tenant, id);
    expect((await history()).body).toEqual({
      logs: [
        {
          id: `${id}-1`,
          run: 1,
          status: 'SUCCESS',
          trigger: 'schedule',
          scheduledFor: new Date(at).toISOString(),
          startedAt: new Date(at).toISOString(),
          completedAt: new Date(at + 1_000).toISOString(),
          duration: 1_000,
          recordsCount: 3,
          errorMessage: null,
          details: { devices: 3 },
        },
      ],
      total: 1,
      page: 1,
      pageSize: 20,
    });
  });

  it('gives any page by number, newest first, and the whole count with each', async () => {
    for (let i = 1; i <= 7; i++) await run(api, tenant, id);
    const pages = await Promise.all(['1', '2', '3', '4'].map((page) => history({ page, pageSize: '3' })));
    expect(pages.map(({ body }) => logsOf(body).map((log) => log.run))).toEqual([[7, 6, 5], [4, 3, 2], [1], []]);
    expect(pages.map(({ body }) => body.total)).toEqual([7, 7, 7, 7]);
  });

  it('reads no more for a page far back than for the first', async () => {
    for (let i = 1; i <= 12; i++) await run(api, tenant, id);
    const { client } = api.db;
    const reads: number[] = [];
    for (const page of ['1', '4']) {
      let items = 0;
      const send = client.send.bind(client);
      const counting = Object.assign(Object.create(client), {
        send: async (command: Parameters<typeof send>[0]) => {
          const answer = (await send(command)) as { Count?: number };
          items += answer.Count ?? 0;
          return answer;
        },
      });
      const stored = await api.stored(tenant, id);
      if (stored === undefined) throw new Error('the integration is gone');
      const db = { ...api.db, client: counting };
      await syncHistory(stored, { page: Number(page), pageSize: 3 }, api.clock.now(), db);
      reads.push(items);
    }
    // The oldest number, three entries, and for a page further back the one above it, which tells of gaps.
    expect(reads).toEqual([4, 5]);
  });

  it('shows the run that is going on, from its lease', async () => {
    await run(api, tenant, id);
    const started = await start(api, tenant, id);
    await api.clock.advance(2_500);
    expect(logsOf((await history()).body)[0]).toMatchObject({
      run: 2,
      status: 'RUNNING',
      completedAt: null,
      duration: 2_500,
      errorMessage: null,
    });
    expect((await operator('GET', `/api/integrations/${id}`)).body.running).toBe(true);
    await end(api, started);
    expect((await history()).body).toMatchObject({ total: 2, logs: [{ run: 2, status: 'SUCCESS' }, { run: 1 }] });
  });

  it('shows the run that is going on as such, also when slots were skipped meanwhile', async () => {
    const { body } = await operator('POST', `/api/integrations/${id}/sync`);
    const started = await start(api, tenant, id, String(body.runId));
    const { tenantId, integrationId, slot } = started.message;
    const skip = {
      ...({
        id: `${id}-2`,
        run: 2,
        status: 'SKIPPED',
        trigger: 'schedule',
        scheduledFor: slot,
        startedAt: slot,
      } as const),
      ...{ completedAt: slot, recordsCount: 0, errorMessage: 'another run was going on', details: {} },
    };
    const message = { ...started.message, trigger: 'schedule' as const, runId: undefined };
    expect(await passSlot(message, started.integration, api.db)).toMatchObject({ passedRun: 2 });
    await putHistory(tenantId, integrationId, skip, api.db);
    expect((await history()).body).toMatchObject({
      total: 2,
      logs: [
        { run: 2, status: 'SKIPPED' },
        { run: 1, id: body.runId, status: 'RUNNING', trigger: 'manual', errorMessage: null },
      ],
    });
    expect((await history({ status: 'RUNNING' })).body.total).toBe(1);
    expect((await history({ status: 'FAILED' })).body.total).toBe(0);
  });

  it('makes nothing up where old entries are being swept', async () => {
    for (let n = 0; n < 3; n++) await run(api, tenant, id);
    const stored = await api.stored(tenant, id);
    if (stored === undefined) throw new Error('it is there');
    await api.db.client.send(
      new DeleteCommand({
        TableName: api.db.tables.history,
        Key: { pk: integrationKey(stored.tenantId, stored.id), run: 2 },
      }),
    );
    const runsOf = async () => logsOf((await history()).body).map(({ run: number, status }) => [number, status]);
    expect(await runsOf()).toEqual([
      [3, 'SUCCESS'],
      [2, 'FAILED'],
      [1, 'SUCCESS'],
    ]);
    await api.clock.advance(89 * 86_400_000);
    expect(await runsOf()).toEqual([
      [3, 'SUCCESS'],
      [1, 'SUCCESS'],
    ]);
  });

  it('shows a run by hand under the id that was answered, while it runs and after', async () => {
    const { body } = await operator('POST', `/api/integrations/${id}/sync`);
    const started = await start(api, tenant, id, String(body.runId));
    expect(logsOf((await history()).body)[0]).toMatchObject({ id: body.runId, status: 'RUNNING', trigger: 'manual' });
    await end(api, started);
    expect(logsOf((await history()).body)[0]).toMatchObject({ id: body.runId, status: 'SUCCESS', trigger: 'manual' });
  });

  it('shows a run whose worker died as failed, before anybody has cleaned up', async () => {
    await start(api, tenant, id);
    await api.clock.advance(45_001);
    expect((await history()).body).toMatchObject({
      total: 1,
      logs: [{ run: 1, status: 'FAILED', errorMessage: 'worker stopped', completedAt: null, duration: null }],
    });
  });

  it('shows a run whose worker died between its end and its entry', async () => {
    const started = await start(api, tenant, id);
    await end(api, started, 'FAILED', { crash: true });
    expect((await history()).body).toMatchObject({
      total: 1,
      logs: [{ run: 1, status: 'FAILED', errorMessage: 'HTTP 500 from api.hosted.example' }],
    });
  });

  it('shows slots that passed although nobody could write their entries, however many', async () => {
    await run(api, tenant, id);
    const started = await start(api, tenant, id);
    const { slot } = started.message;
    for (const later of [10_000, 20_000, 30_000]) {
      expect(await passSlot({ ...started.message, slot: slot + later }, started.integration, api.db)).toBeDefined();
    }
    expect((await history()).body).toMatchObject({
      total: 5,
      logs: [
        { run: 5, status: 'SKIPPED', scheduledFor: new Date(slot + 30_000).toISOString() },
        { run: 4, status: 'FAILED', errorMessage: 'worker stopped' },
        { run: 3, status: 'FAILED', errorMessage: 'worker stopped' },
        { run: 2, status: 'RUNNING' },
        { run: 1, status: 'SUCCESS' },
      ],
    });
    expect((await history({ pageSize: '2', page: '2' })).body).toMatchObject({
      total: 5,
      logs: [{ run: 3 }, { run: 2 }],
    });
    await end(api, started);
    expect((await history()).body).toMatchObject({
      total: 5,
      logs: [{ run: 5 }, {}, {}, { run: 2, status: 'SUCCESS' }, {}],
    });
  });

  it('finds a status among the newest entries', async () => {
    for (const status of ['SUCCESS', 'FAILED', 'SUCCESS', 'FAILED', 'FAILED'] as const)
      await run(api, tenant, id, status);
    const first = await history({ status: 'FAILED', pageSize: '2' });
    expect(first.body).toMatchObject({ total: 3, logs: [{ run: 5 }, { run: 4 }] });
    expect((await history({ status: 'FAILED', pageSize: '2', page: '2' })).body.logs).toMatchObject([{ run: 2 }]);
    await start(api, tenant, id);
    expect((await history({ status: 'RUNNING' })).body).toMatchObject({ total: 1, logs: [{ run: 6 }] });
  });

  it('counts only what is still kept', async () => {
    for (let i = 1; i <= 3; i++) await run(api, tenant, id);
    await api.db.client.send(
      new DeleteCommand({ TableName: api.db.tables.history, Key: { pk: `${tenant}#${id}`, run: 1 } }),
    );
    expect((await history()).body).toMatchObject({ total: 2, logs: [{ run: 3 }, { run: 2 }] });
  });

  it.each([
    [{ pageSize: '101' }, ['pageSize']],
    [{ page: '0', status: 'failed' }, ['page', 'status']],
  ])('refuses %j', async (query, paths) => {
    expect(pathsOf(await history(query))).toEqual(paths);
  });
});
