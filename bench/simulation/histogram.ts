/** Counts of values in steps, and percentiles of them; what is beyond the last step counts as the last. */
export class Histogram {
  private readonly counts: Float64Array;
  private readonly step: number;
  private total = 0;
  private sum = 0;

  constructor(step: number, steps: number) {
    this.step = step;
    this.counts = new Float64Array(steps);
  }

  add(value: number): void {
    const index = Math.min(this.counts.length - 1, Math.max(0, Math.floor(value / this.step)));
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.total += 1;
    this.sum += value;
  }

  get count(): number {
    return this.total;
  }

  get mean(): number {
    return this.total === 0 ? 0 : this.sum / this.total;
  }

  /** The upper edge of the step that the share of the values lies below. */
  percentile(share: number): number {
    let seen = 0;
    for (const [index, count] of this.counts.entries()) {
      seen += count;
      if (seen >= share * this.total && seen > 0) return (index + 1) * this.step;
    }
    return 0;
  }
}
