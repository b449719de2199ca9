import { useSyncExternalStore } from 'react';

/** One clock for all countdowns of the page: they tick together, and not at all in a hidden tab. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let current = Date.now();

const TICK_MS = 1000;

function tick(): void {
  current = Date.now();
  for (const listener of listeners) listener();
}

function adjust(): void {
  const wanted = listeners.size > 0 && !document.hidden;
  if (wanted && timer === undefined) {
    current = Date.now();
    timer = setInterval(tick, TICK_MS);
  } else if (!wanted && timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  }
}

document.addEventListener('visibilitychange', () => {
  adjust();
  if (!document.hidden) tick();
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  adjust();
  return () => {
    listeners.delete(listener);
    adjust();
  };
}

/** What follows from the time; a component that uses this is drawn again only when that changes. */
export function useFromNow<T extends string | number | boolean | null>(read: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => read(current));
}
