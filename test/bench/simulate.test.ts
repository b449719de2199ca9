import { describe, expect, it } from 'vitest';
import { createDice, logNormal } from '../../bench/simulation/dice.ts';
import { A_MILLION, type Plan } from '../../bench/simulation/fleet.ts';
import { Histogram } from '../../bench/simulation/histogram.ts';
import { simulate } from '../../bench/simulation/simulate.ts';

const PLAN: Plan = {
  ...A_MILLION,
  integrations: 5_000,
  concurrency: { vehicle: 20, receipts: 20, source: 20, carrier: 20 },
};
const TIMES = { warmUpSeconds: 300, steadySeconds: 1800, outageSeconds: 0, recoverySeconds: 0 };
const WITH_OUTAGE = { ...TIMES, outageSeconds: 1800, recoverySeconds: 1800 };

describe('the simulated schedule', () => {
  it('runs every slot of every crowd, on time', () => {
    const { runs, latenessP50, latenessP99, lost, skipped } = simulate(PLAN, TIMES);
    const halfHour = (kind: string): number =>
      PLAN.crowds
        .filter((crowd) => crowd.kind === kind)
        .reduce((sum, { share, intervalSeconds }) => sum + (5_000 * share * 1800) / intervalSeconds, 0);
    expect((runs.vehicle ?? 0) + skipped).toBeCloseTo(halfHour('vehicle'), -2);
    // Some fail, or are put off, and come again.
    expect(runs.source).toBeGreaterThan(halfHour('source'));
    expect(runs.source).toBeLessThan(1.05 * halfHour('source'));
    expect(latenessP50).toBeLessThanOrEqual(1);
    expect(latenessP99).toBeLessThanOrEqual(5);
    expect(lost).toBe(0);
  });

  it('is the same again with the same seed', () => {
    expect(simulate(PLAN, TIMES, 7)).toEqual(simulate(PLAN, TIMES, 7));
  });

  it('is late with too few workers', () => {
    const starved = simulate({ ...PLAN, concurrency: { ...PLAN.concurrency, vehicle: 1 } }, TIMES);
    expect(starved.latenessP99).toBeGreaterThan(60);
  });

  it('makes up for an outage with one run each, and is on time again', () => {
    const { backlog, coalesced, recoveredAfterSeconds, lost } = simulate(PLAN, WITH_OUTAGE);
    const overdue = PLAN.crowds.filter(({ intervalSeconds }) => intervalSeconds <= 1800);
    expect(backlog).toBeGreaterThanOrEqual(overdue.reduce((sum, { share }) => sum + share * 5_000, 0));
    // 200 vehicles would have run 60 times each.
    expect(coalesced).toBeGreaterThan(200 * 55);
    expect(recoveredAfterSeconds).toBeLessThan(1200);
    expect(lost).toBe(0);
  });
});

it('draws latencies with the median and the 99th percentile it was told', () => {
  const dice = createDice(3);
  const drawn = Array.from({ length: 50_000 }, () => logNormal(0.5, 5, dice)).sort((a, b) => a - b);
  expect(drawn[25_000]).toBeCloseTo(0.5, 1);
  expect(drawn[49_500]).toBeGreaterThan(4);
  expect(drawn[49_500]).toBeLessThan(6);
});

it('tells percentiles by the upper edge of their step', () => {
  const histogram = new Histogram(1, 50);
  for (let value = 0; value < 100; value++) histogram.add(value);
  expect(histogram.percentile(0.25)).toBe(25);
  expect(histogram.percentile(0.99)).toBe(50);
  expect(histogram.mean).toBe(49.5);
});
