/** The same throws in every run: xorshift, 32 bit. */
export interface Dice {
  /** Within [0, 1). */
  next(): number;
  /** Standard normal. */
  normal(): number;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

/** Quantile of the standard normal at 0.99. */
const Z99 = 2.3263;

/** Log-normal by its median and 99th percentile. */
export const logNormal = (median: number, p99: number, dice: Dice): number =>
  median * Math.exp((Math.log(p99 / median) / Z99) * dice.normal());
