import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { usageWindow } from '../../../functions/kinds/carrier/cycle.ts';
import type { BulkPage, CarrierClient, DeviceReading } from '../../../functions/kinds/carrier/provider.ts';
import type { CarrierName } from '../../../functions/kinds/carrier/providers/index.ts';
import { carrierProviders } from '../../../functions/kinds/carrier/providers/index.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import type { HttpClient } from '../../../functions/platform/http/http.ts';
import { createUpstreamFactory } from '../../../functions/platform/upstream/upstream-client.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { scriptedHttp } from './support/fake-upstream.ts';
import { NOW, openClient } from './support/open-client.ts';
import { virtualClock } from './support/virtual-clock.ts';

/** Answers as the carriers document them, scrubbed. */
const fixture = (path: string): string => readFileSync(new URL(`fixtures/${path}.json`, import.meta.url), 'utf8');

/** Answers by `GET /path`; what is not there is an error. */
const answers = (byCall: Readonly<Record<string, string>>): HttpClient =>
  scriptedHttp((method, url) => {
    const text = byCall[`${method} ${url.pathname}`];
    return text === undefined ? undefined : { text };
  });

const window = usageWindow(Date.parse(NOW), 1);
const NOVEMBER = { billingCycleStart: Date.parse('2026-11-01'), billingCycleEnd: Date.parse('2026-12-01') };

async function readAll(client: CarrierClient, wanted: readonly string[]): Promise<Map<string, DeviceReading>> {
  const found = new Map<string, DeviceReading>();
  let checkpoint: string | null = null;
  do {
    const page: BulkPage | undefined = await client.getBulkUsage?.({
      window,
      wanted: new Set(wanted),
      checkpoint,
      carried: null,
    });
    for (const reading of page?.readings ?? []) {
      found.set(reading.carrierDeviceId, { ...found.get(reading.carrierDeviceId), ...reading });
    }
    checkpoint = page?.next ?? null;
  } while (checkpoint !== null);
  return found;
}

it('Hologram: one listing tells usage, cycle, status and connection', async () => {
  const client = openClient('hologram', answers({ 'GET /api/1/devices': fixture('hologram/devices') }));
  const found = await readAll(client, ['1234', '1235', '1236']);
  expect(found.get('1234')).toMatchObject({
    usage: {
      dataUsedBytes: 2_692_964,
      dataLimitBytes: 1_000_000,
      billingCycleStart: Date.parse('2026-11-05T01:00:00Z'),
      billingCycleEnd: Date.parse('2026-12-05T01:00:00Z'),
    },
    previous: { bytes: 5_421_465, end: Date.parse('2026-11-05T01:00:00Z') },
    info: { iccid: '8944500000000001234', simStatus: 'active', networkStatus: 'connected' },
  });
  // Two SIMs: their counters add up, a number may come as text, the cycle that ends last counts.
  expect(found.get('1235')).toMatchObject({
    usage: { dataUsedBytes: 4096, billingCycleEnd: Date.parse('2026-12-10T01:00:00Z') },
    info: { simStatus: 'suspended', networkStatus: 'suspended', iccid: '8944500000000001236' },
  });
  const silent = found.get('1236')?.info;
  expect([silent?.simStatus, silent?.networkStatus]).toEqual([undefined, undefined]);
});

it('Hologram: usage records are summed over the billing cycle, by device and by link, each once', async () => {
  const page = JSON.parse(fixture('hologram/usage-data'));
  const first = JSON.stringify({ ...page, continues: true, lastid: '7713-5' });
  const asked: URLSearchParams[] = [];
  const http = scriptedHttp((_method, url) => {
    if (url.pathname === '/api/1/devices') return { text: fixture('hologram/devices') };
    asked.push(url.searchParams);
    // The second page repeats the last records of the first.
    return { text: url.searchParams.has('startafter') ? fixture('hologram/usage-data') : first };
  });
  const client = openClient('hologram', http, { integration: { config: { usageSource: 'usage-records' } } });
  const found = await readAll(client, ['1234', '1235']);
  // The record of 00:59:59 belongs to the cycle before, the one of 01:00:00 to this one.
  expect(found.get('1234')?.usage?.dataUsedBytes).toBe(10_240 + 20_480);
  expect(found.get('1235')?.usage?.dataUsedBytes).toBe(512);
  expect(asked.map((query) => query.get('startafter'))).toEqual([null, '7713-5']);
  expect(asked[0]?.get('orgid')).toBe('321');
  expect(asked[0]?.get('timestart')).toBe(String(Date.parse('2026-11-05T01:00:00Z') / 1000));
});

