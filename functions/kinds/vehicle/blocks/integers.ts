import { type BitReader, type BitWriter, bitLength } from './bits.ts';

/**
 * A column of whole numbers, |value| up to 2^49, as small differences.
 *
 * Each value is predicted, and what is left is written in Rice's code: the part above 2^k in unary, the k bits below as
 * they are. Sensor noise costs its entropy plus a tenth of a bit, with six bytes of header, where a general compressor
 * spends as much again on its tables when a block has only some hundred values.
 *
 * Predictions: 0 the column's mean (noise around a level), 1 the value before (drift), 2 the step before (a clock's ticks,
 * ramps: delta of delta).
 */
export const LARGEST_INTEGER = 2 ** 49;

type Prediction = 0 | 1 | 2;
const CONSTANT = 3;
/** Quotients from here on are written with their length instead: one wild value must not cost a megabyte of ones. */
const LONGEST_UNARY = 16;

export function writeIntegers(out: BitWriter, values: readonly number[]): void {
  const first = values[0] ?? 0;
  if (values.every((value) => value === first)) {
    out.write(CONSTANT, 2);
    out.writeNumber(zigzag(first));
    return;
  }
  const plan = cheapest(values);
  out.write(plan.prediction, 2);
  out.writeNumber(zigzag(plan.base));
  out.write(plan.k, 6);
  for (const residual of plan.residuals) writeRice(out, residual, plan.k);
}

export function readIntegers(from: BitReader, count: number): number[] {
  const prediction = from.read(2);
  const base = unzigzag(from.readNumber());
  if (prediction === CONSTANT) return new Array<number>(count).fill(base);
  const k = from.read(6);
  const values = new Array<number>(count);
  if (prediction === 0) {
    for (let i = 0; i < count; i++) values[i] = base + unzigzag(readRice(from, k));
    return values;
  }
  let value = base;
  let step = 0;
  values[0] = value;
  for (let i = 1; i < count; i++) {
    const residual = unzigzag(readRice(from, k));
    step = prediction === 2 ? step + residual : residual;
    value += step;
    values[i] = value;
  }
  return values;
}

/** Bits `writeIntegers` would take. */
export function integersCost(values: readonly number[]): number {
  const first = values[0] ?? 0;
  if (values.every((value) => value === first)) return 8 + bitLength(zigzag(first));
  return cheapest(values).bits;
}

interface Plan {
  readonly prediction: Prediction;
  readonly base: number;
  readonly residuals: Float64Array;
  readonly k: number;
  readonly bits: number;
}

function cheapest(values: readonly number[]): Plan {
  const plans = ([0, 1, 2] as const).map((prediction) => planFor(values, prediction));
  return plans.reduce((best, plan) => (plan.bits < best.bits ? plan : best));
}

function planFor(values: readonly number[], prediction: Prediction): Plan {
  const base = prediction === 0 ? mean(values) : (values[0] ?? 0);
  const residuals = residualsOf(values, prediction, base);
  let sum = 0;
  for (const residual of residuals) sum += residual;
  // The best k of a geometric distribution; its neighbours are tried because real noise is not quite one.
  const guess = Math.floor(Math.log2(Math.max(1, (sum / Math.max(1, residuals.length)) * Math.LN2)));
  let k = 0;
  let bits = Number.POSITIVE_INFINITY;
  for (const candidate of [guess - 1, guess, guess + 1]) {
    if (candidate < 0 || candidate > 52) continue;
    const cost = riceCost(residuals, candidate);
    if (cost < bits) {
      bits = cost;
      k = candidate;
    }
  }
  return { prediction, base, residuals, k, bits: bits + 14 + bitLength(zigzag(base)) };
}

function residualsOf(values: readonly number[], prediction: Prediction, base: number): Float64Array {
  const skip = prediction === 0 ? 0 : 1;
  const residuals = new Float64Array(Math.max(0, values.length - skip));
  let before = base;
  let stepBefore = 0;
  for (let i = skip; i < values.length; i++) {
    const value = values[i] ?? 0;
    const step = value - before;
    residuals[i - skip] = zigzag(prediction === 2 ? step - stepBefore : step);
    if (prediction === 0) continue;
    before = value;
    stepBefore = step;
  }
  return residuals;
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value / values.length;
  return Math.round(sum);
}

function riceCost(residuals: Float64Array, k: number): number {
  const unit = 2 ** k;
  let bits = residuals.length * (k + 1);
  for (const residual of residuals) {
    const quotient = Math.floor(residual / unit);
    bits += quotient < LONGEST_UNARY ? quotient : LONGEST_UNARY + 5 + bitLength(residual) - k;
  }
  return bits;
}

function writeRice(out: BitWriter, residual: number, k: number): void {
  const unit = 2 ** k;
  const quotient = Math.floor(residual / unit);
  if (quotient >= LONGEST_UNARY) {
    out.writeOnes(LONGEST_UNARY);
    out.writeNumber(residual);
    return;
  }
  out.write((1 << (quotient + 1)) - 2, quotient + 1);
  out.writeWide(residual % unit, k);
}

function readRice(from: BitReader, k: number): number {
  const quotient = from.readOnes(LONGEST_UNARY);
  return quotient === LONGEST_UNARY ? from.readNumber() : quotient * 2 ** k + from.readWide(k);
}

/** Signed to unsigned: 0, -1, 1, -2 … become 0, 1, 2, 3 …; without -0, which `* 2` would keep. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value + 0);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
