import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWeatherService, type WeatherService } from '../../../functions/kinds/source/simulator/index.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { SourceClock } from './support/source-clock.ts';
import { ORIGIN, SourceHarness } from './support/source-harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const CONFIG = {
  url: `${ORIGIN}/v1/observations`,
  incremental: { param: 'since', path: 'observedAt' },
  fields: [
    { name: 'station', path: 'station.code', dataType: 'string' },
    { name: 'temperature', path: 'main.temp', dataType: 'number' },
  ],
};

function aSource(config: Record<string, unknown> = CONFIG): { harness: SourceHarness; service: WeatherService } {
  const clock = new SourceClock();
  const service = createWeatherService({ clock, keptMs: 3600_000 });
  return { service, harness: new SourceHarness(db, service, clock, { config }) };
}

describe('the records', () => {
  it('are those from `from` to before `to`, by time', async () => {
    const { harness } = aSource();
    await harness.run();
    const range = { from: '2025-12-31T23:20:00.000Z', to: '2026-01-01T00:00:00Z' };
    const records = await harness.records(range);
    expect(records).toHaveLength(4 * 5 * 2);
    expect(records[0]).toEqual({ at: range.from, field: 'station', value: 'WX-001' });
    expect(records.at(-1)?.at).toBe('2025-12-31T23:50:00.000Z');
    expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).toSorted());
  });

  it.each([1, 3, 7, 100])('come %i a page, each once, also when more are stored meanwhile', async (limit) => {
    const { harness } = aSource();
    await harness.run();
    const all = await harness.records();
    const first = await harness.recordsPage({ limit: '30' });
    harness.clock.set(harness.clock.now() + 600_000);
    await harness.run();
    const paged = [...first.records];
    let cursor = first.nextCursor;
    while (cursor !== null) {
      const page = await harness.recordsPage({ limit: String(limit), cursor });
      expect(page.records.length).toBeLessThanOrEqual(limit);
      paged.push(...page.records);
      cursor = page.nextCursor;
    }
    expect(paged.slice(0, all.length)).toEqual(all);
    expect(paged).toHaveLength(all.length + 10);
  });

  it.each([7, 100])('come latest first when asked so, %i a page: the same list backwards', async (limit) => {
    for (const config of [CONFIG, { ...CONFIG, incremental: undefined }]) {
      const { harness } = aSource(config);
      for (let run = 0; run < 4; run += 1) {
        await harness.run();
        harness.clock.set(harness.clock.now() + 3600_000);
      }
      const all = await harness.records();
      expect(all.length).toBeGreaterThan(200);
      expect(await harness.records({ order: 'desc', limit })).toEqual(all.toReversed());
      const range = { from: all[40]?.at ?? '', to: all[160]?.at ?? '' };
      const part = await harness.records(range);
      expect(part.length).toBeGreaterThan(0);
      expect(await harness.records({ ...range, order: 'desc', limit })).toEqual(part.toReversed());
    }
  });

  it('refuse the cursor of a list in the other order', async () => {
    const { harness } = aSource();
    await harness.run();
    const { nextCursor } = await harness.recordsPage({ limit: '3', order: 'desc' });
    expect(nextCursor).not.toBeNull();
    await expect(harness.recordsPage({ cursor: nextCursor })).rejects.toThrow('in the other order');
  });

  it.each([
    ['with times of their own', CONFIG],
    ['of a slot', { ...CONFIG, incremental: undefined }],
  ])('%s are kept as long as config.retentionDays says, or for ever', async (_, config) => {
    const day = 24 * 3600_000;
    const kept = aSource({ ...config, retentionDays: 2 });
    const forEver = aSource(config);
    for (const { harness } of [kept, forEver]) {
      await harness.run();
      harness.clock.set(harness.clock.now() + 2 * day - 1000);
      expect(await harness.records()).toHaveLength(70);
      harness.clock.set(harness.clock.now() + 2000);
    }
    expect(await kept.harness.records()).toEqual([]);
    expect(await kept.harness.records({ order: 'desc' })).toEqual([]);
    expect(await forEver.harness.records()).toHaveLength(70);
    expect(await kept.harness.items()).toMatchObject([{ expiresAt: Date.parse('2026-01-03T00:00:00Z') / 1000 }]);
  });

  it('leave out what would be gone at once', async () => {
    const { harness, service } = aSource({ ...CONFIG, retentionDays: 2 });
    const row = (observedAt: string): unknown => ({ observedAt, station: { code: observedAt } });
    service.rows = [row('2025-12-29T23:59:59Z'), row('2025-12-30T00:00:01Z')];
    expect(await harness.run()).toMatchObject({ outcome: 'success', recordsCount: 1 });
    expect(await harness.records()).toMatchObject([{ value: '2025-12-30T00:00:01Z' }]);
  });

  it('are 100 a page at most', async () => {
    const { harness } = aSource();
    await harness.run();
    expect((await harness.recordsPage({ limit: '100' })).records).toHaveLength(70);
    await expect(harness.recordsPage({ limit: '101' })).rejects.toThrow();
    await expect(harness.recordsPage({ limit: '0' })).rejects.toThrow();
  });

  it('are refused for times and cursors that are none', async () => {
    const { harness } = aSource();
    await expect(harness.recordsPage({ from: 'yesterday' })).rejects.toThrow('is not a time');
    await expect(harness.recordsPage({ from: '2026-01-02', to: '2026-01-01' })).rejects.toThrow('not be later');
    await expect(harness.recordsPage({ cursor: 'bm9uZQ' })).rejects.toThrow('not a cursor');
  });

  it('are none before the first run', async () => {
    const { harness } = aSource();
    expect(await harness.recordsPage({})).toEqual({ records: [], nextCursor: null });
  });

  it('stay where they are when the rows get a time of their own later', async () => {
    const { harness } = aSource({ ...CONFIG, incremental: undefined });
    await harness.run();
    harness.integration = { ...harness.integration, config: CONFIG };
    harness.clock.set(harness.clock.now() + 60_000);
    await harness.run();
    const atSlot = await harness.records({ from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.001Z' });
    // Of the second run's 30 rows the 5 that were observed at this very time are there already.
    expect(atSlot).toHaveLength(35 * 2);
    expect(await harness.records()).toHaveLength((35 + 25) * 2);
  });
});

