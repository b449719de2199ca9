import { afterAll, beforeAll, expect, it } from 'vitest';
import { nextNumber, totalPages } from '../../../functions/kinds/carrier/numbered-pages.ts';
import type { CarrierName } from '../../../functions/kinds/carrier/providers/index.ts';
import { simulateCarrier } from '../../../functions/kinds/carrier/simulator/index.ts';
import type { DataTable } from '../../../functions/kinds/kind.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { harness } from './support/run-harness.ts';
import { expectRightToTheByte } from './support/stored-devices.ts';
import { virtualClock } from './support/virtual-clock.ts';

let db: TestDynamoDb;
let data: DataTable;
beforeAll(async () => {
  db = await startTestDynamoDb();
  data = { client: db.client, tableName: db.tables.data };
});
afterAll(() => db.close());

/** The second page of three of the list of SIMs, and the list in an answer. */
const LISTS = {
  telnyx: { second: /\/sim_cards\?page%5Bnumber%5D=2&/, list: 'data', one: 'GET /sim_cards/*', pages: 3 },
  onomondo: { second: /\/sims\?limit=4&offset=4$/, list: 'sims', one: 'GET /sims/*', pages: 3 },
} as const satisfies Partial<Record<CarrierName, unknown>>;

it.each(Object.keys(LISTS) as (keyof typeof LISTS)[])(
  '%s: an empty page before the last is no end, and what it hides is no less known',
  async (provider) => {
    const { second, list, one, pages } = LISTS[provider];
    const clock = virtualClock('2026-11-22T10:00:00Z');
    const now = clock.now();
    const carrier = simulateCarrier(provider, { sims: 10, clock, usageTime: () => now });
    const own = harness({
      provider,
      data,
      clock,
      carrier,
      limited: false,
      integration: { config: { pageSize: 4 } },
    });
    await own.link();
    let emptied = 0;
    own.http = {
      async send(request) {
        const response = await own.inProcess.send(request);
        if (!second.test(request.url)) return response;
        emptied += 1;
        return { ...response, text: JSON.stringify({ ...JSON.parse(response.text), [list]: [] }) };
      },
    };
    expect(await own.run()).toMatchObject({
      outcome: 'success',
      recordsCount: 10,
      details: { listingProblem: expect.stringContaining('empty page before the last') },
    });
    expect(emptied).toBe(1);
    expect(carrier.calls[one.replace('/*', '')]).toBe(pages);
    expect(carrier.calls[one]).toBe(4);
    await expectRightToTheByte(own, carrier);
  },
);

it.each(['1nce', 'emnify'] as const)('%s: the status of what comes after an empty page is told', async (provider) => {
  const clock = virtualClock('2026-11-22T10:00:00Z');
  const carrier = simulateCarrier(provider, { sims: 10, clock });
  const own = harness({ provider, data, clock, carrier, limited: false, integration: { config: { pageSize: 4 } } });
  await own.link();
  let emptied = 0;
  own.http = {
    async send(request) {
      const response = await own.inProcess.send(request);
      if (!/\/sims?\?page=\d&/.test(request.url)) return response;
      const empty = request.url.includes('page=2&');
      if (empty) emptied += 1;
      return { ...response, headers: { 'x-total-pages': '3' }, ...(empty ? { text: '[]' } : {}) };
    },
  };
  await own.run();
  expect(emptied).toBe(1);
  const told = (await own.devices()).filter(({ simStatus }) => simStatus !== 'unknown');
  const listed = [...carrier.sims.slice(0, 4), ...carrier.sims.slice(8)];
  expect(told.map(({ deviceId }) => deviceId).sort()).toEqual(listed.map(({ deviceId }) => deviceId).sort());
});

it('goes by the pages that are told, or else by a page that is not full', () => {
  const page = { page: 2, pageSize: 4 };
  expect(nextNumber({ ...page, length: 0, total: 3 })).toBe(3);
  expect(nextNumber({ ...page, length: 4, total: 2 })).toBeNull();
  expect(nextNumber({ ...page, length: 0, total: 1 })).toBeNull();
  expect(nextNumber({ ...page, length: 4, total: undefined })).toBe(3);
  expect(nextNumber({ ...page, length: 3, total: undefined })).toBeNull();
  expect(nextNumber({ ...page, length: 0, total: undefined })).toBeNull();
});

it('takes a blank count of pages for none', () => {
  for (const text of ['', 'x', '0']) expect(totalPages({ 'x-total-pages': text })).toBeUndefined();
  expect(totalPages({})).toBeUndefined();
  expect(totalPages({ 'x-total-pages': '3' })).toBe(3);
});
