import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

describe('creating an integration', () => {
  it('answers 201 with exactly its API form', async () => {
    const { status, body } = await operator('POST', '/api/integrations', {
      body: aCarrier({ accountId: 'org-7', config: { region: 'eu' } }),
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[a-z0-9]{26}$/),
      name: 'SIMs in the field',
      kind: 'carrier',
      provider: 'hosted',
      baseUrl: null,
      accountId: 'org-7',
      config: { region: 'eu' },
      syncInterval: 3600,
      syncEnabled: true,
      status: 'pending',
      health: 'grey',
      running: false,
      nextSyncAt: '2026-11-22T12:00:00.000Z',
      lastSyncAt: null,
      lastSyncError: null,
      retryCount: 0,
      disabledReason: null,
      notice: null,
      credentialsSetAt: '2026-11-22T12:00:00.000Z',
      apiKeyLast4: 'abcd',
      createdAt: '2026-11-22T12:00:00.000Z',
      updatedAt: '2026-11-22T12:00:00.000Z',
      version: 1,
    });
    expect((await operator('GET', `/api/integrations/${body.id}`)).body).toEqual(body);
  });

  it('sends its first run on its way at once', async () => {
    const { id } = await create();
    expect(api.sent).toMatchObject([{ kind: 'carrier', group: tenant, delaySeconds: 0 }]);
    expect(JSON.parse(api.sent[0]?.body ?? '')).toMatchObject({ integrationId: id, trigger: 'schedule' });
  });

  it('stands when the queue refuses the first run, which is then left to the tick', async () => {
    api.queue.refuses = true;
    const { id } = await create();
    expect((await api.stored(tenant, id))?.nextSyncAt).not.toBeNull();
    expect(api.logged.at(-2)).toMatchObject({
      message: expect.stringContaining('could not enqueue'),
      integrationId: id,
    });
  });

  it('schedules nothing where it is switched off, by hand only, or has nothing to do yet', async () => {
    const drafts = [aCarrier({ syncEnabled: false }), aCarrier({ syncInterval: null }), aRegister()];
    for (const draft of drafts) expect(await create(draft)).toMatchObject({ nextSyncAt: null, health: 'grey' });
    expect(api.sent).toEqual([]);
  });

  it('seals the credentials: they can be opened for this integration only', async () => {
    const { id } = await create();
    const stored = await api.stored(tenant, id);
    if (!stored?.credentials) throw new Error('no credentials were stored');
    expect(JSON.stringify(stored)).not.toContain('key-0123456789abcd');
    expect(await api.vault.open(stored.tenantId, stored.id, stored.credentials)).toEqual({
      apiKey: 'key-0123456789abcd',
    });
  });

  it('shows nothing of a short key', async () => {
    expect(await create(aCarrier({ credentials: { apiKey: 'short' } }))).toMatchObject({ apiKeyLast4: null });
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['everything missing', {}, ['name', 'kind', 'provider']],
    ['an unknown name', aCarrier({ intervall: 60 }), ['intervall']],
    [
      'wrong types',
      aCarrier({ name: 7, syncEnabled: 'yes', syncInterval: 'hourly' }),
      ['name', 'syncInterval', 'syncEnabled'],
    ],
    ['an unknown kind', aCarrier({ kind: 'boat' }), ['kind']],
    ['a kind that is not deployed', aCarrier({ kind: 'source' }), ['kind']],
    ['an unknown provider', aCarrier({ provider: 'hollogram', name: '' }), ['name', 'provider']],
    ['a provider of every object', aCarrier({ provider: 'constructor' }), ['provider']],
    ['a blank name', aCarrier({ name: '   ' }), ['name']],
    ['a name of two lines', aCarrier({ name: 'SIMs\nin the field' }), ['name']],
    ['an interval under 10 s', aCarrier({ syncInterval: 9 }), ['syncInterval']],
    ['an interval over 30 days', aCarrier({ syncInterval: 2_592_001 }), ['syncInterval']],
    ['half a second', aCarrier({ syncInterval: 10.5 }), ['syncInterval']],
    ['a missing credential', aCarrier({ credentials: undefined }), ['credentials.apiKey']],
    [
      'a credential it does not use',
      aCarrier({ credentials: { apiKey: 'k', password: 'p' } }),
      ['credentials.password'],
    ],
    ['a credential of two lines', aCarrier({ credentials: { apiKey: 'key-1\nkey-2' } }), ['credentials.apiKey']],
    ['a credential with a blank behind', aCarrier({ credentials: { apiKey: 'key-1 ' } }), ['credentials.apiKey']],
    ['a credential nobody knows', aCarrier({ credentials: { apiKey: 'k', pin: '1' } }), ['credentials.pin']],
    ['a bad configuration', aCarrier({ config: { region: 'mars', size: 1 } }), ['config.region', 'config.size']],
    [
      'bad fields of all sorts at once',
      aCarrier({ syncInterval: 1, config: { size: 1 }, credentials: {} }),
      ['syncInterval', 'config.size', 'credentials.apiKey'],
    ],
    ['what the provider itself refuses', aCarrier({ config: { region: 'us' } }), ['accountId']],
    ['a number that can’t be kept', aCarrier({ config: { extra: { a: [1e300] } } }), ['config.extra.a.0']],
    ['an address missing', aCarrier({ provider: 'own', credentials: {} }), ['accountId', 'baseUrl']],
    ['no address', aCarrier({ baseUrl: 'api.example.com' }), ['baseUrl']],
    ['another scheme', aCarrier({ baseUrl: 'ftp://api.example.com' }), ['baseUrl']],
    ['an address with a password', aCarrier({ baseUrl: 'https://u:p@api.example.com' }), ['baseUrl']],
    ['an address with a query', aCarrier({ baseUrl: 'https://api.example.com/?a=1' }), ['baseUrl']],
    ['an address with an empty query', aCarrier({ baseUrl: 'https://api.example.com?' }), ['baseUrl']],
    ['loopback', aCarrier({ baseUrl: 'http://127.0.0.1:8080/' }), ['baseUrl']],
    ['loopback in octal', aCarrier({ baseUrl: 'http://0177.0.0.1/' }), ['baseUrl']],
    ['instance metadata', aCarrier({ baseUrl: 'http://[::ffff:a9fe:a9fe]/' }), ['baseUrl']],
    ['a private token host', aCarrier({ config: { authBaseUrl: 'https://10.0.0.8' } }), ['config.authBaseUrl']],
  ])('refuses %s', async (_what, body, paths) => {
    const answer = await operator('POST', '/api/integrations', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error?.code).toBe('invalid');
    expect(pathsOf(answer)).toEqual(paths);
    expect((await operator('GET', '/api/integrations')).body.integrations).toEqual([]);
  });

  it('refuses configuration nested too deep or too long for the database', async () => {
    const deep = Array.from({ length: 30 }).reduce<unknown>((inner) => ({ inner }), 1);
    const long = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`n${i}`, 'x'.repeat(1000)]));
    for (const extra of [deep, long]) {
      const answer = await operator('POST', '/api/integrations', { body: aCarrier({ config: { extra } }) });
      expect(answer.status).toBe(400);
      expect(pathsOf(answer)[0]).toMatch(/^config/);
    }
  });
});

