import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source-files.ts';

/** The rows of the table in CONTRIBUTING.md. */
const rows = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, invariant, file, title] = /^\| (.+) \| `(.+\.test\.ts)` \| (.+) \|$/.exec(line) ?? [];
    return invariant === undefined || file === undefined || title === undefined ? [] : [{ invariant, file, title }];
  });

it('has a table of invariants', () => {
  expect(rows.length).toBeGreaterThan(30);
});

it.each(rows)('$invariant: the test is there, and runs', ({ file, title }) => {
  const test = readFileSync(join(ROOT, 'test', file), 'utf8');
  // The first argument of a call.
  expect(test.replaceAll(/\(\s+/g, '(')).toContain(`('${title}'`);
  expect(test).not.toMatch(/\b(?:it|describe)\.(?:skip|only|todo|runIf|skipIf)\b/);
});