it('1NCE: decimal megabytes by day; the quota in the list is not usage', async () => {
  const http = answers({
    'POST /management-api/oauth/token':
      '{"status_code":200,"access_token":"T","token_type":"bearer","expires_in":3600}',
    'GET /management-api/v1/sims': fixture('1nce/sims'),
    'GET /management-api/v1/sims/8988280666000000001/usage': fixture('1nce/usage'),
  });
  const client = openClient('1nce', http);
  const list = await client.listDevices?.({ window, wanted: new Set(), checkpoint: null, carried: null });
  expect(list).toMatchObject({
    readings: [{ carrierDeviceId: '8988280666000000001', info: { simStatus: 'active' } }],
    next: null,
  });
  expect(list?.readings[0]?.usage).toBeUndefined();
  expect((await client.getUsage('8988280666000000001', window)).usage).toMatchObject({
    dataUsedBytes: 1_502_803,
    days: [
      { date: '2026-11-21', bytes: 2803 },
      { date: '2026-11-20', bytes: 1_500_000 },
    ],
    ...NOVEMBER,
  });
});

it('1NCE: a megabyte counts what was configured', async () => {
  const http = answers({
    'POST /management-api/oauth/token': '{"access_token":"T"}',
    'GET /management-api/v1/sims/8988280666000000001/usage': fixture('1nce/usage'),
  });
  const client = openClient('1nce', http, { integration: { config: { bytesPerMb: 1_048_576 } } });
  const { usage } = await client.getUsage('8988280666000000001', window);
  expect(usage?.dataUsedBytes).toBe(Math.round(1.502803 * 1_048_576));
});

it('Super SIM: bytes by SIM from the records, status from the list', async () => {
  const client = openClient(
    'supersim',
    answers({ 'GET /v1/Sims': fixture('supersim/sims'), 'GET /v1/UsageRecords': fixture('supersim/usage-records') }),
  );
  const found = await readAll(client, []);
  expect(found.get('HS00000000000000000000000000000001')).toMatchObject({
    usage: { dataUsedBytes: 300_000, ...NOVEMBER },
    info: { simStatus: 'active', iccid: '8988307000000000001' },
  });
  expect(found.get('HS00000000000000000000000000000002')).toMatchObject({ info: { simStatus: 'unchanged' } });
  expect(found.get('HS00000000000000000000000000000002')?.usage).toBeUndefined();
});

it('Super SIM: at KORE with a token from its own address', async () => {
  const asked: string[] = [];
  const http = scriptedHttp((method, url, body) => {
    asked.push(`${method} ${url.origin}${url.pathname}`);
    if (method === 'POST') {
      expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
        grant_type: 'client_credentials',
        client_id: 'KEY',
        client_secret: 'SECRET',
      });
      return { text: '{"access_token":"T","expires_in":3600,"token_type":"Bearer"}' };
    }
    return { text: fixture('supersim/sims') };
  });
  const client = openClient('supersim', http, { integration: { config: { auth: 'kore' } } });
  await client.check();
  expect(asked).toEqual([
    'POST https://api.korewireless.com/api-services/v1/auth/token',
    'GET https://supersim.api.korewireless.com/v1/Sims',
  ]);
});

it('emnify: a list of months as in the specification, or one object', async () => {
  const signIn = { 'POST /api/v1/authenticate': '{"auth_token":"not a JWT"}' };
  const asList = fixture('emnify/stats');
  for (const stats of [asList, JSON.stringify(JSON.parse(asList)[0])]) {
    const client = openClient('emnify', answers({ ...signIn, 'GET /api/v1/sim/123456/stats': stats }));
    const reading = await client.getUsage('123456', window);
    expect(reading).toMatchObject({
      usage: { dataUsedBytes: 12_345_678, ...NOVEMBER },
      previous: { bytes: 3_000_000 },
    });
  }
  const client = openClient('emnify', answers({ ...signIn, 'GET /api/v1/sim': fixture('emnify/sims') }));
  const list = await client.listDevices?.({ window, wanted: new Set(), checkpoint: null, carried: null });
  expect(list?.readings).toMatchObject([{ carrierDeviceId: '123456', info: { simStatus: 'active' } }]);
});

