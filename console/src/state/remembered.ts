import { useCallback, useSyncExternalStore } from 'react';

/** Choices as they are in this page, by name, and who shows them. */
const chosen = new Map<string, unknown>();
const listeners = new Set<() => void>();

/** A choice that this browser remembers. Where it may keep nothing, the choice holds until the page is left. */
export function useRemembered<T>(name: string, initial: T): readonly [T, (value: T) => void] {
  const value = useSyncExternalStore(subscribe, () => recall(name, initial));
  const choose = useCallback((next: T) => remember(name, next), [name]);
  return [value, choose];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function recall<T>(name: string, initial: T): T {
  if (!chosen.has(name)) chosen.set(name, stored(name) ?? initial);
  return chosen.get(name) as T;
}

function stored(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null');
  } catch {
    return null;
  }
}

function remember(name: string, value: unknown): void {
  chosen.set(name, value);
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // Private windows may refuse: then it is remembered as long as the page is open.
  }
  for (const listener of listeners) listener();
}

const keyOf = (name: string): string => `driftless.${name}`;
