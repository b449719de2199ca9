import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chance } from '../../../functions/kinds/vehicle/simulator/sensors.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { aPulledVehicle, START } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const inWindow = new Date(START - 30_000).toISOString();
const row = (change: Record<string, unknown>) => ({ channel_id: 1, value: 4.72, time: inWindow, ...change });
const rows = (...all: unknown[]) => JSON.stringify({ truncated: false, rows: all });

describe('a hostile answer', () => {
  it.each([
    ['/data', 'a row before the window', rows(row({ time: '2026-11-22T09:58:59.999Z' })), 'row 0 of /data is of'],
    [
      '/data',
      'a row at the end of the window',
      rows(row({ time: new Date(START).toISOString() })),
      'outside the window',
    ],
    ['/data', 'a text as value', rows(row({ value: '4.72' })), 'value of row 0 of /data is not a finite number'],
    ['/data', 'NaN', '{"truncated":false,"rows":[{"channel_id":1,"value":NaN,"time":""}]}', 'error: '],
    ['/data', 'a number beyond doubles', `{"rows":[{"channel_id":1,"value":1e999,"time":"${inWindow}"}]}`, 'too large'],
    ['/data', 'a value that is missing', rows({ channel_id: 1, time: inWindow }), 'value of row 0'],
    ['/data', 'a fraction as channel', rows(row({ channel_id: 1.5 })), 'channel_id of row 0 of /data is not an id'],
    [
      '/data',
      'a time without a zone',
      rows(row({ time: '2026-11-22T09:59:30' })),
      'time of row 0 of /data is not a time',
    ],
    ['/data', 'a number as time', rows(row({ time: START - 1000 })), 'time of row 0 of /data is not a time'],
    ['/data', 'a list as row', rows([1, 2, 3]), 'row 0 of /data is not an object'],
    ['/data', 'no rows', '{"truncated":false}', 'rows of /data is not a list'],
    ['/data', 'a text as truncated', '{"truncated":"no","rows":[]}', 'truncated of /data is not true or false'],
    ['/data', 'a page of HTML', '<html>sign in</html>', 'error: '],
    ['/data', 'half an answer', '{"truncated":false,"rows":[{"chan', 'error: '],
    ['/data', 'a key of every object', `{"__proto__":{"polluted":1},"rows":[]}`, '__proto__'],
    [
      '/data',
      'more channels than a vehicle has',
      rows(...Array.from({ length: 1001 }, (_, i) => row({ channel_id: i }))),
      'more than 1000 channels',
    ],
    ['/status', 'a list', '[]', '/status is not an object'],
    ['/status', 'a text as db_ok', '{"db_ok":"yes"}', 'db_ok of /status is not true or false'],
  ])('of %s with %s fails the run and stores nothing', async (path, _, text, message) => {
    const { vehicle } = aPulledVehicle(db, {}, {}, (request) =>
      request.path === path ? { status: 200, text } : undefined,
    );
    const { result } = await vehicle.run();
    expect(result).toMatchObject({ outcome: 'error', message: expect.stringContaining(message), recordsCount: 0 });
    expect((await vehicle.stored()).size).toBe(0);
  });

  it.each([
    ['/channels', '[{"channel_id":1,"name":7}]', 'channelsError', 'name of entry 0 of /channels is not a text'],
    ['/channels', '{"channels":[]}', 'channelsError', '/channels is not a list'],
    ['/alarms', '[{"alarm_id":null}]', 'alarmsError', 'alarm_id of entry 0 of /alarms is not an id'],
    ['/alarms', '[{"alarm_id":1,"message":"x","triggered_at":"yesterday"}]', 'alarmsError', 'triggered_at of entry 0'],
  ])('of %s (%s) is told and nothing of it is stored', async (path, text, detail, message) => {
    const { vehicle } = aPulledVehicle(db, { alarms: { everyMs: 60_000, lastsMs: 10_000 } }, {}, (request) =>
      request.path === path ? { status: 200, text } : undefined,
    );
    const { result } = await vehicle.run();
    expect(result).toMatchObject({ outcome: 'success', recordsCount: 300 });
    expect(result?.details[detail]).toContain(message);
    expect(await (path === '/channels' ? vehicle.channels() : vehicle.alarms())).toEqual([]);
  });

  it('with one bad record keeps the others, of measurements, channels and alarms alike', async () => {
    const answers: Record<string, unknown> = {
      '/data': { rows: [row({ value: 'abc' }), row({}), row({ time: '2026-11-22T09:58:59.999Z' }), null] },
      '/channels': [{ channel_id: 1, name: 'Pressure' }, { channel_id: 2 }],
      '/alarms': [{ alarm_id: 1, message: 'hot', triggered_at: inWindow }, { alarm_id: 2 }],
    };
    const { vehicle } = aPulledVehicle(db, {}, {}, ({ path }) =>
      path in answers ? { status: 200, body: answers[path] } : undefined,
    );
    const { result } = await vehicle.run();
    expect(result).toMatchObject({
      outcome: 'partial',
      message: 'error: 3 entries left out that could not be read: value of row 0 of /data is not a finite number',
      recordsCount: 1,
      details: {
        rows: 1,
        refused: 3,
        channels: 1,
        channelsError: expect.stringContaining('name of entry 1'),
        alarms: 1,
        alarmsError: expect.stringContaining('triggered_at of entry 1'),
      },
    });
    expect(await vehicle.stored()).toEqual(new Map([[`1@${START - 30_000}`, [4.72]]]));
    expect((await vehicle.channels()).map(({ channelId }) => channelId)).toEqual(['1']);
    expect((await vehicle.alarms()).map(({ alarmId }) => alarmId)).toEqual(['1']);
  });

  it('with a bad record does not stop the vehicle for good', async () => {
    let bad = true;
    const { clock, vehicle } = aPulledVehicle(db, {}, {}, ({ path, query }) => {
      if (path !== '/data' || !bad) return undefined;
      bad = false;
      const time = query.get('from');
      return { status: 200, body: { rows: [row({ time }), row({ value: true })] } };
    });
    expect((await vehicle.run()).result).toMatchObject({ outcome: 'partial', recordsCount: 1 });
    clock.pass(30_000);
    expect((await vehicle.run()).result).toMatchObject({ outcome: 'success', details: { refused: 0 } });
  });

  it('of values at the edges of a double is stored as it is', async () => {
    const values = [1.7976931348623157e308, 5e-324, -0, 0.1 + 0.2, 9007199254740992, -1e-300];
    const body = { rows: values.map((value, i) => row({ channel_id: i, value })) };
    const text = JSON.stringify(body).replace('"value":0,', '"value":-0.0,');
    const { vehicle } = aPulledVehicle(db, {}, {}, ({ path }) =>
      path === '/data' ? { status: 200, text } : undefined,
    );
    await vehicle.run();
    const stored = await vehicle.stored();
    for (const [i, value] of values.entries()) {
      const [found] = stored.get(`${i}@${START - 30_000}`) ?? [];
      expect(Object.is(found, value)).toBe(true);
    }
  });

  it('that repeats a row, with another value, keeps the first', async () => {
    const text = rows(row({}), row({ value: 9 }), row({ channel_id: 2 }));
    const { vehicle } = aPulledVehicle(db, {}, {}, ({ path }) =>
      path === '/data' ? { status: 200, text } : undefined,
    );
    expect((await vehicle.run()).result).toMatchObject({ recordsCount: 2 });
    expect((await vehicle.stored()).get(`1@${START - 30_000}`)).toEqual([4.72]);
  });

  it('of 50,000 incompressible values is split under the item limit', async () => {
    const text = JSON.stringify({
      rows: Array.from({ length: 50_000 }, (_, i) => ({
        channel_id: i % 500,
        value: Math.sin(i + 1) * 2 ** Math.floor(chance(i) * 1000),
        time: new Date(START - 60_000 + Math.floor(i / 500) * 100).toISOString(),
      })),
    });
    const { vehicle } = aPulledVehicle(db, {}, {}, ({ path }) =>
      path === '/data' ? { status: 200, text } : undefined,
    );
    expect((await vehicle.run()).result).toMatchObject({ outcome: 'success', recordsCount: 50_000 });
    expect(await vehicle.countBlocks()).toBeGreaterThan(1);
    expect((await vehicle.stored()).size).toBe(50_000);
  });
});
