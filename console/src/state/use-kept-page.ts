import { useEffect, useRef, useState } from 'react';
import { goTo, keepPage } from './route.ts';

interface KeptPage {
  /** Where somebody wants to go; null while nobody does. */
  readonly target: string | null;
  readonly stay: () => void;
  readonly leave: (target: string) => void;
}

/** While `kept`, nobody leaves the page without being asked: what they have typed would be lost. */
export function useKeptPage(kept: boolean): KeptPage {
  const [target, setTarget] = useState<string | null>(null);
  const letGo = useRef<() => void>(undefined);
  useEffect(() => {
    if (!kept) return;
    letGo.current = keepPage(setTarget);
    return () => letGo.current?.();
  }, [kept]);
  return {
    target,
    stay: () => setTarget(null),
    leave(to) {
      letGo.current?.();
      goTo(to);
    },
  };
}
