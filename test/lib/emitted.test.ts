import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { METRICS } from '../../functions/platform/metric-names.ts';

const FUNCTIONS = join(import.meta.dirname, '..', '..', 'functions');

it('every metric is emitted by somebody', () => {
  const emitted = readdirSync(FUNCTIONS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      [...readFileSync(join(FUNCTIONS, name), 'utf8').matchAll(/add\(\s*'(\w+)'/g)].map(([, metric]) => metric),
    );
  expect(Object.keys(METRICS).filter((name) => !emitted.includes(name))).toEqual([]);
});
