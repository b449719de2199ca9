import { useCollection } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import Pagination from '@cloudscape-design/components/pagination';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useDeferredValue, useMemo } from 'react';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PageTitle } from '../../parts/page-title.tsx';
import { type Fleet, useFleet } from '../../state/fleet.ts';
import { useRemembered } from '../../state/remembered.ts';
import { addressOf, changeQuery, goTo, usePlace } from '../../state/route.ts';
import { useCanChange } from '../../state/use-api.ts';
import { listCounter } from './cells.tsx';
import { FilterBar } from './filter-bar.tsx';
import { type Filters, isFiltered, matches, readFilters } from './filters.ts';
import { useIntegrationDialogs } from './integration-dialogs.tsx';
import { IntegrationsCards } from './integrations-cards.tsx';
import { IntegrationsTable } from './integrations-table.tsx';

const PAGE_SIZE = 30;
const CARDS_FIRST = matchMedia('(max-width: 912px)').matches;

export function IntegrationsPage() {
  const { query } = usePlace();
  const filters = readFilters(query);
  const whole = useFleet();
  // More integrations than one reads at once: then the API looks for them.
  const asked = whole.data?.more === true ? { q: filters.q, kind: filters.kind, status: filters.status } : {};
  const fleet = useFleet(asked);
  const shown = fleet.data === undefined ? whole : fleet;
  return (
    <Loaded of={shown} what="the integrations">
      {(data) => <IntegrationList fleet={data} filters={filters} />}
    </Loaded>
  );
}

interface IntegrationListProps {
  readonly fleet: Fleet;
  readonly filters: Filters;
}

function IntegrationList({ fleet, filters }: IntegrationListProps) {
  const [view, setView] = useRemembered<'cards' | 'table'>('integrations.view', CARDS_FIRST ? 'cards' : 'table');
  const { q, kind, health, status } = useDeferredValue(filters);
  const { integrations, more } = fleet;
  const found = useMemo(
    () => integrations.filter(matches({ q, kind, health, status })),
    [integrations, q, kind, health, status],
  );
  const { items, collectionProps, paginationProps } = useCollection(found, {
    pagination: { pageSize: PAGE_SIZE },
    sorting: {},
  });
  const { open, dialogs } = useIntegrationDialogs(integrations);
  const slots = {
    header: <ListHeader view={view} onView={setView} counter={listCounter(found.length, integrations.length, more)} />,
    filter: <FilterBar filters={filters} found={found.length} />,
    pagination: <Pagination {...paginationProps} />,
    empty: <NothingFound filters={filters} />,
  };
  return (
    <>
      {view === 'cards' ? (
        <IntegrationsCards {...slots} items={items} open={open} />
      ) : (
        <IntegrationsTable {...slots} items={items} open={open} sorting={collectionProps} />
      )}
      {dialogs}
    </>
  );
}

interface ListHeaderProps {
  readonly view: 'cards' | 'table';
  readonly onView: (view: 'cards' | 'table') => void;
  readonly counter: string;
}

function ListHeader({ view, onView, counter }: ListHeaderProps) {
  const canChange = useCanChange();
  return (
    <PageTitle
      title="Integrations"
      counter={counter}
      actions={
        <SpaceBetween direction="horizontal" size="xs" alignItems="end">
          <SegmentedControl
            label="View"
            selectedId={view}
            options={[
              { id: 'cards', text: 'Cards', iconName: 'grid-view' },
              { id: 'table', text: 'Table', iconName: 'list-view' },
            ]}
            onChange={({ detail }) => onView(detail.selectedId === 'cards' ? 'cards' : 'table')}
          />
          {canChange && (
            <Button variant="primary" href={addressOf('/integrations/new')}>
              Create integration
            </Button>
          )}
        </SpaceBetween>
      }
    />
  );
}

function NothingFound({ filters }: { readonly filters: Filters }) {
  const canChange = useCanChange();
  if (isFiltered(filters)) {
    const clear = (): void => changeQuery({ q: null, kind: null, health: null, status: null });
    return (
      <Empty title="No integration matches" action={<Button onClick={clear}>Clear the filters</Button>}>
        Nothing here is like what you are looking for.
      </Empty>
    );
  }
  return (
    <Empty
      title="No integrations yet"
      action={canChange && <Button onClick={() => goTo('/integrations/new')}>Create integration</Button>}
    >
      An integration keeps one account, vehicle, source or cash register in step.
    </Empty>
  );
}
