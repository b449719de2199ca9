import AppLayout from '@cloudscape-design/components/app-layout';
import Flashbar from '@cloudscape-design/components/flashbar';
import I18nProvider from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { useState } from 'react';
import { Navigation } from './navigation.tsx';
import { Pages } from './pages/pages.tsx';
import { dismissFlash, useFlashes } from './state/flash.ts';
import { TopBar } from './top-bar.tsx';

/** The frame around every page. */
export function App() {
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <TopBar />
      <Frame />
    </I18nProvider>
  );
}

const NARROW = matchMedia('(max-width: 912px)');

function Frame() {
  const [open, setOpen] = useState(!NARROW.matches);
  const closeOnPhone = (): void => {
    if (NARROW.matches) setOpen(false);
  };
  return (
    <AppLayout
      headerSelector="#top-bar"
      navigation={<Navigation onFollow={closeOnPhone} />}
      navigationOpen={open}
      onNavigationChange={({ detail }) => setOpen(detail.open)}
      toolsHide
      notifications={<Flashes />}
      stickyNotifications
      maxContentWidth={1800}
      content={<Pages />}
      ariaLabels={{
        navigation: 'Pages',
        navigationClose: 'Close the list of pages',
        navigationToggle: 'Open the list of pages',
        notifications: 'Messages',
      }}
    />
  );
}

function Flashes() {
  const flashes = useFlashes();
  return (
    <Flashbar
      items={flashes.map(({ id, type, header, content }) => ({
        id,
        type,
        header,
        content,
        dismissible: true,
        dismissLabel: 'Dismiss',
        onDismiss: () => dismissFlash(id),
      }))}
    />
  );
}