it('emnify: a "current" month that is still the last one is not counted for this one', async () => {
  const late = fixture('emnify/stats').replace('2026-10', '2026-09').replace('2026-11', '2026-10');
  const http = answers({ 'POST /api/v1/authenticate': '{"auth_token":"T"}', 'GET /api/v1/sim/123456/stats': late });
  const reading = await openClient('emnify', http).getUsage('123456', window);
  expect(reading).toMatchObject({ usage: { dataUsedBytes: null }, previous: { bytes: 12_345_678 } });
});

it('Telnyx: amounts are text with a unit', async () => {
  const client = openClient('telnyx', answers({ 'GET /v2/sim_cards': fixture('telnyx/sim-cards') }));
  const found = await readAll(client, []);
  expect(found.get('6a09cdc3-8948-47f0-aa62-74ac943d6c58')).toMatchObject({
    usage: { dataUsedBytes: 12_500_000, dataLimitBytes: 2_048_000_000, ...NOVEMBER },
    info: { simStatus: 'active', iccid: '8931087000000000001' },
  });
  expect(found.get('6a09cdc3-8948-47f0-aa62-74ac943d6c59')).toMatchObject({
    usage: { dataUsedBytes: 1_250_000_000 },
    info: { simStatus: 'unchanged', simStatusWord: 'setting_standby' },
  });
});

it('Telnyx: a claim that failed inside a good answer is a refusal', async () => {
  const client = openClient('telnyx', answers({ 'POST /v2/actions/register/sim_cards': fixture('telnyx/registered') }));
  const claim = client.claimSim?.({ iccid: '8931087000000000001', registrationCode: '0000000002' });
  await expect(claim).rejects.toMatchObject({
    name: 'PermanentError',
    message: expect.stringContaining('is used already'),
  });
});

it('Soracom: bytes of all speed classes; the next key is in a header', async () => {
  const signIn = '{"apiKey":"api-1","operatorId":"OP0000000001","token":"T"}';
  const http = scriptedHttp((method, url) => {
    if (method === 'POST') return { text: signIn };
    if (url.pathname === '/v1/sims')
      return { text: fixture('soracom/sims'), headers: { 'x-soracom-next-key': 'after-2' } };
    expect(url.searchParams.get('from')).toBe(String(Date.parse('2026-11-01') / 1000));
    return { text: fixture('soracom/stats') };
  });
  const client = openClient('soracom', http);
  expect((await client.getUsage('8981100000000000001', window)).usage).toMatchObject({
    dataUsedBytes: 5123,
    days: [{ date: '2026-11-21', bytes: 5123 }],
  });
  const list = await client.listDevices?.({ window, wanted: new Set(), checkpoint: null, carried: null });
  expect(list).toMatchObject({
    next: 'after-2',
    readings: [
      { info: { simStatus: 'active', networkStatus: 'connected' } },
      { info: { simStatus: 'suspended', networkStatus: 'unknown' } },
    ],
  });
});

it('Soracom: coverage chooses the address', async () => {
  const origins: string[] = [];
  const http = scriptedHttp((method, url) => {
    origins.push(url.origin);
    return { text: method === 'POST' ? '{"apiKey":"a","token":"t"}' : '[]' };
  });
  await openClient('soracom', http).check();
  await openClient('soracom', http, { integration: { config: { coverage: 'jp' } } }).check();
  expect([...new Set(origins)]).toEqual(['https://g.api.soracom.io', 'https://api.soracom.io']);
});

it('Jasper: usage and status in one call', async () => {
  const http = answers({ 'GET /rws/api/v1/devices/8901170000000000001/ctdUsages': fixture('jasper/ctd-usages') });
  const reading = await openClient('jasper', http).getUsage('8901170000000000001', window);
  expect(reading).toMatchObject({
    usage: { dataUsedBytes: 123_456, sessions: 5, ...NOVEMBER },
    info: { simStatus: 'active', iccid: '8901170000000000001' },
  });
});

