import { type ComponentType, useEffect, useRef } from 'react';
import { Failsafe } from '../parts/failsafe.tsx';
import { LoadedPart } from '../parts/loaded-part.tsx';
import { type Loadable, loadable } from '../state/loadable.ts';
import { usePlace } from '../state/route.ts';
import { NotFound } from './not-found.tsx';

interface PageProps {
  /** Of the integration the page is about; empty where it is about none. */
  readonly id: string;
}

const page = (read: () => Promise<ComponentType<PageProps>>): Loadable<ComponentType<PageProps>> => loadable(read);

const overview = page(async () => (await import('./overview/overview-page.tsx')).OverviewPage);
const integrations = page(async () => (await import('./integrations/integrations-page.tsx')).IntegrationsPage);
const create = page(async () => (await import('./create/create-page.tsx')).CreatePage);
const integration = page(async () => (await import('./integration/integration-page.tsx')).IntegrationPage);
const deadLetters = page(async () => (await import('./dead-letters/dead-letters-page.tsx')).DeadLettersPage);
const events = page(async () => (await import('./events-page.tsx')).EventsPage);
const settings = page(async () => (await import('./settings-page.tsx')).SettingsPage);

/** By the path of the page; those about one integration have its id instead of `*`. */
const PAGES: Readonly<Record<string, Loadable<ComponentType<PageProps>>>> = {
  '': overview,
  integrations,
  'integrations/new': create,
  'integrations/*': integration,
  'dead-letters': deadLetters,
  events,
  settings,
};

function pageAt(path: string): { readonly part: Loadable<ComponentType<PageProps>>; readonly id: string } | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const exact = PAGES[parts.join('/')];
  if (exact !== undefined) return { part: exact, id: '' };
  const [first, id = ''] = parts;
  const about = parts.length === 2 ? PAGES[`${first}/*`] : undefined;
  return about && { part: about, id: decoded(id) };
}

/** As it stands there where it is no valid encoding: then there is no such integration. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** Loads the page of an address while somebody is still being signed in. A failure shows when it is opened. */
export const preloadPage = (path: string): Promise<void> =>
  pageAt(path)
    ?.part.load()
    .catch(() => undefined) ?? Promise.resolve();

/** The page that the address means. */
export function Pages() {
  const { path } = usePlace();
  const region = useRef<HTMLDivElement>(null);
  const shown = useRef(path);
  // Who does not see the page change shall hear it: the focus goes to the new page, not at the first one.
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    region.current?.focus({ preventScroll: true });
  }, [path]);
  const found = pageAt(path);
  return (
    <div ref={region} tabIndex={-1} className="page">
      {found === undefined ? (
        <NotFound />
      ) : (
        <Failsafe key={path}>
          <LoadedPart part={found.part} props={{ id: found.id }} />
        </Failsafe>
      )}
    </div>
  );
}
