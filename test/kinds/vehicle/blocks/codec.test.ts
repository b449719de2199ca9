import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBlock, encodeBlock } from '../../../../functions/kinds/vehicle/blocks/codec.ts';
import { countPoints, type Series } from '../../../../functions/kinds/vehicle/blocks/series.ts';
import { measure, sensors } from '../../../../functions/kinds/vehicle/simulator/sensors.ts';

const START = Date.parse('2026-11-22T10:00:00.000Z');

/** What 25 sensors say: a level, a slow swing and noise, two decimals, at 1 Hz. */
function sensorNoise(from: number, seconds: number, vehicle = 1): Series[] {
  const times = Array.from({ length: seconds }, (_, second) => from + second * 1000);
  return sensors(25).map((sensor) => ({
    channel: String(sensor.channelId),
    times,
    values: times.map((time) => measure(sensor, time, vehicle)),
  }));
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const decimal = fc
  .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 8 }))
  .map(([digits, scale]) => digits / 10 ** scale);
const value = fc.oneof(
  finite,
  decimal,
  fc.constantFrom(0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53, 2 ** 53 + 2, 0.1 + 0.2, 1e22),
);
const time = fc.oneof(
  fc.integer({ min: START, max: START + 60_000 }),
  fc.integer({ min: START, max: START + 30 * 86_400_000 }),
  fc.integer({ min: 0, max: 2 ** 47 }),
);
const series = (values: fc.Arbitrary<number>): fc.Arbitrary<Series[]> =>
  fc.uniqueArray(
    fc
      .tuple(
        fc.oneof(
          fc.nat(1000).map(String),
          fc.string({ minLength: 1 }),
          fc.constantFrom('01', '-1', '1e3', '__proto__'),
        ),
        fc.uniqueArray(time, { minLength: 1, maxLength: 60 }),
        fc.array(values, { minLength: 60, maxLength: 60 }),
      )
      .map(([channel, times, all]) => ({
        channel,
        times: times.sort((a, b) => a - b),
        values: all.slice(0, times.length),
      })),
    { selector: (one) => one.channel, maxLength: 6 },
  );

function expectSame(actual: readonly Series[], wanted: readonly Series[]): void {
  const byChannel = new Map(actual.map((one) => [one.channel, one]));
  expect(byChannel.size).toBe(wanted.length);
  for (const { channel, times, values } of wanted) {
    const found = byChannel.get(channel);
    expect(found?.times).toEqual(times);
    expect(found?.values.length).toBe(values.length);
    // toEqual holds 0 and -0 apart only at the top: compare bit by bit.
    expect(found?.values.every((one, i) => Object.is(one, values[i]))).toBe(true);
  }
}

describe('a block', () => {
  it('gives back every finite double at any times, bit by bit', () => {
    fc.assert(
      fc.property(series(value), (all) => expectSame(decodeBlock(encodeBlock(all)), all)),
      { numRuns: 300 },
    );
  });

  it('gives back decimals with a few strangers between them', () => {
    const column = fc.array(
      fc.oneof({ weight: 12, arbitrary: decimal }, { weight: 1, arbitrary: fc.constantFrom(-0, 1e300, 0.1 + 0.2) }),
      { minLength: 60, maxLength: 60 },
    );
    fc.assert(
      fc.property(column, (values) => {
        const all = [{ channel: '7', times: values.map((_, i) => START + i * 1000), values }];
        expectSame(decodeBlock(encodeBlock(all)), all);
      }),
      { numRuns: 200 },
    );
  });

  it('gives back one channel as it gives back all', () => {
    fc.assert(
      fc.property(series(value), (all) => {
        const block = encodeBlock(all);
        for (const one of all) expectSame(decodeBlock(block, one.channel), [one]);
        expect(decodeBlock(block, 'no such channel')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('stays exact when channels are read one after another and some miss a second', () => {
    const all = sensorNoise(START, 30).map((one, i) => {
      const shifted = one.times.map((at, second) => at + i * 13 + (second % 3));
      return i % 4 === 0
        ? { ...one, times: shifted.filter((_, s) => s !== i), values: one.values.filter((_, s) => s !== i) }
        : { ...one, times: shifted };
    });
    expectSame(decodeBlock(encodeBlock(all)), all);
  });

  it('is refused when it is of an unknown format, cut short or damaged', () => {
    const block = encodeBlock(sensorNoise(START, 30));
    expect(() => decodeBlock(Uint8Array.from([0x20, ...block.subarray(1)]))).toThrow('block format 2 is not known');
    expect(() => decodeBlock(Uint8Array.from([0x1f, ...block.subarray(1)]))).toThrow('compression 15 is not known');
    expect(() => decodeBlock(block.subarray(0, block.length - 40))).toThrow(RangeError);
    expect(() => decodeBlock(new Uint8Array())).toThrow(RangeError);
  });
});

describe('the size of a block', () => {
  it('is at most 1.25 bytes a point for a minute of 25 sensors with two decimals', () => {
    for (let vehicle = 1; vehicle <= 20; vehicle++) {
      const minute = sensorNoise(START, 60, vehicle);
      expect(encodeBlock(minute).length / countPoints(minute)).toBeLessThanOrEqual(1.25);
    }
  });

  it('leaves room for a key in one write unit for half a minute', () => {
    for (let vehicle = 1; vehicle <= 20; vehicle++) {
      expect(encodeBlock(sensorNoise(START, 30, vehicle)).length).toBeLessThan(1024 - 160);
    }
  });

  it('hardly grows for a -0 that a sensor rounds to now and then', () => {
    const values = Array.from({ length: 600 }, (_, i) => (i % 50 === 0 ? -0 : Math.round(Math.sin(i) * 100) / 100));
    const times = values.map((_, i) => START + i * 1000);
    const plain = encodeBlock([{ channel: '1', times, values: values.map((one) => one + 0) }]).length;
    expect(encodeBlock([{ channel: '1', times, values }]).length).toBeLessThan(plain + 30);
  });

  it('is a few bytes a channel while nothing moves', () => {
    const still = sensorNoise(START, 600).map((one) => ({ ...one, values: one.values.map(() => 12.34) }));
    expect(encodeBlock(still).length).toBeLessThan(25 * 8);
  });
});
