import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asIntegrationId, asTenantId } from '../../functions/model/ids.ts';
import { type DeadLetter, deadLetterId, holdDeadLetter, recordDeadLetter } from '../../functions/store/dead-letters.ts';
import { putBack } from './support/fake-kinds.ts';
import {
  type Answered,
  aCarrier,
  aRegister,
  type Caller,
  pathsOf,
  startTestApi,
  type TestApi,
} from './support/test-api.ts';

let api: TestApi;
let operator: Caller;
let tenants = 0;
let tenant: string;
let sims: string;
let till: string;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  tenant = `t${++tenants}`;
  operator = api.as(tenant, 'operator');
  sims = String((await operator('POST', '/api/integrations', { body: aCarrier() })).body.id);
  till = String((await operator('POST', '/api/integrations', { body: aRegister() })).body.id);
  api.sent.length = 0;
  putBack.length = 0;
  api.queue.refuses = false;
});

let count = 0;
async function aLetter(changes: Partial<DeadLetter> = {}): Promise<string> {
  const at = api.clock.now() + ++count;
  const letter: DeadLetter = {
    tenantId: asTenantId(tenant),
    id: deadLetterId(at, `message-${count}`),
    kind: 'carrier',
    integrationId: asIntegrationId(sims),
    reason: 'Failed 4 times',
    attempts: 4,
    lastError: 'HTTP 500 from api.hosted.example',
    firstFailureAt: at,
    lastFailureAt: at,
    createdAt: at,
    subject: { type: 'message', body: JSON.stringify(aMessage(sims)) },
    ...changes,
  };
  await recordDeadLetter(letter, api.db);
  return letter.id;
}
const aMessage = (integrationId: string) => ({
  v: 1,
  tenantId: tenant,
  integrationId,
  kind: 'carrier',
  slot: 1000,
  trigger: 'schedule',
  scheduleVersion: 1,
});
const aReceipt = (receiptId = 'r-1') =>
  aLetter({ kind: 'receipts', integrationId: asIntegrationId(till), subject: { type: 'receipt', receiptId } });

const listed = async (): Promise<string[]> =>
  ((await operator('GET', '/api/dead-letters')).body.deadLetters as unknown as { id: string }[]).map(({ id }) => id);
const redrive = (id: string, body?: unknown) => operator('POST', `/api/dead-letters/${id}/redrive`, { body });

