import { expect, it } from 'vitest';
import { type Cycle, DAY_MS, monthCycle, usageWindow } from '../../../functions/kinds/carrier/cycle.ts';
import { afterProblem, afterReading, type DeviceState } from '../../../functions/kinds/carrier/device-state.ts';
import type { DeviceReading } from '../../../functions/kinds/carrier/provider.ts';

const at = (text: string): number => Date.parse(text);
const NOVEMBER: Cycle = { start: at('2026-11-01'), end: at('2026-12-01') };
const DECEMBER: Cycle = { start: at('2026-12-01'), end: at('2027-01-01') };

const reading = (bytes: number | null, cycle = NOVEMBER, more: Partial<DeviceReading> = {}): DeviceReading => ({
  carrierDeviceId: 'x',
  usage: {
    dataUsedBytes: bytes,
    billingCycleStart: cycle.start,
    billingCycleEnd: cycle.end,
    sessions: null,
    raw: null,
  },
  ...more,
});

/** A history of readings: what each day came to, and the state at the end. */
function follow(...steps: readonly (readonly [time: string, reading: DeviceReading])[]) {
  const days: Record<string, number> = {};
  let state: DeviceState = {};
  for (const [time, next] of steps) {
    const change = afterReading(state, next, at(time));
    state = change.state;
    for (const { date, bytes } of change.days) days[date] = bytes;
  }
  return { days, state };
}

it('counts days from a counter, whatever is read how often', () => {
  const { days, state } = follow(
    ['2026-11-20T10:00:00Z', reading(100)],
    ['2026-11-20T12:00:00Z', reading(150)],
    ['2026-11-20T12:00:00Z', reading(150)],
    ['2026-11-21T01:00:00Z', reading(150)],
    ['2026-11-22T01:00:00Z', reading(180)],
    ['2026-11-22T02:00:00Z', reading(190)],
  );
  // What was used before the first sight of it is not the first day's.
  expect(days).toEqual({ '2026-11-20': 50, '2026-11-22': 40 });
  expect(state).toMatchObject({ bytes: 190, cycle: NOVEMBER });
});

it('goes on counting the day over a rollover, with what the old cycle used unseen', () => {
  const { days, state } = follow(
    ['2026-11-30T10:00:00Z', reading(1000)],
    ['2026-11-30T20:00:00Z', reading(1500)],
    ['2026-12-01T03:00:00Z', reading(70, DECEMBER, { previous: { ...NOVEMBER, bytes: 1600 } })],
    ['2026-12-01T04:00:00Z', reading(90, DECEMBER, { previous: { ...NOVEMBER, bytes: 1600 } })],
  );
  expect(days).toEqual({ '2026-11-30': 500, '2026-12-01': 190 });
  expect(state).toMatchObject({ bytes: 90, cycle: DECEMBER, previous: { ...NOVEMBER, bytes: 1600 } });
});

it('remembers what it last saw of the ended cycle where the carrier does not tell', () => {
  const { state } = follow(['2026-11-30T10:00:00Z', reading(1000)], ['2026-12-01T03:00:00Z', reading(70, DECEMBER)]);
  expect(state.previous).toEqual({ ...NOVEMBER, bytes: 1000 });
});

it('takes a counter that falls back as it is, and counts nothing for it', () => {
  const { days, state } = follow(
    ['2026-11-20T10:00:00Z', reading(100)],
    ['2026-11-20T11:00:00Z', reading(60)],
    ['2026-11-20T12:00:00Z', reading(75)],
    ['2026-11-20T13:00:00Z', reading(130)],
  );
  expect(state.bytes).toBe(130);
  expect(days).toEqual({ '2026-11-20': 30 });
});

it('does not take a moved cycle for a new one', () => {
  const moved = { start: NOVEMBER.start + 3 * DAY_MS, end: NOVEMBER.end + 3 * DAY_MS };
  const { days } = follow(['2026-11-20T10:00:00Z', reading(100)], ['2026-11-20T11:00:00Z', reading(110, moved)]);
  expect(days).toEqual({ '2026-11-20': 10 });
});

it('keeps the value when the carrier tells nothing in the same cycle', () => {
  const { state } = follow(['2026-11-20T10:00:00Z', reading(100)], ['2026-11-20T11:00:00Z', reading(null)]);
  expect(state).toMatchObject({ bytes: 100, stale: true, at: at('2026-11-20T10:00:00Z') });
  expect(state.error).toBeUndefined();
});

