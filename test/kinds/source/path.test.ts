import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, parsePath, readPath } from '../../../functions/kinds/source/path.ts';

type Place = readonly [path: string[], value: unknown];

/** Every place in a value. */
function places(value: unknown, path: string[] = []): Place[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, item]) => places(item, [...path, name]))
      : [];
  return [[path, value], ...inner];
}

describe('a path', () => {
  it('leads to every place of every JSON value, written down and read back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        for (const [path, wanted] of places(value)) {
          const text = formatPath(path);
          if (text.length > 300) continue;
          expect(parsePath(text)).toEqual(path);
          expect(readPath(value, parsePath(text) ?? ['none'])).toBe(wanted);
        }
      }),
    );
  });

  it('never throws, whatever is written or read', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (text, value) => {
        const path = parsePath(text);
        if (path !== undefined) readPath(value, path);
      }),
    );
  });

  it.each([
    ['main.temp', ['main', 'temp']],
    ['weather[0].main', ['weather', '0', 'main']],
    ['weather.0.main', ['weather', '0', 'main']],
    ['[2]', ['2']],
    ['ids["samsara.vin"]', ['ids', 'samsara.vin']],
    ['.', []],
    ['$', []],
    ['$.main.temp', ['main', 'temp']],
    ['$[0].id', ['0', 'id']],
    ['$ref', ['$ref']],
  ])('%s', (text, path) => expect(parsePath(text)).toEqual(path));

  it.each(['', 'a..b', 'a.', '.a', 'a[', 'a[x]', 'a["b]', 'a]b', 'x'.repeat(301)])('is not %j', (text) => {
    expect(parsePath(text)).toBeUndefined();
  });

  it('finds nothing in what every object inherits', () => {
    for (const path of [['constructor'], ['__proto__'], ['toString', 'name'], ['length']]) {
      expect(readPath({}, path)).toBeUndefined();
      expect(readPath([], path)).toBeUndefined();
      expect(readPath('text', path)).toBeUndefined();
    }
  });
});
