import { describe, expect, it } from 'vitest';
import type { Integration } from '../../console/src/api/types.ts';
import { claimFormOf } from '../../console/src/pages/integration/carrier/claim-fields.ts';
import { latestOf } from '../../console/src/pages/integration/source/latest-of.ts';
import {
  bytes,
  everyInWords,
  inWords,
  localTime,
  measured,
  relative,
  took,
  withLocalTimes,
} from '../../console/src/parts/format.ts';
import { healthWords, trouble } from '../../console/src/parts/health-words.ts';
import { nextSyncWords } from '../../console/src/parts/next-sync-words.ts';
import { badStreakWords, outcomeWords } from '../../console/src/parts/outcome-words.ts';
import { niceTicks } from '../../console/src/parts/plot/scale.ts';
import { gapOf, valueAt } from '../../console/src/parts/plot/series.ts';
import { intervalProblem } from '../../console/src/parts/sync/intervals.ts';
import { whatToDo } from '../../console/src/parts/what-to-do.ts';
import { carrierProviders } from '../../functions/kinds/carrier/providers/index.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const iso = (at: number): string => new Date(at).toISOString();

function anIntegration(change: Partial<Integration> = {}): Integration {
  return {
    id: 'i',
    name: 'One',
    kind: 'source',
    provider: 'rest',
    baseUrl: null,
    accountId: null,
    config: {},
    syncInterval: 300,
    syncEnabled: true,
    status: 'success',
    health: 'green',
    running: false,
    nextSyncAt: iso(NOW + 240_000),
    lastSyncAt: iso(NOW - 60_000),
    lastSyncError: null,
    retryCount: 0,
    disabledReason: null,
    apiKeyLast4: null,
    notice: null,
    credentialsSetAt: null,
    createdAt: iso(NOW),
    updatedAt: iso(NOW),
    version: 1,
    ...change,
  };
}

