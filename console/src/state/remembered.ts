import { useCallback, useState } from 'react';

/** A choice that this browser remembers. Where it may keep nothing, the choice holds until the page is left. */
export function useRemembered<T>(name: string, initial: T): readonly [T, (value: T) => void] {
  const key = `driftless.${name}`;
  const [value, setValue] = useState<T>(() => recall(key, initial));
  const choose = useCallback(
    (next: T) => {
      setValue(next);
      remember(key, next);
    },
    [key],
  );
  return [value, choose];
}

function recall<T>(key: string, initial: T): T {
  try {
    const stored = localStorage.getItem(key);
    return stored === null ? initial : (JSON.parse(stored) as T);
  } catch {
    return initial;
  }
}

function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Private windows may refuse: then it is remembered as long as the page is open.
  }
}
