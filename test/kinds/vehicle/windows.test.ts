import { describe, expect, it } from 'vitest';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { aPulledVehicle, differences, type Outcome, START } from './harness.ts';

const db = new MemoryDynamoDb();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The windows of /data that were asked for, in minutes since the start of the outage, and their channel. */
function windows({ calls }: Outcome, since: number): string[] {
  return calls
    .filter((call) => call.startsWith('/data'))
    .map((call) => {
      const query = new URLSearchParams(call.slice(call.indexOf('?')));
      const minute = (name: string) => Math.round((Date.parse(query.get(name) ?? '') - since) / 600) / 100;
      return `${minute('from')}-${minute('to')}`;
    });
}

/** A vehicle that was read once and then not for `outageMs`. */
async function afterOutage(
  outageMs: number,
  ...[options, bench, disturb]: Parameters<typeof aPulledVehicle> extends [unknown, ...infer R] ? R : never
) {
  const all = aPulledVehicle(db, options, { latencyMs: 0, ...bench }, disturb);
  await all.vehicle.run();
  all.clock.pass(outageMs);
  const truth = () => all.simulated.truth(START - MINUTE, all.clock.now());
  return { ...all, since: START, truth };
}

describe('a gap', () => {
  it('of up to 24 hours is read in one window', async () => {
    const { vehicle, since, truth } = await afterOutage(23.9 * HOUR, { periodMs: 5 * MINUTE });
    const outcome = await vehicle.run();
    expect(windows(outcome, since)).toHaveLength(1);
    expect(outcome.saves).toBe(0);
    expect(differences(await vehicle.stored(), truth())).toEqual([]);
  });

  it('of more is read by the hour, with a checkpoint after every window', async () => {
    const { vehicle, since, truth } = await afterOutage(30 * HOUR, { periodMs: 5 * MINUTE });
    const outcome = await vehicle.run();
    expect(windows(outcome, since).slice(0, 2)).toEqual(['-1-59', '59-119']);
    expect(windows(outcome, since)).toHaveLength(31);
    // The last one is saved with the end of the run.
    expect(outcome.saves).toBe(30);
    expect(outcome.result).toMatchObject({ details: { windows: 31, windowsLeft: 0 } });
    expect(differences(await vehicle.stored(), truth())).toEqual([]);
  });

  it('is read in windows of ten minutes where the answer is cut off, then in halves', async () => {
    // 3,000 rows in ten minutes, 1,500 in five.
    const { vehicle, since, truth } = await afterOutage(30 * MINUTE, { rowLimit: 2000 });
    const outcome = await vehicle.run();
    expect(windows(outcome, since).slice(0, 5)).toEqual([
      '-0.02-30',
      '-0.02-9.98',
      '-0.02-4.98',
      '4.98-14.98',
      '4.98-9.98',
    ]);
    expect(differences(await vehicle.stored(), truth())).toEqual([]);
  });

  it('is read by pages when halves are still cut off, also where a page ends between rows of one time', async () => {
    for (const rowLimit of [7, 49]) {
      const { vehicle, truth } = await afterOutage(MINUTE, { rowLimit });
      await vehicle.run();
      expect(differences(await vehicle.stored(), truth())).toEqual([]);
    }
  });

  it('is read channel by channel when one millisecond fills a page', async () => {
    for (const rowLimit of [1, 5]) {
      const { vehicle, truth } = await afterOutage(10_000, { rowLimit });
      const outcome = await vehicle.run();
      expect(outcome.calls.some((call) => call.includes('channel_id=5'))).toBe(true);
      expect(differences(await vehicle.stored(), truth())).toEqual([]);
    }
  });

  it('goes on in another slice when one has no more time, and shows as one run', async () => {
    const { vehicle, truth } = await afterOutage(30 * HOUR, { periodMs: 5 * MINUTE }, { latencyMs: 3_000 });
    const outcome = await vehicle.run();
    expect(outcome.slices).toBeGreaterThan(2);
    const stored = await vehicle.stored();
    expect(outcome.result).toMatchObject({
      outcome: 'success',
      recordsCount: stored.size,
      details: { windows: 31 },
    });
    const until = truth().filter(({ time }) => time < Date.parse(String(detail(outcome, 'to'))));
    expect(differences(stored, until)).toEqual([]);
  });

  it('goes on in another slice within one millisecond too', async () => {
    // 12 s for each of the five channels of each five seconds.
    const { clock, vehicle, simulated } = aPulledVehicle(db, { rowLimit: 1, periodMs: 5000 }, { latencyMs: 12_000 });
    const outcome = await vehicle.run();
    expect(outcome.slices).toBeGreaterThan(20);
    const to = Date.parse(String(detail(outcome, 'to')));
    expect(clock.now()).toBeGreaterThan(to + 10 * MINUTE);
    expect(differences(await vehicle.stored(), simulated.truth(to - MINUTE, to))).toEqual([]);
  });

  it('is read in smaller windows where a large answer takes too long', async () => {
    const slowWhenLarge: Parameters<typeof aPulledVehicle>[3] = ({ path, query }) => {
      const length = Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
      return path === '/data' && length > 5 * MINUTE ? 'hang' : undefined;
    };
    const { vehicle, truth } = await afterOutage(30 * MINUTE, {}, {}, slowWhenLarge);
    const outcome = await vehicle.run();
    expect(outcome.result?.outcome).toBe('success');
    const to = Date.parse(String(detail(outcome, 'to')));
    const read = truth().filter(({ time }) => time < to);
    expect(differences(await vehicle.stored(), read)).toEqual([]);
  });

  it('ends with an error when every answer says that it is cut off', async () => {
    const row = (time: number) => ({ channel_id: 1, value: 1, time: new Date(time).toISOString() });
    const cutOff = (rows: (from: number) => unknown[]) => {
      return async () => {
        const { vehicle } = aPulledVehicle(db, {}, {}, ({ path, query }) =>
          path === '/data'
            ? { status: 200, body: { truncated: true, rows: rows(Date.parse(query.get('from') ?? '')) } }
            : undefined,
        );
        return vehicle.run();
      };
    };
    const empty = await cutOff(() => [])();
    expect(empty.result).toMatchObject({ outcome: 'error', message: 'error: /data says truncated but has no rows' });
    const crawling = await cutOff((from) => [row(from), row(from + 1)])();
    expect(crawling.result).toMatchObject({
      outcome: 'error',
      message: 'error: /data is still truncated after 300 pages, each of which brought almost nothing',
      recordsCount: 300,
    });
    expect(crawling.calls.length).toBeLessThan(310);
  });

  it('catches up a backlog of 25 channels at 1 Hz in one slice', async () => {
    const { vehicle, truth } = await afterOutage(HOUR, { channels: 25 });
    const startedAt = performance.now();
    const outcome = await vehicle.run();
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`1 h at 25 channels × 1 Hz: ${detail(outcome, 'rows')} rows in ${seconds.toFixed(1)} s`);
    expect(outcome).toMatchObject({ slices: 1, result: { outcome: 'success', recordsCount: 90_000 } });
    expect(differences(await vehicle.stored(), truth())).toEqual([]);
  });
});

function detail({ result }: Outcome, name: string): unknown {
  return result?.details[name];
}
