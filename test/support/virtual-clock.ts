import type { Clock } from '../../functions/platform/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Turns of the event loop given to work that is not waiting for time, before time goes on. */
const SETTLE_TURNS = 1;

/** A clock that stands still until it is told to go on: then it goes from timer to timer, letting everything between them finish. */
export class VirtualClock implements Clock {
  private time: number;
  private order = 0;
  private timers: Timer[] = [];

  constructor(startIso = '2026-03-01T12:00:00.000Z') {
    this.time = Date.parse(startIso);
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const timer: Timer = {
        at: this.time + Math.max(0, ms),
        order: this.order++,
        fire: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.timers = this.timers.filter((other) => other !== timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.timers.push(timer);
    });
  }

  /** Moves the clock alone, forwards or back, as an administrator would. */
  set(time: number): void {
    this.time = time;
  }

  async advance(ms: number): Promise<void> {
    await this.runUntil(this.time + ms);
  }

  async runUntil(end: number): Promise<void> {
    for (;;) {
      await this.settle();
      const next = this.nextTimerAt();
      if (next === undefined || next > end) break;
      this.fireNext();
    }
    this.time = Math.max(this.time, end);
  }

  nextTimerAt(): number | undefined {
    return this.first()?.at;
  }

  /** Goes to the next timer and fires it. */
  fireNext(): void {
    const next = this.first();
    if (next === undefined) return;
    this.timers = this.timers.filter((timer) => timer !== next);
    this.time = Math.max(this.time, next.at);
    next.fire();
  }

  private first(): Timer | undefined {
    return this.timers.reduce<Timer | undefined>(
      (first, timer) =>
        first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
          ? timer
          : first,
      undefined,
    );
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}