it.each([200, 400, 403, 503])('Jasper: its own word for too many calls puts the run off (HTTP %i)', async (status) => {
  const http = scriptedHttp(() => ({ status, text: fixture('jasper/rate-limited') }));
  const usage = openClient('jasper', http).getUsage('8901170000000000001', window);
  await expect(usage).rejects.toMatchObject({ name: 'RetryLater', reason: 'rate_limited' });
});

it('Jasper: its word for too many calls cools all integrations with the credential', async () => {
  const clock = virtualClock(NOW);
  const dynamo = new MemoryDynamoDb({ now: () => clock.now() });
  let calls = 0;
  const http = scriptedHttp(() => {
    calls += 1;
    return { status: 400, text: fixture('jasper/rate-limited') };
  });
  const limits = { client: dynamo.client, tableName: dynamo.tables.limits };
  for (const id of ['one', 'another']) {
    const upstream = createUpstreamFactory({ http, limits, clock }).open({
      tenantId: asTenantId('acme'),
      integrationId: asIntegrationId(id),
      kind: 'carrier',
      provider: 'jasper',
      kindHasBreaker: true,
      credentialId: 'shared',
      rateLimit: carrierProviders.jasper.description.rateLimit,
      deadline: clock.now() + 40_000,
      signal: new AbortController().signal,
      secrets: [],
    });
    const usage = openClient('jasper', http, { upstream }).getUsage('8901170000000000001', window);
    await expect(usage).rejects.toMatchObject({ name: 'RetryLater', until: Date.parse(NOW) + 30_000 });
  }
  expect(calls).toBe(1);
});

it('Onomondo: records of the month by SIM; ids keep their zeros', async () => {
  const http = answers({ 'GET /sims': fixture('onomondo/sims'), 'GET /usage': fixture('onomondo/usage') });
  const found = await readAll(openClient('onomondo', http), ['000002418', '000002419']);
  expect(found.get('000002418')).toMatchObject({
    usage: { dataUsedBytes: 3072, ...NOVEMBER },
    info: { simStatus: 'active', networkStatus: 'connected' },
  });
  expect(found.get('000002419')).toMatchObject({
    usage: { dataUsedBytes: null },
    info: { simStatus: 'suspended', networkStatus: 'disconnected' },
  });
});

it.each(['hologram', 'supersim', 'onomondo'] as const satisfies readonly CarrierName[])(
  '%s: a next page at another address is never called',
  async (provider) => {
    const origins = new Set<string>();
    let pages = 0;
    const http = scriptedHttp((_method, url) => {
      origins.add(url.origin);
      pages += 1;
      const evil = `https://evil.example/api?startafter=7&PageToken=7&next_page=7`;
      const more = pages < 3;
      const body = {
        success: true,
        data: [{ id: pages, links: { cellular: [{ id: pages, cur_billing_data_used: 1 }] } }],
        links: more ? { base: 'https://evil.example', next: `${evil}&n=${pages}&startafter=${pages}` } : {},
        sims: [{ sid: `HS${pages}`, id: `0${pages}`, status: 'active' }],
        usage_records: [],
        usage: [],
        meta: { next_page_url: more ? `${evil}&n=${pages}` : null },
        pagination: { next_page: more ? `${evil}&n=${pages}` : null, has_more: more },
        ...(more ? { lastid: pages } : {}),
      };
      return { text: JSON.stringify(body) };
    });
    await readAll(openClient(provider, http), []);
    expect(pages).toBeGreaterThan(2);
    expect([...origins]).toHaveLength(1);
    expect([...origins][0]).not.toContain('evil');
  },
);

