import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { usePlace } from '../state/route.ts';
import { NotFound } from './not-found.tsx';

const Overview = lazy(async () => ({ default: (await import('./overview/overview-page.tsx')).OverviewPage }));
const Integrations = lazy(async () => ({
  default: (await import('./integrations/integrations-page.tsx')).IntegrationsPage,
}));
const Create = lazy(async () => ({ default: (await import('./create/create-page.tsx')).CreatePage }));
const OneIntegration = lazy(async () => ({
  default: (await import('./integration/integration-page.tsx')).IntegrationPage,
}));
const DeadLetters = lazy(async () => ({
  default: (await import('./dead-letters/dead-letters-page.tsx')).DeadLettersPage,
}));
const Events = lazy(async () => ({ default: (await import('./events-page.tsx')).EventsPage }));
const Settings = lazy(async () => ({ default: (await import('./settings-page.tsx')).SettingsPage }));

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
  return (
    <div ref={region} tabIndex={-1} className="page">
      <Suspense fallback={<Opening />}>{pageAt(path)}</Suspense>
    </div>
  );
}

function pageAt(path: string) {
  const [first = '', second, third] = path.split('/').filter((part) => part !== '');
  if (third !== undefined) return <NotFound />;
  if (first === '') return <Overview />;
  if (first === 'integrations') {
    if (second === undefined) return <Integrations />;
    return second === 'new' ? <Create /> : <OneIntegration key={second} id={decodeURIComponent(second)} />;
  }
  if (second !== undefined) return <NotFound />;
  if (first === 'dead-letters') return <DeadLetters />;
  if (first === 'events') return <Events />;
  if (first === 'settings') return <Settings />;
  return <NotFound />;
}

function Opening() {
  return (
    <Box textAlign="center" padding="xxl" color="text-status-inactive">
      <Spinner /> Opening
    </Box>
  );
}
