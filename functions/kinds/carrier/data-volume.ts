import Big from 'big.js';

/**
 * Volumes as carriers write them: decimal strings or numbers of megabytes. Reckoned exactly and rounded once, at the end,
 * so that the sum of a month's days is the month to the byte.
 */
export function sumToBytes(megabytes: readonly (string | number)[], bytesPerMb: number): number {
  const total = megabytes.reduce<Big>((sum, part) => sum.plus(part), new Big(0));
  return toSafeBytes(total.times(bytesPerMb).round(0, Big.roundHalfUp));
}

export const megabytesToBytes = (megabytes: string | number, bytesPerMb: number): number =>
  sumToBytes([megabytes], bytesPerMb);

/** As shown to people: mebibytes with two decimals. */
export const toDisplayMb = (bytes: number): number => Number(new Big(bytes).div(1_048_576).round(2, Big.roundHalfUp));

function toSafeBytes(value: Big): number {
  const bytes = Number(value);
  if (!Number.isSafeInteger(bytes)) throw new RangeError('a data volume beyond what can be counted');
  return bytes;
}
