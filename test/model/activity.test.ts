import { describe, expect, it } from 'vitest';
import { countRun, lastHour } from '../../functions/model/activity.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 22, 12);

const ended = (runs: readonly (readonly [minute: number, failed: boolean])[]): string =>
  runs.reduce((activity, [minute, failed]) => countRun(activity, NOON + minute * MINUTE, failed), '');

describe('activity of the last hour', () => {
  it('is nothing before the first run', () => {
    expect(lastHour('', NOON)).toEqual({ runs: 0, failures: 0 });
  });

  it('counts runs, and failures among them', () => {
    const activity = ended([
      [0, false],
      [1, true],
      [7, false],
    ]);
    expect(lastHour(activity, NOON + 8 * MINUTE)).toEqual({ runs: 3, failures: 1 });
  });

  it('forgets what ended more than an hour and five minutes ago, and nothing that ended within the hour', () => {
    const activity = ended([
      [0, true],
      [30, false],
      [64, false],
    ]);
    expect(lastHour(activity, NOON + 60 * MINUTE)).toEqual({ runs: 3, failures: 1 });
    expect(lastHour(activity, NOON + 65 * MINUTE)).toEqual({ runs: 2, failures: 0 });
    expect(lastHour(activity, NOON + 600 * MINUTE)).toEqual({ runs: 0, failures: 0 });
  });

  it('stays short however often it runs', () => {
    const everyTenSeconds = Array.from({ length: 24 * 360 }, (_, i) => [i / 6, i % 3 === 0] as const);
    const activity = ended(everyTenSeconds);
    expect(activity.length).toBeLessThan(100);
    const { runs, failures } = lastHour(activity, NOON + 24 * 60 * MINUTE - 1);
    expect(runs).toBe(390);
    expect(failures).toBe(130);
  });

  it('counts on when the clock was set back', () => {
    const activity = ended([
      [10, false],
      [0, true],
    ]);
    expect(lastHour(activity, NOON + 10 * MINUTE)).toEqual({ runs: 2, failures: 1 });
  });
});
