import { createHash } from 'node:crypto';

/** The same words always give the same number in [0, 1): a fleet looks random and is the same on every machine. */
export function dice(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join('\u0000')).digest().readUInt32BE(0) / 2 ** 32;
}

/** A whole number in [from, to]. */
export const pick = (from: number, to: number, ...words: readonly (string | number)[]): number =>
  from + Math.floor(dice(...words) * (to - from + 1));

export const digits = (count: number, ...words: readonly (string | number)[]): string =>
  Array.from({ length: count }, (_, at) => pick(0, 9, ...words, at)).join('');
