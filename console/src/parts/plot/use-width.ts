import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** The width an element was given, in pixels; 0 before it is known. */
export function useWidth<E extends HTMLElement>(): readonly [RefObject<E | null>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measured = element.current;
    if (measured === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(measured);
    setWidth(Math.floor(measured.getBoundingClientRect().width));
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
