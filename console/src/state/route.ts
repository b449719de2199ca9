import { useSyncExternalStore } from 'react';

/** The address of the page: what is shown is told by the path, and how by the query. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Who looks, on the local system; goes with every address of the console. */
const KEPT = ['tenant', 'role'] as const;

const listeners = new Set<() => void>();
let place = read();

function read(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** To be called by whoever has changed the address itself: signing in does. */
export function addressChanged(): void {
  place = read();
  for (const listener of listeners) listener();
}

addEventListener('popstate', () => {
  if (keeper === undefined || location.pathname === place.path) {
    addressChanged();
    return;
  }
  const target = location.pathname + location.search;
  history.pushState(null, '', place.query.size === 0 ? place.path : `${place.path}?${place.query}`);
  keeper(target);
});

let keeper: ((target: string) => void) | undefined;

/** Until it is let go, whoever wants to leave the page is not let go, but `ask`ed, with where they wanted to go. */
export function keepPage(ask: (target: string) => void): () => void {
  const onUnload = (event: BeforeUnloadEvent): void => event.preventDefault();
  keeper = ask;
  addEventListener('beforeunload', onUnload);
  return () => {
    if (keeper === ask) keeper = undefined;
    removeEventListener('beforeunload', onUnload);
  };
}

export const usePlace = (): Place =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => place,
  );

/** An address of the console, for the one who looks. */
export function addressOf(target: string): string {
  const url = new URL(target, location.origin);
  for (const name of KEPT) {
    const value = place.query.get(name);
    if (value !== null && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

export function goTo(target: string): void {
  if (keeper !== undefined) {
    keeper(target);
    return;
  }
  history.pushState(null, '', addressOf(target));
  addressChanged();
  scrollTo(0, 0);
}

/** Changes the query of the present page; null removes. What a person types into a filter is no step to go back to. */
export function changeQuery(change: Readonly<Record<string, string | null>>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(null, '', url);
  addressChanged();
}

/** Links of the console change the page without loading it anew; with a modifier key they do what the browser does. */
export function followLinksHere(): void {
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    ) {
      return;
    }
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || link.target === '_blank') return;
    if (link.getAttribute('href')?.startsWith('#') || link.hasAttribute('download')) return;
    event.preventDefault();
    goTo(link.pathname + link.search);
  });
}
