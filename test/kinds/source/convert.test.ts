import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, DATA_TYPES } from '../../../functions/kinds/source/convert.ts';
import { parseIsoDate } from '../../../functions/kinds/source/date.ts';
import { compareIncrements } from '../../../functions/kinds/source/increment.ts';

const NOON = '2026-11-22T12:00:00.000Z';

describe('a value is converted only where nothing is lost', () => {
  it.each([
    ['number', '3.50', 3.5],
    ['number', ' -1e3 ', -1000],
    ['string', 7, '7'],
    ['string', true, 'true'],
    ['number', -0, 0],
    ['number', '-0', 0],
    [undefined, [-0], [0]],
    ['boolean', 'TRUE', true],
    ['boolean', 0, false],
    ['date', '2026-11-22T13:00:00+01:00', NOON],
    ['date', '2026-11-22 12:00', NOON],
    ['date', 1_795_348_800, NOON],
    ['date', '1795348800000', NOON],
    ['object', { b: 1, a: [null] }, { a: [null], b: 1 }],
    ['array', [1, 'x'], [1, 'x']],
    [undefined, { any: 'thing' }, { any: 'thing' }],
  ] as const)('%s %j', (dataType, value, wanted) => {
    const converted = convert(value, dataType);
    expect(converted).toEqual({ value: wanted });
    expect(JSON.stringify(converted)).toBe(JSON.stringify({ value: wanted }));
  });

  it.each([
    ['number', '3,5', 'a string'],
    ['number', '', 'a string'],
    ['number', '0x10', 'a string'],
    ['number', true, 'true or false'],
    ['number', '1e999', 'a number too large'],
    ['string', { a: 1 }, 'an object'],
    ['string', 2 ** 60, 'a number too large to be exact'],
    ['boolean', 2, 'a number'],
    ['date', 'yesterday', 'a string'],
    ['date', '2026-02-30', 'a string'],
    ['date', 42, 'a number'],
    ['date', '9999-12-31T23:59:59-14:00', 'a string'],
    ['object', [], 'an array'],
    ['array', {}, 'an object'],
    ['string', 'x'.repeat(32_769), 'longer than 32768 characters'],
  ] as const)('%s %.20j is refused', (dataType, value, found) => {
    expect(convert(value, dataType)).toMatchObject({ found, expected: expect.any(String) });
  });

  it('is JSON again, whatever came in, and converting it once more changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, ...DATA_TYPES), (value, dataType) => {
        const first = convert(value, dataType);
        if (!('value' in first)) return;
        expect(JSON.parse(JSON.stringify(first.value))).toEqual(first.value);
        expect(convert(first.value, dataType)).toEqual(first);
      }),
    );
  });
});

it('every date that JavaScript writes is read back', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      expect(parseIsoDate(date.toISOString())).toBe(date.getTime());
    }),
  );
});

describe('increments', () => {
  it('are in one order, whichever is asked first', () => {
    const increment = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.string(),
      fc.date({ noInvalidDate: true }).map((d) => d.toJSON()),
    );
    fc.assert(
      fc.property(increment, increment, (a, b) => {
        expect(Math.sign(compareIncrements(a, b)) + Math.sign(compareIncrements(b, a))).toBe(0);
      }),
    );
  });

  it.each([
    [9, 10],
    ['9', '10'],
    ['12345678901234567890', '12345678901234567891'],
    ['2026-01-01T10:00:00+02:00', '2026-01-01T09:00:00Z'],
    ['2026-01-01T10:00:00.000001Z', '2026-01-01T10:00:00.000002Z'],
    ['a10', 'a9'],
    [1.5, 2.5],
  ])('%s comes before %s', (earlier, later) => {
    expect(compareIncrements(earlier, later)).toBeLessThan(0);
  });
});
