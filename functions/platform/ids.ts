import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Ids sort by the time they were made (ULID, lower case), so that a list in id order is a list in time order. */
export interface Ids {
  next(): string;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export function createIds(clock: Clock, entropy: (bytes: number) => Uint8Array = randomBytes): Ids {
  let lastTime = 0;
  let lastRandom = 0n;
  return {
    next() {
      const now = clock.now();
      if (now > lastTime) {
        lastTime = now;
        lastRandom = BigInt(`0x${Buffer.from(entropy(10)).toString('hex')}`);
      } else {
        // Same millisecond, or a clock set back: count on, so that order still holds within the process.
        lastRandom = (lastRandom + 1n) & ((1n << 80n) - 1n);
      }
      return encode(BigInt(lastTime), 10) + encode(lastRandom, 16);
    },
  };
}

/** The same id for the same time and name however often it is asked for; takes its place among those of `createIds`. */
export function idFor(at: number, name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 20);
  return encode(BigInt(Math.max(0, Math.floor(at))), 10) + encode(BigInt(`0x${hash}`), 16);
}

function encode(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i++) {
    text = (ALPHABET[Number(rest & 31n)] ?? '0') + text;
    rest >>= 5n;
  }
  return text;
}
