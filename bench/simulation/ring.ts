/** Numbers put aside for a step of time, taken out when it has come. Time goes forward, and no further than the ring ahead. */
export class Ring {
  private readonly buckets: number[][];

  constructor(steps: number) {
    this.buckets = Array.from({ length: steps }, () => []);
  }

  put(step: number, value: number): void {
    this.buckets[step % this.buckets.length]?.push(value);
  }

  /** Everything of that step; the bucket is empty afterwards. */
  take(step: number): readonly number[] {
    const at = step % this.buckets.length;
    const taken = this.buckets[at] ?? [];
    if (taken.length > 0) this.buckets[at] = [];
    return taken;
  }
}

/** First in, first out, without moving what is in it. */
export class Fifo {
  private items: number[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(value: number): void {
    this.items.push(value);
  }

  shift(): number {
    const value = this.items[this.head++] ?? 0;
    if (this.head > 65_536 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return value;
  }
}
