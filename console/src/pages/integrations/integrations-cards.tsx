import Cards, { type CardsProps } from '@cloudscape-design/components/cards';
import Link from '@cloudscape-design/components/link';
import type { ListedIntegration } from '../../api/types.ts';
import { KIND_TITLES } from '../../parts/health-words.ts';
import { NextSync } from '../../parts/next-sync.tsx';
import { OutcomeDots } from '../../parts/outcome-dots.tsx';
import { providerTitle } from '../../parts/provider-titles.ts';
import { addressOf } from '../../state/route.ts';
import { HealthCell, LastSyncCell, pathOf } from './cells.tsx';
import type { OpenDialog } from './integration-dialogs.tsx';
import { RowActions } from './row-actions.tsx';

interface IntegrationsCardsProps extends Pick<CardsProps, 'filter' | 'pagination' | 'empty' | 'header'> {
  readonly items: readonly ListedIntegration[];
  readonly open: OpenDialog;
}

const CARDS_PER_ROW = [
  { cards: 1 },
  { minWidth: 620, cards: 2 },
  { minWidth: 1000, cards: 3 },
  { minWidth: 1500, cards: 4 },
];

export function IntegrationsCards({ items, open, ...slots }: IntegrationsCardsProps) {
  return (
    <Cards
      {...slots}
      variant="full-page"
      items={items}
      trackBy="id"
      cardsPerRow={CARDS_PER_ROW}
      ariaLabels={{ itemSelectionLabel: () => '', selectionGroupLabel: '', cardsLabel: 'Integrations' }}
      cardDefinition={{
        header: (integration) => (
          <Link href={addressOf(pathOf(integration))} fontSize="heading-m">
            <span className="breakable">{integration.name}</span>
          </Link>
        ),
        sections: [
          { id: 'kind', content: ({ kind, provider }) => `${KIND_TITLES[kind]} · ${providerTitle(provider)}` },
          { id: 'health', content: (integration) => <HealthCell integration={integration} /> },
          { id: 'next', content: (integration) => <NextSync integration={integration} /> },
          {
            id: 'last',
            header: 'Last sync',
            width: 50,
            content: (integration) => <LastSyncCell integration={integration} />,
          },
          { id: 'recent', header: 'Last 20 runs', width: 50, content: ({ recent }) => <OutcomeDots recent={recent} /> },
          { id: 'actions', content: (integration) => <RowActions integration={integration} open={open} /> },
        ],
      }}
    />
  );
}
