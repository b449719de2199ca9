import { type BitReader, type BitWriter, bitLength } from './bits.ts';
import { integersCost, LARGEST_INTEGER, readIntegers, writeIntegers } from './integers.ts';

/**
 * A column of doubles, every finite one exact.
 *
 * Sensors speak decimals: a value that is exactly m / 10^scale is kept as the whole number m. What the division would not
 * give back bit by bit (-0, a stray 1e300, a value with more digits than its neighbours) is listed beside the column with
 * its eight bytes; a column that is mostly such values is kept as doubles, byte planes of the difference to the value
 * before, for the compressor behind.
 */
export function writeValues(out: BitWriter, values: readonly number[]): void {
  const plan = planDecimals(values);
  if (plan === undefined) {
    out.write(1, 1);
    writeDoubles(out, values);
    return;
  }
  out.write(0, 1);
  out.write(plan.scale, 4);
  writeExceptions(out, plan.exceptions, values);
  writeIntegers(out, plan.integers);
}

export function readValues(from: BitReader, count: number): number[] {
  if (from.read(1) === 1) return readDoubles(from, count);
  const unit = 10 ** from.read(4);
  const exceptions = readExceptions(from, count);
  const values = readIntegers(from, count);
  for (let i = 0; i < count; i++) values[i] = (values[i] ?? 0) / unit;
  for (const { index, value } of exceptions) values[index] = value;
  return values;
}

const LARGEST_SCALE = 15;

interface DecimalPlan {
  readonly scale: number;
  readonly integers: readonly number[];
  /** Positions whose value the integer does not give back. */
  readonly exceptions: readonly number[];
}

/** The cheapest scale, or undefined when doubles as they are cost less. */
function planDecimals(values: readonly number[]): DecimalPlan | undefined {
  let best: DecimalPlan | undefined;
  let bestBits = values.length * 64;
  for (let scale = 0; scale <= LARGEST_SCALE; scale++) {
    const plan = atScale(values, scale);
    if (plan.exceptions.length <= values.length / 4) {
      const bits = integersCost(plan.integers) + exceptionsCost(plan.exceptions, values);
      if (bits < bestBits) {
        best = plan;
        bestBits = bits;
      }
    }
    // Another digit can only cost more once all values fit, -0 aside, which fits nowhere.
    if (plan.exceptions.every((index) => values[index] === 0)) break;
  }
  return best;
}

function atScale(values: readonly number[], scale: number): DecimalPlan {
  const unit = 10 ** scale;
  const integers = new Array<number>(values.length);
  const exceptions: number[] = [];
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const integer = Math.round(value * unit) + 0;
    if (Math.abs(integer) <= LARGEST_INTEGER && Object.is(integer / unit, value)) {
      before = integer;
    } else {
      exceptions.push(i);
      // -0 is written as 0; anything else repeats its neighbour, which costs the least.
      if (value === 0) before = 0;
    }
    integers[i] = before;
  }
  return { scale, integers, exceptions };
}

function exceptionsCost(exceptions: readonly number[], values: readonly number[]): number {
  let bits = 6;
  for (const index of exceptions) bits += 1 + bitLength(values.length) + (values[index] === 0 ? 0 : 64);
  return bits;
}

function writeExceptions(out: BitWriter, exceptions: readonly number[], values: readonly number[]): void {
  out.writeNumber(exceptions.length);
  const width = bitLength(values.length);
  for (const index of exceptions) {
    out.writeWide(index, width);
    const value = values[index] ?? 0;
    out.write(value === 0 ? 0 : 1, 1);
    if (value !== 0) for (const byte of bytesOf(value)) out.write(byte, 8);
  }
}

function readExceptions(from: BitReader, count: number): { index: number; value: number }[] {
  const exceptions: { index: number; value: number }[] = [];
  const width = bitLength(count);
  for (let left = from.readNumber(); left > 0; left--) {
    const index = from.readWide(width);
    const value = from.read(1) === 0 ? -0 : doubleOf(Array.from({ length: 8 }, () => from.read(8)));
    exceptions.push({ index, value });
  }
  return exceptions;
}

function writeDoubles(out: BitWriter, values: readonly number[]): void {
  const rows = values.map(bytesOf);
  for (let plane = 0; plane < 8; plane++) {
    let before = 0;
    for (const row of rows) {
      const byte = row[plane] ?? 0;
      out.write(byte ^ before, 8);
      before = byte;
    }
  }
}

function readDoubles(from: BitReader, count: number): number[] {
  const rows = Array.from({ length: count }, () => new Array<number>(8).fill(0));
  for (let plane = 0; plane < 8; plane++) {
    let before = 0;
    for (const row of rows) {
      before ^= from.read(8);
      row[plane] = before;
    }
  }
  return rows.map(doubleOf);
}

const scratch = new DataView(new ArrayBuffer(8));

function bytesOf(value: number): number[] {
  scratch.setFloat64(0, value);
  return Array.from({ length: 8 }, (_, i) => scratch.getUint8(i));
}

function doubleOf(bytes: readonly number[]): number {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, bytes[i] ?? 0);
  return scratch.getFloat64(0);
}
