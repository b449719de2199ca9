import Badge from '@cloudscape-design/components/badge';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import { useOverview } from './state/overview.ts';
import { addressOf, usePlace } from './state/route.ts';

const PAGES = [
  { text: 'Overview', path: '/' },
  { text: 'Integrations', path: '/integrations' },
  { text: 'Dead letters', path: '/dead-letters' },
  { text: 'Events', path: '/events' },
  { text: 'Settings', path: '/settings' },
] as const;

export function Navigation({ onFollow }: { readonly onFollow: () => void }) {
  const { path } = usePlace();
  const overview = useOverview().data;
  const marks: Readonly<Record<string, number | undefined>> = {
    '/integrations': overview?.byHealth.red,
    '/dead-letters': overview?.deadLetters,
  };
  const active = PAGES.findLast((page) => path === page.path || path.startsWith(`${page.path}/`));
  return (
    <SideNavigation
      activeHref={addressOf(active?.path ?? '/')}
      onFollow={onFollow}
      items={PAGES.map((page) => ({
        type: 'link',
        text: page.text,
        href: addressOf(page.path),
        info: <Mark many={marks[page.path] ?? 0} what={page.path === '/integrations' ? 'failing' : 'waiting'} />,
      }))}
    />
  );
}

function Mark({ many, what }: { readonly many: number; readonly what: string }) {
  if (many === 0) return null;
  return (
    <Badge color="red">
      {many > 999 ? '999+' : many} {what}
    </Badge>
  );
}