describe('a connection test', () => {
  it('shows the first rows and every field with its path and type, and stores nothing', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/cursor`, pagination: PAGES });
    const { ok, detail } = await harness.test();
    expect(ok).toBe(true);
    expect(detail).toMatchObject({ rowCount: 10, itemsPath: 'results', morePages: true, problems: [] });
    const { fields, firstRows } = detail as { fields: unknown[]; firstRows: unknown[] };
    expect(firstRows).toHaveLength(3);
    expect(firstRows[0]).toMatchObject({ station: { code: 'WX-001' }, tags: ['urban'] });
    expect(fields).toContainEqual({ name: 'observedAt', path: 'observedAt', dataType: 'date' });
    expect(fields).toContainEqual({ name: 'station.position.lat', path: 'station.position.lat', dataType: 'number' });
    expect(fields).toContainEqual({ name: 'tags', path: 'tags', dataType: 'array' });
    expect(fields).toContainEqual({ name: 'wind', path: 'wind', dataType: 'object' });
    expect(service.requests).toHaveLength(1);
    expect(await harness.items()).toEqual([]);
  });

  it('tells which of the configured fields do not fit', async () => {
    const fields = [
      { name: 'code', path: 'station.code', dataType: 'number' },
      { name: 'pressure', path: 'main.pressure', dataType: 'number' },
    ];
    const { harness } = aSource({ url: `${ORIGIN}/v1/current`, fields });
    expect(await harness.test()).toMatchObject({
      ok: false,
      detail: {
        problems: [
          '5 values could not be used; page 1, row 1: station.code should be a number, but is a string',
          'pressure: there is nothing at main.pressure',
        ],
      },
    });
  });

  it('shows no secret that the source echoes', async () => {
    const { harness, service } = aSource({ url: `${ORIGIN}/v1/current`, headers: { 'X-Tenant': 'canary-header' } });
    harness.credentials = { token: 'canary-token' };
    service.failNext({ type: 'text', text: '[{"you":"canary-token","sent":{"canary-header":"x canary-header"}}]' });
    const shown = JSON.stringify(await harness.test());
    expect(shown).toContain('redacted');
    expect(shown).not.toContain('canary');
  });

  it('throws what a run would throw', async () => {
    const { harness, service } = aSource();
    service.failNext({ type: 'status', status: 500 });
    await expect(harness.test()).rejects.toThrow('answered 500');
  });
});

const PAGES = { type: 'cursor', param: 'cursor', path: 'meta.next_cursor', pageSizeParam: 'limit', pageSize: 10 };
