import { useEffect, useRef } from 'react';

/** Asks anew when `value` changes: data that come with a sync need not be asked for until there was one. */
export function useRefreshOn(value: unknown, refresh: () => Promise<void>): void {
  const seen = useRef(value);
  useEffect(() => {
    if (seen.current === value) return;
    seen.current = value;
    void refresh();
  }, [value, refresh]);
}
