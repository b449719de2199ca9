import { type BitReader, type BitWriter, bitLength } from './bits.ts';
import { integersCost, readIntegers, writeIntegers } from './integers.ts';
import type { Series } from './series.ts';

/**
 * The moments at which channels were measured. Most channels of a vehicle share one axis, so it is kept once; the others
 * are told by what sets them apart from the first, the longest one:
 *
 *   OWN      a column of integers (delta of delta for a steady clock)
 *   SHIFTED  the same number of moments, each a little later or earlier (channels read one after another)
 *   SUBSET   some moments are missing (null values)
 */
const OWN = 0;
const SHIFTED = 1;
const SUBSET = 2;

/** The distinct axes of all series, the longest first, and each series' number among them. */
export function groupAxes(all: readonly Series[]): { axes: (readonly number[])[]; ofSeries: number[] } {
  const distinct: (readonly number[])[] = [];
  const numbers = all.map(({ times }) => {
    const found = distinct.findIndex((axis) => sameTimes(axis, times));
    return found >= 0 ? found : distinct.push(times) - 1;
  });
  const order = distinct.map((_, i) => i).sort((a, b) => (distinct[b]?.length ?? 0) - (distinct[a]?.length ?? 0));
  return { axes: order.map((i) => distinct[i] ?? []), ofSeries: numbers.map((number) => order.indexOf(number)) };
}

/** Times relative to the block's base. `first` is the first axis; undefined for itself. */
export function writeAxis(out: BitWriter, times: readonly number[], first: readonly number[] | undefined): void {
  const missing = first && missingFrom(first, times);
  if (first !== undefined && missing !== undefined) {
    out.write(SUBSET, 2);
    out.writeNumber(missing.length);
    for (const position of missing) out.writeWide(position, bitLength(first.length));
    return;
  }
  const shifts = first?.length === times.length ? times.map((time, i) => time - (first[i] ?? 0)) : undefined;
  if (shifts !== undefined && integersCost(shifts) < integersCost(times)) {
    out.write(SHIFTED, 2);
    writeIntegers(out, shifts);
    return;
  }
  out.write(OWN, 2);
  out.writeNumber(times.length);
  writeIntegers(out, times);
}

export function readAxis(from: BitReader, first: readonly number[] | undefined): number[] {
  const form = from.read(2);
  if (form === OWN) return readIntegers(from, from.readNumber());
  if (first === undefined) throw new RangeError('the first axis of the block leans on another');
  if (form === SHIFTED) return readIntegers(from, first.length).map((shift, i) => (first[i] ?? 0) + shift);
  const missing = new Set<number>();
  for (let left = from.readNumber(); left > 0; left--) missing.add(from.readWide(bitLength(first.length)));
  return first.filter((_, position) => !missing.has(position));
}

/** Positions of `first` that `times` leaves out; undefined when it has other times too, or leaves out too many to list. */
function missingFrom(first: readonly number[], times: readonly number[]): number[] | undefined {
  if (times.length < (first.length * 3) / 4) return undefined;
  const missing: number[] = [];
  let at = 0;
  for (const [position, time] of first.entries()) {
    if (times[at] === time) at++;
    else missing.push(position);
  }
  return at === times.length ? missing : undefined;
}

function sameTimes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((time, i) => time === b[i]);
}
