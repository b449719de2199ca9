import type { Ordinal } from './device-page.ts';

/** A set of devices that fits into a checkpoint: one bit each. */
export class OrdinalSet {
  #bits: Uint8Array;
  #size = 0;

  constructor(text = '') {
    this.#bits = new Uint8Array(Buffer.from(text, 'base64'));
    for (const byte of this.#bits) for (let rest = byte; rest > 0; rest &= rest - 1) this.#size += 1;
  }

  get size(): number {
    return this.#size;
  }

  has(ordinal: Ordinal): boolean {
    return ((this.#bits[ordinal >> 3] ?? 0) & (1 << (ordinal & 7))) !== 0;
  }

  add(ordinal: Ordinal): void {
    if (this.has(ordinal)) return;
    const at = ordinal >> 3;
    if (at >= this.#bits.length) {
      const wider = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      wider.set(this.#bits);
      this.#bits = wider;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (ordinal & 7));
    this.#size += 1;
  }

  toString(): string {
    const end = this.#bits.findLastIndex((byte) => byte !== 0) + 1;
    return Buffer.from(this.#bits.subarray(0, end)).toString('base64');
  }
}
