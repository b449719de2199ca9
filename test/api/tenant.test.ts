import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { computeOverview, createOverviewCache, type Overview } from '../../functions/api/overview.ts';
import { TENANT_SECRETS } from '../../functions/model/credentials.ts';
import { asIntegrationId, asTenantId } from '../../functions/model/ids.ts';
import { deadLetterId, recordDeadLetter } from '../../functions/store/dead-letters.ts';
import { addEvent } from '../../functions/store/events.ts';
import { readSettings } from '../../functions/store/settings.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { end, run, start } from './support/runs.ts';
import { aCarrier, aRegister, type Caller, pathsOf, startTestApi, type TestApi } from './support/test-api.ts';

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
});

describe('settings', () => {
  const put = (body: unknown) => operator('PUT', '/api/settings', { body });

  it('are shown with the key as set, never the key', async () => {
    expect((await operator('GET', '/api/settings')).body).toEqual({
      vehicleDefaultApiKey: { set: false, last4: null, setAt: null },
      notificationEmail: null,
    });
    const { status, body } = await put({
      vehicleDefaultApiKey: 'vehicle-key-7777',
      notificationEmail: 'fleet@example.com',
    });
    expect(status).toBe(200);
    const saved = {
      vehicleDefaultApiKey: { set: true, last4: '7777', setAt: new Date(api.clock.now()).toISOString() },
      notificationEmail: 'fleet@example.com',
    };
    expect(body).toEqual({ ...saved, notice: expect.stringContaining('confirm') });
    expect((await operator('GET', '/api/settings')).body).toEqual(saved);
  });

  it('keep what is not named and remove what is null', async () => {
    await put({ vehicleDefaultApiKey: 'vehicle-key-7777' });
    expect((await put({ notificationEmail: 'fleet@example.com' })).body.vehicleDefaultApiKey?.set).toBe(true);
    expect((await put({ vehicleDefaultApiKey: null })).body).toEqual({
      vehicleDefaultApiKey: { set: false, last4: null, setAt: null },
      notificationEmail: 'fleet@example.com',
    });
  });

  it('seal the key under the tenant', async () => {
    await put({ vehicleDefaultApiKey: 'vehicle-key-7777' });
    const { vehicleDefaultApiKey } = await readSettings(asTenantId(tenant), api.db);
    if (vehicleDefaultApiKey === null) throw new Error('no key was stored');
    const opened = await api.vault.open(asTenantId(tenant), TENANT_SECRETS, vehicleDefaultApiKey);
    expect(opened).toEqual({ apiKey: 'vehicle-key-7777' });
  });

  it('refuse what is no address or no setting', async () => {
    expect(pathsOf(await put({ notificationEmail: 'fleet', webhook: 'x' }))).toEqual(['notificationEmail', 'webhook']);
    for (const key of ['two\r\nlines', ' pasted', 'pasted\t']) {
      expect(pathsOf(await put({ vehicleDefaultApiKey: key }))).toEqual(['vehicleDefaultApiKey']);
    }
  });
});

describe('events', () => {
  it('are listed newest first, by pages', async () => {
    const db = { ...api.db, ids: api.deps.ids };
    for (const message of ['first', 'second', 'third']) {
      await addEvent(asTenantId(tenant), { type: 'disabled', integrationId: asIntegrationId('truck'), message }, db);
    }
    const { body } = await operator('GET', '/api/events', { query: { limit: '2' } });
    expect(body.events).toEqual([
      expect.objectContaining({ message: 'third' }),
      {
        id: expect.any(String),
        at: new Date(api.clock.now()).toISOString(),
        type: 'disabled',
        integrationId: 'truck',
        message: 'second',
      },
    ]);
    const rest = await operator('GET', '/api/events', { query: { cursor: String(body.nextCursor) } });
    expect(rest.body).toMatchObject({ events: [{ message: 'first' }], nextCursor: null });
  });
});

describe('the overview', () => {
  const overview = async () => (await operator('GET', '/api/overview')).body;
  const create = async (body = aCarrier()) => (await operator('POST', '/api/integrations', { body })).body.id;

  it('counts by kind and health, what is late, what was given up on, and what ran in the last hour', async () => {
    const good = await create();
    const bad = await create();
    const slow = await create();
    await create(aRegister());
    await create(aCarrier({ syncEnabled: false }));
    for (let i = 0; i < 3; i++) await run(api, tenant, good);
    await run(api, tenant, bad, 'SUCCESS');
    await run(api, tenant, bad, 'FAILED');
    const started = await start(api, tenant, slow);
    await recordDeadLetter(
      {
        tenantId: asTenantId(tenant),
        id: deadLetterId(api.clock.now(), 'm1'),
        kind: 'carrier',
        integrationId: asIntegrationId(String(bad)),
        reason: 'Failed 4 times',
        attempts: 4,
        lastError: null,
        firstFailureAt: 0,
        lastFailureAt: 0,
        createdAt: 0,
        subject: { type: 'message', body: '' },
      },
      api.db,
    );
    await api.clock.advance(10_000);
    expect(await overview()).toEqual({
      total: 5,
      byKind: { carrier: 4, vehicle: 0, source: 0, receipts: 1 },
      byHealth: { green: 1, yellow: 0, red: 1, grey: 3 },
      running: 1,
      overdue: 0,
      deadLetters: 1,
      lastHour: { syncs: 5, failures: 1 },
    });
    await end(api, started);
    await api.clock.advance(3 * 3_600_000);
    expect(await overview()).toMatchObject({
      byHealth: { green: 0, yellow: 2, red: 1, grey: 2 },
      overdue: 3,
      running: 0,
      lastHour: { syncs: 0, failures: 0 },
    });
  });

  it('is kept for some seconds, and not after a change of one’s own', async () => {
    expect((await overview()).total).toBe(0);
    await create();
    expect((await overview()).total).toBe(1);
    const { headers } = await operator('GET', '/api/overview');
    const again = await operator('GET', '/api/overview', { headers: { 'if-none-match': String(headers.etag) } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('is computed once for all who ask at the same time, and again later', async () => {
    const clock = new VirtualClock();
    let computed = 0;
    const cache = createOverviewCache(async () => {
      computed += 1;
      return { total: computed } as Overview;
    }, clock);
    const acme = asTenantId('acme');
    await Promise.all([cache.get(acme), cache.get(acme), cache.get(asTenantId('other'))]);
    expect(computed).toBe(2);
    await clock.advance(4_999);
    await cache.get(acme);
    expect(computed).toBe(2);
    await clock.advance(1);
    expect(await cache.get(acme)).toEqual({ total: 3 });
  });

  it('does not keep a failure', async () => {
    let fails = true;
    const cache = createOverviewCache(async (tenantId) => {
      if (fails) throw new Error('throttled');
      return computeOverview(tenantId, api.db);
    }, api.clock);
    await expect(cache.get(asTenantId(tenant))).rejects.toThrow('throttled');
    fails = false;
    expect(await cache.get(asTenantId(tenant))).toMatchObject({ total: 0 });
  });
});