it.each([
  [
    'hologram',
    'GET /api/1/devices',
    '{"success":true,"data":[{"id":ID,"links":{"cellular":[{"id":1,"state":"LIVE"}]}}]}',
  ],
  ['1nce', 'GET /management-api/v1/sims', '[{"iccid":ID,"status":"Enabled"}]'],
  ['emnify', 'GET /api/v1/sim', '[{"id":ID,"status":{"id":1}}]'],
] as const satisfies readonly (readonly [CarrierName, ...string[]])[])(
  '%s: an id beyond what a number can hold keeps its last digit',
  async (provider, list, text) => {
    const id = '18446744073709551615';
    const http = scriptedHttp((method, url) => {
      if (method === 'POST') return { text: '{"access_token":"t","auth_token":"t"}' };
      return `${method} ${url.pathname}` === list ? { text: text.replace('ID', id) } : undefined;
    });
    const client = openClient(provider, http);
    const read = client.getBulkUsage ?? client.listDevices;
    const page = await read?.({ window, wanted: new Set([id]), checkpoint: null, carried: null });
    expect(page?.readings).toMatchObject([{ carrierDeviceId: id, info: { simStatus: expect.any(String) } }]);
  },
);

it('Hologram: the id of a claimed device keeps its last digit', async () => {
  const text = '{"success":true,"data":[{"device":18446744073709551615,"link":1,"sim":"8944500000000001234"}]}';
  const claimed = openClient(
    'hologram',
    scriptedHttp((method) => (method === 'POST' ? { text } : undefined)),
  ).claimSim?.({ iccid: '8944500000000001234', planId: '127' });
  expect(await claimed).toMatchObject({ carrierDeviceId: '18446744073709551615' });
});

it('Super SIM: times are asked for as documented, without milliseconds', async () => {
  const asked: (string | null)[] = [];
  const http = scriptedHttp((_method, { pathname, searchParams }) => {
    if (pathname.endsWith('/Sims')) return { text: '{"sims":[],"meta":{}}' };
    asked.push(searchParams.get('StartTime'), searchParams.get('EndTime'));
    return { text: '{"usage_records":[],"meta":{}}' };
  });
  await readAll(openClient('supersim', http), []);
  expect(asked).toEqual(['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z']);
});

it('1NCE: an answer without any series is no word on usage', async () => {
  const http = scriptedHttp((method) => ({ text: method === 'POST' ? '{"access_token":"t"}' : '{"message":"later"}' }));
  const usage = openClient('1nce', http).getUsage('8988280666000000001', window);
  await expect(usage).rejects.toMatchObject({ name: 'UpstreamError', problem: 'bad_body' });
});

it('1NCE: a SIM that has expired is deactivated', async () => {
  const http = scriptedHttp((method) => (method === 'POST' ? { text: '{"access_token":"t"}' } : { status: 422 }));
  const reading = await openClient('1nce', http).getUsage('8988280666000000001', window);
  expect(reading).toMatchObject({ info: { simStatus: 'deactivated' }, problem: expect.stringContaining('expired') });
});

it.each([
  ['more and more pages', (page: number) => `place-${page}`],
  ['the same page again and again', () => 'place-1'],
])('ends the reading of one device whose records give %s', async (_what, placeOf) => {
  let pages = 0;
  const record = '{"sim_id":"000002418","time":"2026-11-21 10:00:00","bytes":1024}';
  const onomondo = scriptedHttp((_method, { pathname }) => {
    if (!pathname.startsWith('/usage/')) return { text: '{"id":"000002418","activated":true}' };
    pages += 1;
    return {
      text: `{"usage":[${record}],"pagination":{"has_more":true,"next_page":"${placeOf(pages)}"}}`,
    };
  });
  const usage = openClient('onomondo', onomondo).getUsage('000002418', window);
  await expect(usage).rejects.toMatchObject({ name: 'UpstreamError', problem: 'bad_body' });
  expect(pages).toBeLessThan(50);
});

it('Hologram: the records of one device come to an end', async () => {
  let pages = 0;
  const http = scriptedHttp((_method, { pathname }) => {
    if (pathname.endsWith('/devices/1234')) {
      return { text: JSON.stringify({ success: true, data: JSON.parse(fixture('hologram/devices')).data[0] }) };
    }
    pages += 1;
    return { text: `{"success":true,"data":[],"continues":true,"lastid":${pages}}` };
  });
  const integration = { accountId: null, config: { usageSource: 'usage-records' } };
  const usage = openClient('hologram', http, { integration }).getUsage('1234', window);
  await expect(usage).rejects.toMatchObject({ name: 'UpstreamError', problem: 'bad_body' });
  expect(pages).toBeLessThan(50);
});
