import type { Clock } from '../../../../functions/platform/clock.ts';

/** Time passes only while somebody sleeps, and then at once. */
export class SteppingClock implements Clock {
  private time = Date.parse('2026-11-22T10:00:00.000Z');

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.time += Math.max(0, ms);
  }

  advance(ms: number): void {
    this.time += ms;
  }

  /** As an administrator would, also backwards. */
  set(time: number): void {
    this.time = time;
  }
}
