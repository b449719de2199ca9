import TopNavigation from '@cloudscape-design/components/top-navigation';
import { addressOf } from './state/route.ts';
import { THEMES, type Theme, useTheme } from './state/theme.ts';
import { useApi } from './state/use-api.ts';

const THEME_TITLES: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' };

export function TopBar() {
  const { session } = useApi();
  const [theme, choose] = useTheme();
  const { signOut, tenantId, role, userName } = session;
  return (
    <div id="top-bar">
      <TopNavigation
        identity={{ href: addressOf('/'), title: 'Driftless', logo: { src: '/favicon.svg', alt: '' } }}
        utilities={[
          {
            type: 'menu-dropdown',
            text: 'Colours',
            iconName: 'light-dark',
            ariaLabel: `Colours: ${THEME_TITLES[theme]}`,
            items: THEMES.map((id) => ({
              id,
              text: THEME_TITLES[id],
              itemType: 'checkbox' as const,
              checked: id === theme,
            })),
            onItemClick: ({ detail }) => {
              const chosen = THEMES.find((id) => id === detail.id);
              if (chosen !== undefined) choose(chosen);
            },
          },
          {
            type: 'menu-dropdown',
            // Whoever misses the buttons sees why.
            text: `${userName ?? tenantId}${role === 'viewer' ? ' (viewer)' : ''}`,
            description: `Tenant ${tenantId} · ${role}`,
            iconName: 'user-profile',
            items:
              signOut === undefined
                ? [{ id: 'local', text: 'The local system needs no sign-in', disabled: true }]
                : [{ id: 'sign-out', text: 'Sign out' }],
            onItemClick: ({ detail }) => {
              if (detail.id === 'sign-out') signOut?.();
            },
          },
        ]}
      />
    </div>
  );
}