describe('the Idempotency-Key', () => {
  const post = (key: string, body = aCarrier()) =>
    operator('POST', '/api/integrations', { body, headers: { 'Idempotency-Key': key } });

  it('makes a repeat answer what the first was answered, and create nothing', async () => {
    const first = await post('key-1');
    await operator('PATCH', `/api/integrations/${first.body.id}`, { body: { name: 'Renamed' } });
    const again = await post('key-1');
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect((await operator('GET', '/api/integrations')).body.integrations).toHaveLength(1);
    expect(api.sent).toHaveLength(1);
  });

  it('does not pretend that an integration is there which was deleted since', async () => {
    const first = await post('key-1');
    await operator('DELETE', `/api/integrations/${first.body.id}`);
    const again = await post('key-1');
    expect([again.status, again.body.error?.code]).toEqual([409, 'conflict']);
    expect(again.body.error?.message).toContain('deleted since');
    expect((await operator('GET', '/api/integrations')).body.integrations).toEqual([]);
  });

  it('makes one integration of requests at the same time', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => post('key-1')));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect((await operator('GET', '/api/integrations')).body.integrations).toHaveLength(1);
  });

  it('refuses another body', async () => {
    await post('key-1');
    const other = await post('key-1', aCarrier({ credentials: { apiKey: 'another-key-0123' } }));
    expect([other.status, other.body.error?.code]).toEqual([409, 'idempotency_conflict']);
    expect((await post('key-2', aCarrier({ name: 'Second' }))).status).toBe(201);
  });

  it('refuses what is no key', async () => {
    for (const key of ['', '  ', 'schlüssel', 'x'.repeat(256)]) {
      expect(pathsOf(await post(key)), key).toEqual(['Idempotency-Key']);
    }
  });
});
