import fc from 'fast-check';
import { expect, it } from 'vitest';
import { megabytesToBytes, sumToBytes, toDisplayMb } from '../../../functions/kinds/carrier/data-volume.ts';

it('adds decimal megabytes exactly', () => {
  expect(megabytesToBytes('0.002803', 1_000_000)).toBe(2803);
  expect(megabytesToBytes('0.002803', 1_048_576)).toBe(2939);
  expect(sumToBytes(['0.1', '0.2', 0.3], 1_000_000)).toBe(600_000);
});

it('gives back every whole number of bytes it was written from', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { maxLength: 31 }), (days) => {
      const total = days.reduce((sum, bytes) => sum + bytes, 0);
      expect(
        sumToBytes(
          days.map((bytes) => (bytes / 1e6).toFixed(6)),
          1_000_000,
        ),
      ).toBe(total);
    }),
  );
});

it('refuses what cannot be counted', () => {
  expect(() => megabytesToBytes('99999999999', 1_000_000)).toThrow(RangeError);
});

it('shows mebibytes with two decimals', () => {
  expect(toDisplayMb(2_692_964)).toBe(2.57);
  expect(toDisplayMb(0)).toBe(0);
  expect(toDisplayMb(5_243)).toBe(0.01);
});
