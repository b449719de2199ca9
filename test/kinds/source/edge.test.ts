import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepEdge, readEdge } from '../../../functions/kinds/source/edge.ts';
import { shortHash } from '../../../functions/kinds/source/hash.ts';
import { createWeatherService } from '../../../functions/kinds/source/simulator/index.ts';
import { storeEdge } from '../../../functions/kinds/source/store.ts';
import { LeaseLost } from '../../../functions/model/failure.ts';
import type { HttpClient } from '../../../functions/platform/http/http.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { SourceClock } from './support/source-clock.ts';
import { Crash, ORIGIN, SourceHarness } from './support/source-harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const HOUR = 3600_000;
const DAY = 20260101;

/** An inclusive source whose rows have the day for an increment. */
class Days {
  readonly harness: SourceHarness;
  readonly clock = new SourceClock();
  rows: { day: number | string; v: number }[] = [];
  readonly config = {
    url: `${ORIGIN}/days`,
    fields: [{ name: 'v', path: 'v' }],
    incremental: { param: 'from', path: 'day' },
  };

  constructor(pageSize?: number) {
    const http: HttpClient = {
      send: async ({ url }) => {
        const query = new URL(url).searchParams;
        const from = query.get('from') ?? '';
        const found = this.rows.filter(({ day }) => String(day) >= from);
        const page = Number(query.get('page') ?? 1);
        const items = pageSize === undefined ? found : found.slice((page - 1) * pageSize, page * pageSize);
        return { status: 200, headers: {}, url, text: JSON.stringify({ items }), latencyMs: 1 };
      },
    };
    const pagination = pageSize === undefined ? {} : { pagination: { type: 'page', param: 'page' } };
    const config = { ...this.config, ...pagination };
    this.harness = new SourceHarness(db, createWeatherService({ clock: this.clock }), this.clock, { config, http });
  }

  add(count: number, day: number | string = DAY): void {
    for (let i = 0; i < count; i++) this.rows.push({ day, v: this.rows.length });
  }

  async run(): ReturnType<SourceHarness['run']> {
    this.clock.set(this.clock.now() + HOUR);
    return this.harness.run();
  }

  /** Values that are stored, in order of size. */
  async stored(): Promise<unknown[]> {
    return (await this.harness.records()).map(({ value }) => value).sort((a, b) => Number(a) - Number(b));
  }

  truth(): number[] {
    return this.rows.map(({ v }) => v);
  }
}

describe('rows that share the increment reached', () => {
  it.each([DAY, 'version 7'])(
    'are stored once each, however many they are and however often they come (%s)',
    async (day) => {
      const source = new Days();
      source.add(100, day);
      await source.run();
      for (let run = 0; run < 4; run++) {
        source.add(1, day);
        expect(await source.run()).toMatchObject({ recordsCount: 1, details: { rowsKnown: 100 + run } });
      }
      expect(await source.stored()).toEqual(source.truth());
    },
  );

  it('are remembered when the source leaves them out for once', async () => {
    const source = new Days();
    source.add(100);
    await source.run();
    source.add(1);
    const { rows } = source;
    source.rows = rows.slice(-1);
    await source.run();
    source.rows = rows;
    await source.run();
    expect(await source.stored()).toEqual(source.truth());
  });

  it('are forgotten when the source has gone on', async () => {
    const source = new Days();
    source.add(100);
    await source.run();
    source.add(3, DAY + 1);
    expect(await source.run()).toMatchObject({ recordsCount: 3 });
    expect(source.harness.cursor).not.toContain('edgeAt');
    source.add(100, DAY + 1);
    await source.run();
    source.add(1, DAY + 1);
    await source.run();
    expect(await source.stored()).toEqual(source.truth());
  });

  it('cost no call of their own where they are few', async () => {
    const source = new Days();
    source.add(63);
    await source.run();
    source.add(1);
    await source.run();
    // The page, and the rows.
    expect(source.harness.calls).toBe(2);
    await source.run();
    expect(source.harness.calls).toBe(1);
    source.add(1);
    await source.run();
    expect(source.harness.calls).toBe(3);
    // Read, not written, while nothing is new.
    await source.run();
    expect(source.harness.calls).toBe(2);
  });

  it('are stored once when the worker dies at any call', async () => {
    const prepare = async (): Promise<Days> => {
      const source = new Days();
      source.add(100);
      await source.run();
      source.add(2);
      await source.run();
      source.add(3);
      return source;
    };
    const calm = await prepare();
    await calm.run();
    const { calls } = calm.harness;
    expect(calls).toBe(4);
    for (let at = 1; at <= calls; at++) {
      for (const when of ['before', 'after'] as const) {
        const source = await prepare();
        source.harness.crash = { at, when };
        await expect(source.run()).rejects.toBeInstanceOf(Crash);
        source.harness.crash = undefined;
        // At the same slot: what this attempt stores takes the place of what the first has stored.
        source.add(1);
        await source.harness.run();
        source.add(1);
        await source.run();
        expect(await source.stored()).toEqual(source.truth());
      }
    }
  });

  it('are known in every slice of a long walk', async () => {
    const source = new Days(20);
    source.add(110);
    source.harness.latencyMs = 9000;
    await source.run();
    expect(source.harness.slices).toBeGreaterThan(2);
    source.add(30);
    expect(await source.run()).toMatchObject({ recordsCount: 30, details: { rowsKnown: 110 } });
    expect(await source.stored()).toEqual(source.truth());
  });

  it('are still known after a run that asked another question has died', async () => {
    const source = new Days();
    const { harness, config } = source;
    source.add(100);
    await source.run();
    harness.integration = { ...harness.integration, config: { ...config, url: `${ORIGIN}/others` } };
    source.rows.push({ day: DAY, v: 1000 });
    // The page, the rows, and what is to be remembered.
    harness.crash = { at: 3, when: 'after' };
    await expect(source.run()).rejects.toBeInstanceOf(Crash);
    harness.crash = undefined;
    harness.integration = { ...harness.integration, config };
    expect(await source.run()).toMatchObject({ details: { rowsKnown: 100 } });
  });
});