describe('words', () => {
  it.each([
    [[], null],
    [['FAILED', 'SUCCESS'], null],
    [['SUCCESS', 'FAILED'], 'last run failed'],
    [['FAILED', 'SUCCESS', 'PARTIAL', 'DEFERRED', 'DEFERRED'], 'last 2 runs put off'],
    [['FAILED', 'FAILED', 'FAILED'], 'last 3 runs failed'],
  ] as const)('for how often in a row it went wrong: %o', (recent, words) => {
    expect(badStreakWords(recent)).toBe(words);
  });

  it.each([
    [{}, null],
    [{ health: 'grey', syncEnabled: false }, null],
    [{ health: 'red', syncEnabled: false, disabledReason: 'it failed' }, /switch it on again/],
    [{ health: 'red', status: 'error' }, /mend the cause/],
    [{ health: 'yellow', status: 'error', retryCount: 1, notice: 'retry 1 of 3' }, /^Tried again by itself/],
    [{ health: 'yellow', status: 'partial' }, /could not be synced/],
    [{ health: 'yellow', notice: 'rate limited' }, /^Goes on by itself/],
    [{ health: 'yellow' }, /^Caught up by itself/],
  ] as const)('for what to do: %o', (change, words) => {
    const told = whatToDo(anIntegration(change));
    if (words === null) expect(told).toBeNull();
    else expect(told).toMatch(words);
  });

  it.each(Object.entries(carrierProviders))(
    'for a claim are asked where the carrier has claims: %s',
    (name, provider) => {
      const { claimSim } = provider.capabilities;
      expect(claimFormOf(name)?.charges ?? null).toBe(claimSim === null ? null : claimSim.charges);
    },
  );

  it('for times within a text, as those beside it are shown', () => {
    const at = iso(NOW);
    expect(withLocalTimes(`put off until ${at}: answered 429`)).toBe(`put off until ${localTime(NOW)}: answered 429`);
    // Whose clock it is stands there.
    expect(localTime(NOW)).toMatch(/ (UTC|GMT|[A-Z]{3,5})([+-]\d+)?$/);
  });

  it.each([
    [{}, 'Next sync in 4 minutes'],
    [{ nextSyncAt: iso(NOW + 400) }, 'Next sync in 1 second'],
    [{ nextSyncAt: iso(NOW - 1_000) }, 'Next sync is due'],
    [{ nextSyncAt: iso(NOW - 90_000) }, 'Next sync was due 1 minute ago'],
    [{ running: true }, 'Syncing now'],
    [{ syncEnabled: false, nextSyncAt: null }, 'Paused'],
    [{ syncEnabled: false, disabledReason: 'failed' }, 'Switched off'],
    [{ syncInterval: null, nextSyncAt: null }, 'Manual only'],
    [{ kind: 'receipts', nextSyncAt: null }, 'When a receipt comes'],
  ] as const)('for the next sync: %o', (change, words) => {
    expect(nextSyncWords(anIntegration(change), NOW)).toBe(words);
  });

  it.each([
    [{}, 'Healthy', null],
    [{ health: 'grey', syncEnabled: false }, 'Paused', null],
    [{ health: 'grey', status: 'pending' }, 'Not run yet', null],
    [{ health: 'yellow', notice: 'rate limited until 12:05' }, 'Deferred', 'rate limited until 12:05'],
    [{ health: 'yellow' }, 'Overdue', null],
    [{ health: 'yellow', status: 'partial', lastSyncError: '1 of 9 failed' }, 'Partly synced', '1 of 9 failed'],
    [
      { health: 'yellow', status: 'error', retryCount: 1, lastSyncError: 'answered 503', notice: 'retry 1 of 3' },
      'Retrying',
      'answered 503 (retry 1 of 3)',
    ],
    [{ health: 'red', status: 'error', lastSyncError: 'answered 401' }, 'Failing', 'answered 401'],
    [
      { health: 'red', syncEnabled: false, disabledReason: 'three times in a row' },
      'Switched off',
      'three times in a row',
    ],
  ] as const)('for the health, and why: %o', (change, words, reason) => {
    const integration = anIntegration(change);
    expect(healthWords(integration)).toBe(words);
    expect(trouble(integration)?.reason ?? null).toBe(reason);
  });

  it('for outcomes name what there was, and the newest', () => {
    expect(outcomeWords(['FAILED', 'SUCCESS', 'SUCCESS'])).toBe(
      'Last 3 runs: 2 succeeded, 1 failed. Newest: succeeded.',
    );
  });

  it('for times and amounts have the unit a person would use', () => {
    expect([inWords(59_999), inWords(3_600_000), relative(NOW - 500, NOW)]).toEqual([
      '59 seconds',
      '1 hour',
      'just now',
    ]);
    expect([everyInWords(5_400), everyInWords(3_600)]).toEqual(['Every 1 hour 30 minutes', 'Every hour']);
    expect([took(304), took(9_940), took(5_000_000)]).toEqual(['304 ms', '9.9 s', '1 h 23 min']);
    expect([bytes(0), bytes(12_515_793), bytes(1_000_000)]).toEqual(['0 B', '12.5 MB', '1 MB']);
    expect([measured(0), measured(-0.00001), measured(56.2801), measured(3_000)]).toEqual([
      '0',
      '-1.000e-5',
      '56.28',
      '3,000',
    ]);
  });

  it('for an interval that cannot be', () => {
    expect([10, 2_592_000, null].map(intervalProblem)).toEqual([null, null, null]);
    expect([9, 2_592_001, Number.NaN, 10.5].every((seconds) => intervalProblem(seconds) !== null)).toBe(true);
  });
});

describe('plots', () => {
  it('have round numbers beside their axes', () => {
    expect(niceTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(niceTicks(4.6, 5.45, 4)).toEqual([4.6, 4.8, 5, 5.2, 5.4]);
    expect(niceTicks(7, 7, 4)).toEqual([7]);
  });

  it('draw no line over a time nothing is known of', () => {
    const everySecond = Array.from({ length: 100 }, (_, index) => [index * 1_000, 1] as const);
    expect(gapOf(everySecond)).toBe(30_000);
    expect(gapOf(everySecond.map(([at]) => [at * 60, 1] as const))).toBe(360_000);
  });

  it('tell the value nearest to a moment, if there is one near', () => {
    const points = [
      [0, 1],
      [100, 2],
      [200, 3],
    ] as const;
    expect([valueAt(points, 140, 50), valueAt(points, 160, 50), valueAt(points, 900, 50)]).toEqual([
      [100, 2],
      [200, 3],
      undefined,
    ]);
  });
});

describe('the newest values of a source', () => {
  it('are told by field, in the order of the fields', () => {
    const records = [
      { at: iso(NOW), field: 'b', value: 2 },
      { at: iso(NOW - 1), field: 'a', value: 1 },
      { at: iso(NOW - 2), field: 'b', value: 0 },
    ];
    expect(latestOf(records, ['a', 'b', 'c']).map(({ field, value }) => [field, value])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });
});
