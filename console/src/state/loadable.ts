import { useEffect, useState } from 'react';

/** A part of the console that is loaded when it is first needed. Once it is there it is drawn at once, without a gap. */
export interface Loadable<T> {
  load(): Promise<void>;
  loaded(): T | undefined;
}

export function loadable<T>(read: () => Promise<T>): Loadable<T> {
  let value: T | undefined;
  return {
    loaded: () => value,
    async load() {
      value ??= await read();
    },
  };
}

/** `failed`: it cannot be loaded; most often because a newer console was deployed since the page was opened. */
export function useLoadable<T>(part: Loadable<T>): { readonly loaded: T | undefined; readonly failed: boolean } {
  const [ended, setEnded] = useState<{ readonly part: Loadable<T>; readonly failed: boolean }>();
  const loaded = part.loaded();
  useEffect(() => {
    if (part.loaded() !== undefined) return;
    part.load().then(
      () => setEnded({ part, failed: false }),
      () => setEnded({ part, failed: true }),
    );
  }, [part]);
  return { loaded, failed: loaded === undefined && ended?.part === part && ended.failed };
}
