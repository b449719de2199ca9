import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answered, aCarrier, type Caller, pathsOf, startTestApi, type TestApi } from './support/test-api.ts';

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
});

const create = async (body: Record<string, unknown> = aCarrier()): Promise<Answered> => {
  const answer = await operator('POST', '/api/integrations', { body });
  expect(answer.text).toContain('"id"');
  return answer.body;
};

describe('changing an integration', () => {
  it('changes the named fields only', async () => {
    const before = await create(aCarrier({ config: { region: 'eu' }, accountId: 'org-7' }));
    await api.clock.advance(5_000);
    const { status, body } = await operator('PATCH', `/api/integrations/${before.id}`, {
      body: { name: 'Renamed', config: { pageSize: 10 }, baseUrl: 'https://api.hosted.example/v2' },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...before,
      name: 'Renamed',
      config: { pageSize: 10 },
      baseUrl: 'https://api.hosted.example/v2',
      updatedAt: new Date(api.clock.now()).toISOString(),
      version: 2,
    });
  });

  it('goes by the version where one is given', async () => {
    const { id, version } = await create();
    const patch = (body: unknown) => operator('PATCH', `/api/integrations/${id}`, { body });
    expect((await patch({ version, name: 'First' })).status).toBe(200);
    const late = await patch({ version, name: 'Second' });
    expect(late).toMatchObject({ status: 409, body: { error: { code: 'version_conflict', details: { version: 2 } } } });
    expect((await patch({ version })).status).toBe(409);
    expect((await patch({ name: 'Third' })).body).toMatchObject({ name: 'Third', version: 3 });
  });

  it('hears everybody who changes it at the same time without a version', async () => {
    const { id } = await create();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        operator('PATCH', `/api/integrations/${id}`, { body: i % 2 ? { name: `n${i}` } : { syncInterval: 60 + i } }),
      ),
    );
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(new Set(all.map(({ body }) => body.version)).size).toBe(20);
    expect((await operator('GET', `/api/integrations/${id}`)).body.version).toBe(21);
  });

  it('replaces named credentials, removes those set to null, keeps the others', async () => {
    const { id } = await create(aCarrier({ credentials: { apiKey: 'key-0123456789abcd', apiSecret: 'secret' } }));
    const patch = (credentials: unknown) => operator('PATCH', `/api/integrations/${id}`, { body: { credentials } });
    const opened = async () => {
      const stored = await api.stored(tenant, id);
      return stored?.credentials && api.vault.open(stored.tenantId, stored.id, stored.credentials);
    };
    expect((await patch({ apiKey: 'key-0123456789wxyz' })).body).toMatchObject({ apiKeyLast4: 'wxyz' });
    expect(await opened()).toEqual({ apiKey: 'key-0123456789wxyz', apiSecret: 'secret' });
    await patch({ apiSecret: null });
    expect(await opened()).toEqual({ apiKey: 'key-0123456789wxyz' });
    expect(pathsOf(await patch({ apiKey: null }))).toEqual(['credentials.apiKey']);
    expect(await opened()).toEqual({ apiKey: 'key-0123456789wxyz' });
    const before = await operator('GET', `/api/integrations/${id}`);
    await api.clock.advance(1000);
    expect((await patch({})).body).toEqual(before.body);
  });

  it.each<[string, Record<string, unknown>]>([
    ['base address', { baseUrl: 'https://attacker.example' }],
    ['token host', { config: { authBaseUrl: 'https://attacker.example' } }],
  ])('sends no stored credential to a new %s: they must be given again', async (_what, change) => {
    const credentials = { apiKey: 'key-0123456789abcd', apiSecret: 'secret-0123456789' };
    const { id } = await create(aCarrier({ credentials }));
    const patch = (body: unknown) => operator('PATCH', `/api/integrations/${id}`, { body });
    const before = await api.stored(tenant, id);
    expect(pathsOf(await patch(change))).toEqual(['credentials.apiKey', 'credentials.apiSecret']);
    expect(pathsOf(await patch({ ...change, credentials: { apiKey: 'k2' } }))).toEqual(['credentials.apiSecret']);
    expect(await api.stored(tenant, id)).toEqual(before);
    expect((await patch({ ...change, credentials: { apiKey: 'k2', apiSecret: null } })).status).toBe(200);
    // Known now: another path there, and the documented address, get what was given.
    expect((await patch({ baseUrl: null, config: {} })).status).toBe(200);
  });

  it('asks for none within the networks that the deployer has named', async () => {
    const { id } = await create(aCarrier({ credentials: { apiKey: 'key-0123456789abcd' } }));
    for (const baseUrl of ['http://10.77.2.3:8080', 'http://10.77.2.4/api']) {
      expect((await operator('PATCH', `/api/integrations/${id}`, { body: { baseUrl } })).status).toBe(200);
    }
    const away = await operator('PATCH', `/api/integrations/${id}`, { body: { baseUrl: 'https://10.example' } });
    expect(pathsOf(away)).toEqual(['credentials.apiKey']);
  });

  it('asks for no credentials at a new address where there are none', async () => {
    const own = { provider: 'own', accountId: 'site', baseUrl: 'https://a.example', credentials: {} };
    const { id } = await create(aCarrier(own));
    const moved = await operator('PATCH', `/api/integrations/${id}`, { body: { baseUrl: 'https://b.example' } });
    expect([moved.status, moved.body.baseUrl]).toEqual([200, 'https://b.example']);
  });

  it('sets credentials again that can no longer be opened', async () => {
    const { id } = await create();
    await api.db.client.send(
      new UpdateCommand({
        TableName: api.db.tables.integrations,
        Key: { pk: `${tenant}#${id}` },
        UpdateExpression: 'SET credentials.sealed = :broken',
        ExpressionAttributeValues: { ':broken': 'AAAA' },
      }),
    );
    const patch = (body: unknown) => operator('PATCH', `/api/integrations/${id}`, { body });
    expect((await patch({ config: { region: 'eu' } })).body.error?.message).toContain('Set them again');
    expect((await patch({ credentials: { apiKey: 'key-0123456789wxyz' } })).body.apiKeyLast4).toBe('wxyz');
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['another kind or provider', { kind: 'vehicle', provider: 'own' }, ['kind', 'provider']],
    ['an unknown name', { status: 'success' }, ['status']],
    ['a bad configuration', { config: { size: 1 } }, ['config.size']],
    ['what does not go with the rest', { accountId: null, config: { region: 'us' } }, ['accountId']],
    ['a private address', { baseUrl: 'http://192.168.0.1' }, ['baseUrl']],
    ['an interval under 10 s', { syncInterval: 1 }, ['syncInterval']],
  ])('refuses %s', async (_what, body, paths) => {
    const before = await create();
    const answer = await operator('PATCH', `/api/integrations/${before.id}`, { body });
    expect(answer.status).toBe(400);
    expect(pathsOf(answer)).toEqual(paths);
    expect((await operator('GET', `/api/integrations/${before.id}`)).body).toEqual(before);
  });

  it('moves the schedule with the interval', async () => {
    const { id } = await create(aCarrier({ syncInterval: null }));
    const { body } = await operator('PATCH', `/api/integrations/${id}`, { body: { syncInterval: 86_400 } });
    expect(body.syncInterval).toBe(86_400);
    expect(body.nextSyncAt).not.toBeNull();
  });
});