it('has used nothing when the carrier tells nothing in a new cycle, or of a new SIM', () => {
  const rolled = follow(['2026-11-30T10:00:00Z', reading(100)], ['2026-12-01T11:00:00Z', reading(null, DECEMBER)]);
  expect(rolled.state).toMatchObject({ bytes: 0, cycle: DECEMBER, previous: { bytes: 100 } });
  expect(rolled.state.stale).toBeUndefined();
  const still = afterReading(rolled.state, reading(null, DECEMBER), at('2026-12-01T12:00:00Z'));
  expect(still.state).toMatchObject({ bytes: 0, at: at('2026-12-01T12:00:00Z') });
  expect(follow(['2026-11-20T10:00:00Z', reading(null)]).state).toMatchObject({ bytes: 0 });
});

it('changes a status only when it was told', () => {
  const info = (more: object): DeviceReading => ({
    carrierDeviceId: 'x',
    info: { carrierDeviceId: 'x', raw: null, ...more },
  });
  const { state } = follow(
    ['2026-11-20T10:00:00Z', info({ simStatus: 'active', networkStatus: 'connected', simStatusWord: 'enabled' })],
    ['2026-11-20T11:00:00Z', info({})],
    ['2026-11-20T12:00:00Z', info({ simStatus: 'unchanged', simStatusWord: 'disabling' })],
  );
  expect(state).toEqual({ sim: 'active', simWord: 'disabling', network: 'connected' });
});

it('is no longer stale once it was read', () => {
  const failed = afterProblem({ bytes: 5, cycle: NOVEMBER }, 'Hologram answered 500');
  expect(failed).toMatchObject({ bytes: 5, stale: true, error: 'Hologram answered 500' });
  const { state } = afterReading(failed, reading(6), at('2026-11-20T10:00:00Z'));
  expect(state).toMatchObject({ bytes: 6 });
  expect([state.stale, state.error]).toEqual([undefined, undefined]);
});

it('reads the cycle before again for two days after a rollover', () => {
  expect(usageWindow(at('2026-12-02T23:59:59Z'), 1).previous).toEqual(NOVEMBER);
  expect(usageWindow(at('2026-12-03T00:00:00Z'), 1).previous).toBeNull();
});

it('begins month-long cycles on the day that was configured', () => {
  expect(monthCycle(at('2026-11-14T23:00:00Z'), 15)).toEqual({ start: at('2026-10-15'), end: at('2026-11-15') });
  expect(monthCycle(at('2026-11-15T00:00:00Z'), 15)).toEqual({ start: at('2026-11-15'), end: at('2026-12-15') });
  expect(monthCycle(at('2027-01-01T00:00:00Z'), 28)).toEqual({ start: at('2026-12-28'), end: at('2027-01-28') });
});

it('takes a cycle that begins early, with its counter anew, for a new one', () => {
  const restarted: Cycle = { start: at('2026-11-20T12:00:00Z'), end: at('2026-12-20T12:00:00Z') };
  const { days, state } = follow(
    ['2026-11-20T10:00:00Z', reading(1000)],
    ['2026-11-20T11:00:00Z', reading(1500)],
    ['2026-11-20T13:00:00Z', reading(40, restarted)],
  );
  expect(days).toEqual({ '2026-11-20': 540 });
  expect(state).toMatchObject({ bytes: 40, cycle: restarted, previous: { ...NOVEMBER, bytes: 1500 } });
});

it("takes the carrier's word on an ended cycle also where its edges are reckoned a little differently", () => {
  const next: Cycle = { start: at('2026-11-28'), end: at('2026-12-28') };
  const before: Cycle = { start: at('2026-10-29'), end: next.start };
  const { days, state } = follow(
    ['2026-11-27T23:00:00Z', reading(1500)],
    ['2026-11-28T01:00:00Z', reading(40, next, { previous: { ...before, bytes: 1600 } })],
  );
  expect(days['2026-11-28']).toBe(140);
  expect(state).toMatchObject({ bytes: 40, previous: { ...before, bytes: 1600 } });
});

it('takes nothing off a new cycle for a counter that fell back on its first day', () => {
  const { days } = follow(
    ['2026-12-01T00:10:00Z', reading(2000)],
    ['2026-12-01T00:20:00Z', reading(1500)],
    ['2026-12-01T00:30:00Z', reading(40, DECEMBER)],
  );
  expect(days).toEqual({ '2026-12-01': 40 });
});