describe('dead letters', () => {
  it('are listed newest first, by pages, in exactly their API form', async () => {
    const ids = [await aLetter(), await aLetter(), await aReceipt('r-9')];
    const { body } = await operator('GET', '/api/dead-letters', { query: { limit: '2' } });
    const time = expect.stringMatching(/^2026-11-22T12:00:0\d\.\d{3}Z$/);
    expect(body.deadLetters).toEqual([
      expect.objectContaining({ id: ids[2], subject: { type: 'receipt', receiptId: 'r-9' } }),
      {
        id: ids[1],
        kind: 'carrier',
        integrationId: sims,
        reason: 'Failed 4 times',
        attempts: 4,
        lastError: 'HTTP 500 from api.hosted.example',
        firstFailureAt: time,
        lastFailureAt: time,
        createdAt: time,
        subject: { type: 'message' },
      },
    ]);
    const rest = await operator('GET', '/api/dead-letters', { query: { cursor: String(body.nextCursor) } });
    expect(rest.body).toMatchObject({ deadLetters: [{ id: ids[0] }], nextCursor: null });
  });

  it('of a sync are redriven as a run of their own, and then gone', async () => {
    const id = await aLetter();
    const { status, body } = await redrive(id);
    expect([status, body]).toEqual([202, { id, runId: expect.any(String) }]);
    expect(JSON.parse(api.sent[0]?.body ?? '')).toMatchObject({
      integrationId: sims,
      trigger: 'redrive',
      runId: body.runId,
    });
    expect(await listed()).toEqual([]);
    expect((await redrive(id)).status).toBe(404);
  });

  it('stay when the queue does not take the message', async () => {
    const id = await aLetter();
    api.queue.refuses = true;
    expect((await redrive(id)).status).toBe(503);
    expect(await listed()).toEqual([id]);
    api.queue.refuses = false;
    expect((await redrive(id)).status).toBe(202);
  });

  it('are sent once when two people redrive them at the same time', async () => {
    const id = await aLetter();
    const statuses = (await Promise.all([redrive(id), redrive(id), redrive(id)])).map(({ status }) => status).sort();
    expect(statuses[0]).toBe(202);
    expect(statuses.slice(1).every((status) => status === 404 || status === 409)).toBe(true);
    expect(api.sent).toHaveLength(1);
  });

  it('can be redriven when an earlier redrive died', async () => {
    const id = await aLetter();
    await holdDeadLetter(asTenantId(tenant), id, api.clock.now() + 60_000, api.db);
    expect((await redrive(id)).status).toBe(409);
    await api.clock.advance(60_000);
    expect((await redrive(id)).status).toBe(202);
  });

  it('of a receipt go back to their kind, with a correction where one is given', async () => {
    const [same, corrected] = [await aReceipt('r-1'), await aReceipt('r-2')];
    expect((await redrive(same)).body).toEqual({ id: same, runId: null });
    await redrive(corrected, { correction: { total: 5 } });
    expect(putBack).toEqual([
      { receiptId: 'r-1', correction: undefined },
      { receiptId: 'r-2', correction: { total: 5 } },
    ]);
    expect(await listed()).toEqual([]);
  });

  it('stay when their kind refuses the correction', async () => {
    const id = await aReceipt();
    expect((await redrive(id, { correction: 'wrong' })).status).toBe(400);
    expect(pathsOf(await redrive(id, { corection: {} }))).toEqual(['corection']);
    expect(await listed()).toEqual([id]);
  });

  it('that ask for the removal of data are sent again, though their integration is gone', async () => {
    const purge = { v: 1, purge: true, tenantId: tenant, integrationId: 'gone', kind: 'carrier' };
    const id = await aLetter({
      integrationId: asIntegrationId('gone'),
      subject: { type: 'message', body: JSON.stringify(purge) },
    });
    expect((await redrive(id)).status).toBe(202);
    expect(JSON.parse(api.sent[0]?.body ?? '')).toEqual(purge);
  });

  it.each<[string, () => Promise<string>, number, string]>([
    [
      'whose integration was deleted',
      () => aLetter({ integrationId: asIntegrationId('gone') }),
      409,
      'integration_gone',
    ],
    ['that can’t be read', () => aLetter({ subject: { type: 'malformed', body: '{' } }), 422, 'not_redrivable'],
    ['that name no integration', () => aLetter({ integrationId: null }), 422, 'not_redrivable'],
    [
      'of a kind that can’t put anything back',
      () => aLetter({ subject: { type: 'receipt', receiptId: 'r' } }),
      422,
      'not_redrivable',
    ],
  ])('%s stay, with the reason why', async (_what, make, status, code) => {
    const id = await make();
    expect(await redrive(id)).toMatchObject({ status, body: { error: { code } } });
    expect(await listed()).toEqual([id]);
    expect(api.sent).toEqual([]);
  });

  it('are deleted', async () => {
    const id = await aLetter();
    const gone = await operator('DELETE', `/api/dead-letters/${id}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await operator('DELETE', `/api/dead-letters/${id}`)).status).toBe(404);
  });
});

describe('redriving several', () => {
  const several = async (body: unknown): Promise<Answered> =>
    (await operator('POST', '/api/dead-letters/redrive', { body })).body;

  it('tries the named ones; one that fails stays and stops no other', async () => {
    const [first, bad, last] = [await aLetter(), await aLetter({ integrationId: null }), await aLetter()];
    const report = await several({ ids: [first, bad, 'nobody', last, first] });
    expect(report).toMatchObject({ dryRun: false, count: 4, nextCursor: null });
    expect(report.redriven).toHaveLength(2);
    expect(report.failed).toEqual(
      expect.arrayContaining([
        { id: bad, code: 'not_redrivable', message: expect.any(String) },
        { id: 'nobody', code: 'not_found', message: expect.any(String) },
      ]),
    );
    expect(await listed()).toEqual([bad]);
  });

  it('tries all of a kind, and no other', async () => {
    const [sync, receipt] = [await aLetter(), await aReceipt()];
    expect(await several({ kind: 'receipts' })).toMatchObject({ count: 1, redriven: [{ id: receipt }] });
    expect(await listed()).toEqual([sync]);
  });

  it('goes on from the cursor where there are more than one request takes', async () => {
    for (let i = 0; i < 101; i++) await aLetter();
    const first = await several({ kind: 'carrier' });
    expect(first).toMatchObject({ count: 100, failed: [] });
    expect(await several({ kind: 'carrier', cursor: first.nextCursor })).toMatchObject({ count: 1, nextCursor: null });
    expect(await listed()).toEqual([]);
    expect(api.sent).toHaveLength(101);
  });

  it('does nothing on a dry run but say what it would try', async () => {
    const id = await aLetter();
    expect(await several({ kind: 'carrier', dryRun: true })).toMatchObject({ dryRun: true, count: 1, redriven: [] });
    expect(await several({ ids: [id, 'nobody'], dryRun: true })).toMatchObject({
      count: 2,
      failed: [{ id: 'nobody' }],
    });
    expect(await listed()).toEqual([id]);
    expect(api.sent).toEqual([]);
  });

  it.each([
    [{}, ['ids']],
    [{ ids: ['a'], kind: 'carrier' }, ['ids']],
    [{ ids: [] }, ['ids']],
    [{ ids: Array.from({ length: 101 }, (_, i) => `l${i}`) }, ['ids']],
    [{ kind: 'boat', all: true }, ['kind', 'all']],
  ])('refuses %j', async (body, paths) => {
    expect(pathsOf(await operator('POST', '/api/dead-letters/redrive', { body }))).toEqual(paths);
  });
});
