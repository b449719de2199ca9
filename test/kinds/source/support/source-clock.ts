import type { Clock } from '../../../../functions/platform/clock.ts';

/** Stands still until it is set; nothing in a source waits. */
export class SourceClock implements Clock {
  private time = Date.UTC(2026, 0, 1);

  now(): number {
    return this.time;
  }

  set(epochMs: number): void {
    this.time = epochMs;
  }

  sleep(): Promise<void> {
    throw new Error('A source has nothing to sleep for');
  }
}
