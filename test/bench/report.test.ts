import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dollars, NOTHING, sumOf, times } from '../../bench/prices.ts';
import { summariseProfile } from '../../bench/profile-summary.ts';
import { readme, round, type Section, sectionText } from '../../bench/report.ts';

const SECTION: Section = {
  title: 'A worker',
  figures: [
    { name: 'CPU', value: '2 ms', beside: 'a | b', target: { text: '≤ 1 ms', met: false } },
    { name: 'calls', value: '4', beside: 'seven' },
  ],
  notes: ['How it was measured.'],
};

describe('the report', () => {
  it('names machine, date and load above the tables', () => {
    const machine = {
      date: '2026-11-22',
      cpu: '2 × X',
      memoryGb: 8,
      node: '24.1.0',
      loadPerCore: { before: 0.26, after: 1.4 },
      seconds: 300.4,
    };
    const text = readme([SECTION], machine);
    expect(text).toContain(
      '2026-11-22 · 2 × X · 8 GB · Node 24.1.0 · 0.3 runnable processes a core before, 1.4 at the end · took 300 s.',
    );
    expect(text).toContain('| CPU | 2 ms | a \\| b | ≤ 1 ms: **not met** |');
    expect(text).toContain('| calls | 4 | seven |  |');
    expect(text).toMatch(/How it was measured\.\n$/);
  });

  it('says at the terminal which target was missed', () => {
    expect(sectionText(SECTION)).toContain('CPU    2 ms  a | b [target ≤ 1 ms: NOT MET]');
  });

  it.each([
    [0, '0'],
    [1234.5, '1,235'],
    [3, '3'],
    [0.012_345, '0.0123'],
    [99.95, '100'],
  ])('writes %d as %s', (value, text) => {
    expect(round(value)).toBe(text);
  });
});

describe('prices', () => {
  it('charge a million of each as published', () => {
    const of = (part: object): number => dollars(times({ ...NOTHING, ...part }, 1e6));
    expect(of({ writeUnits: 1 })).toBeCloseTo(0.625);
    expect(of({ readUnits: 1 })).toBeCloseTo(0.125);
    expect(of({ queueRequests: 1 })).toBeCloseTo(0.4);
    expect(of({ invocations: 1 })).toBeCloseTo(0.2);
    expect(of({ gigabyteSeconds: 1 })).toBeCloseTo(13.3334);
  });

  it('add up', () => {
    const used = sumOf({ ...NOTHING, writeUnits: 1 }, { ...NOTHING, writeUnits: 2, readUnits: 4 });
    expect(used).toEqual({ ...NOTHING, writeUnits: 3, readUnits: 4 });
  });
});

it('sums a processor profile by part and function, without the idle time', async () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)', '') },
      { id: 2, callFrame: frame('send', 'file:///x/node_modules/@smithy/core/index.js') },
      { id: 3, callFrame: frame('runSync', 'file:///x/functions/execute/run-sync.ts') },
    ],
    samples: [1, 2, 3, 2],
    timeDeltas: [5_000_000, 100_000, 100_000, 200_000],
  };
  const directory = await mkdtemp(join(tmpdir(), 'profile-'));
  try {
    const file = join(directory, 'one.cpuprofile');
    await writeFile(file, JSON.stringify(profile));
    const { busySeconds, parts, functions } = await summariseProfile(file);
    expect(busySeconds).toBeCloseTo(0.4);
    expect(parts.map(({ name, share }) => [name, share])).toEqual([
      ['SDK: endpoints, retries, middleware, request', 0.75],
      ['Driftless', 0.25],
    ]);
    expect(functions[0]?.name).toBe('send (@smithy/core/index.js:10)');
  } finally {
    await rm(directory, { recursive: true });
  }
});