describe('sync settings', () => {
  it('switch off and on again: no slot while off, at once when on', async () => {
    const { id } = await create();
    const set = (body: unknown) => operator('PATCH', `/api/integrations/${id}/sync-settings`, { body });
    expect((await set({ syncEnabled: false })).body).toMatchObject({ nextSyncAt: null, health: 'grey' });
    await api.clock.advance(3_600_000);
    const on = await set({ syncEnabled: true });
    expect(on.body).toMatchObject({ nextSyncAt: new Date(api.clock.now()).toISOString(), retryCount: 0 });
    expect(api.sent).toHaveLength(2);
  });

  it('take an interval or none, and nothing else', async () => {
    const { id } = await create();
    const set = (body: unknown) => operator('PATCH', `/api/integrations/${id}/sync-settings`, { body });
    expect((await set({ syncInterval: 60 })).body.syncInterval).toBe(60);
    expect((await set({ syncInterval: null })).body).toMatchObject({ syncInterval: null, nextSyncAt: null });
    expect(pathsOf(await set({ name: 'x' }))).toEqual(['name']);
    expect((await set({})).status).toBe(200);
  });
});

describe('deleting an integration', () => {
  it('ends it at once and has its data removed', async () => {
    const { id } = await create();
    const gone = await operator('DELETE', `/api/integrations/${id}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await operator('GET', `/api/integrations/${id}`)).status).toBe(404);
    expect((await operator('DELETE', `/api/integrations/${id}`)).status).toBe(404);
    expect(JSON.parse(api.sent.at(-1)?.body ?? '')).toMatchObject({ purge: true, integrationId: id });
  });

  it('changes nothing when the removal of its data can’t be asked for', async () => {
    const { id } = await create();
    api.queue.refuses = true;
    expect((await operator('DELETE', `/api/integrations/${id}`)).status).toBe(503);
    expect((await operator('GET', `/api/integrations/${id}`)).status).toBe(200);
  });
});
