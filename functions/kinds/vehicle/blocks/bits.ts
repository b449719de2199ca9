/** Writes numbers bit by bit, most significant first. Grows as needed. */
export class BitWriter {
  private out = new Uint8Array(256);
  private length = 0;
  private pending = 0;
  private pendingBits = 0;

  /** `value` below 2^bits; `bits` up to 24. */
  write(value: number, bits: number): void {
    this.pending = ((this.pending << bits) | value) & 0x7fffffff;
    this.pendingBits += bits;
    while (this.pendingBits >= 8) {
      this.pendingBits -= 8;
      this.push(this.pending >>> this.pendingBits);
      this.pending &= (1 << this.pendingBits) - 1;
    }
  }

  /** As `write`, for up to 53 bits. */
  writeWide(value: number, bits: number): void {
    let left = bits;
    while (left > 24) {
      left -= 24;
      const unit = 2 ** left;
      const high = Math.floor(value / unit) % 0x1000000;
      this.write(high, 24);
    }
    this.write(value % 2 ** left, left);
  }

  /** A whole number with its own length in front: 6 bits, then as many as it needs. Up to 2^53. */
  writeNumber(value: number): void {
    const bits = bitLength(value);
    this.write(bits, 6);
    this.writeWide(value, bits);
  }

  /** `count` ones. */
  writeOnes(count: number): void {
    for (let left = count; left > 0; left -= 16) {
      const bits = Math.min(left, 16);
      this.write((1 << bits) - 1, bits);
    }
  }

  private push(byte: number): void {
    if (this.length === this.out.length) {
      const larger = new Uint8Array(this.out.length * 2);
      larger.set(this.out);
      this.out = larger;
    }
    this.out[this.length++] = byte;
  }

  /** What was written, filled up with zero bits to a whole byte. */
  finish(): Uint8Array {
    if (this.pendingBits > 0) this.write(0, 8 - this.pendingBits);
    return this.out.subarray(0, this.length);
  }
}

/** Reads what BitWriter wrote. Throws RangeError past the end. */
export class BitReader {
  private readonly bytes: Uint8Array;
  private at = 0;
  private pending = 0;
  private pendingBits = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  read(bits: number): number {
    while (this.pendingBits < bits) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('the block ends too early');
      this.pending = (this.pending << 8) | byte;
      this.pendingBits += 8;
    }
    this.pendingBits -= bits;
    const value = this.pending >>> this.pendingBits;
    this.pending &= (1 << this.pendingBits) - 1;
    return value;
  }

  readWide(bits: number): number {
    let value = 0;
    let left = bits;
    while (left > 24) {
      left -= 24;
      value = value * 0x1000000 + this.read(24);
    }
    return value * 2 ** left + this.read(left);
  }

  readNumber(): number {
    return this.readWide(this.read(6));
  }

  /** How many ones come before the next zero, `limit` at most; the zero is read too, unless the limit was reached. */
  readOnes(limit: number): number {
    let count = 0;
    while (count < limit && this.read(1) === 1) count++;
    return count;
  }
}

/** Bits that a whole number up to 2^53 needs; 0 needs none. */
export function bitLength(value: number): number {
  if (value < 0x80000000) return 32 - Math.clz32(value);
  return 31 + bitLength(Math.floor(value / 0x80000000));
}