describe('what is remembered of them', () => {
  const place = (pk: string) => ({ data: { client: db.client, tableName: db.tables.data }, pk, now: 0 });
  const hashes = (count: number, from = 0): Set<string> =>
    new Set(Array.from({ length: count }, (_, i) => shortHash(String(from + i))));
  const nothing = { after: null, edge: new Set<string>() };
  const cursor = { after: null, edge: [], edgeAt: [] };

  it('is as many as a walk can meet', async () => {
    const walked = { after: 1, edge: hashes(100_000), dated: false };
    const kept = await keepEdge(walked, nothing, cursor, 1, place('t#edge-all'));
    expect(walked.edge.size).toBe(100_000);
    expect(kept.edge).toEqual([]);
    expect(await readEdge(kept, place('t#edge-all'))).toEqual({ after: 1, edge: walked.edge });
  });

  it('is all that the last walk has met, and of what it has not as many as a thousand', async () => {
    const at = place('t#edge-room');
    const before = { after: 1, edge: hashes(900) };
    const walked = { after: 1, edge: hashes(200, 900), dated: false };
    const kept = await readEdge(await keepEdge(walked, before, { ...cursor, after: 1 }, 1, at), at);
    expect(kept?.edge.size).toBe(1000);
    expect([...walked.edge].every((hash) => kept?.edge.has(hash))).toBe(true);
  });

  it('is no more than fits into the cursor where rows have a time of their own', async () => {
    const walked = { after: 1, edge: hashes(64, 900), dated: true };
    const kept = await keepEdge(
      walked,
      { after: 1, edge: hashes(64) },
      { ...cursor, after: 1 },
      1,
      place('t#edge-dated'),
    );
    expect(kept).toEqual({ after: 1, edge: [...walked.edge], edgeAt: [] });
  });

  it('is not written over by an old holder, nor where the cursor stands', async () => {
    const at = place('t#edge-fence');
    const first = await storeEdge([{ at: null, values: [['edge', ['a']]] }], [], 7, at);
    const second = await storeEdge([{ at: null, values: [['edge', ['b']]] }], first, 8, at);
    await expect(storeEdge([{ at: null, values: [['edge', ['c']]] }], first, 7, at)).rejects.toBeInstanceOf(LeaseLost);
    expect(await readEdge({ after: 1, edge: [], edgeAt: first }, at)).toEqual({ after: 1, edge: new Set(['a']) });
    expect(await readEdge({ after: 1, edge: [], edgeAt: second }, at)).toEqual({ after: 1, edge: new Set(['b']) });
  });
});
