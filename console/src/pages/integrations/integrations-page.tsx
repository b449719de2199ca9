import Button from '@cloudscape-design/components/button';
import Pagination from '@cloudscape-design/components/pagination';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { Empty } from '../../parts/empty.tsx';
import { count } from '../../parts/format.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { PageTitle } from '../../parts/page-title.tsx';
import { type Fleet, useFleet } from '../../state/fleet.ts';
import { useRemembered } from '../../state/remembered.ts';
import { addressOf, changeQuery, goTo, usePlace } from '../../state/route.ts';
import { useCanChange } from '../../state/use-api.ts';
import { BulkActions } from './bulk-actions.tsx';
import { listCounter } from './cells.tsx';
import { FilterBar } from './filter-bar.tsx';
import { changeFilters, type Filters, isFiltered, matches, readFilters } from './filters.ts';
import { useIntegrationDialogs } from './integration-dialogs.tsx';
import { IntegrationsCards } from './integrations-cards.tsx';
import { IntegrationsTable } from './integrations-table.tsx';
import { rememberList } from './list-address.ts';
import { type Order, ordered, readOrder, writeOrder } from './order.ts';

const PAGE_SIZE = 30;
const CARDS_FIRST = matchMedia('(max-width: 1100px)').matches;

export function IntegrationsPage() {
  const { query } = usePlace();
  const filters = readFilters(query);
  useEffect(() => rememberList(query), [query]);
  const whole = useFleet();
  // More integrations than one reads at once: then the API looks for them.
  const asked = whole.data?.more === true ? filters : {};
  const fleet = useFleet(asked);
  const shown = fleet.data === undefined ? whole : fleet;
  return (
    <Loaded of={shown} what="the integrations">
      {(data) => (
        <IntegrationList
          fleet={data}
          filters={filters}
          sort={query.get('sort') ?? ''}
          page={Math.trunc(Number(query.get('page'))) || 1}
        />
      )}
    </Loaded>
  );
}

interface IntegrationListProps {
  readonly fleet: Fleet;
  readonly filters: Filters;
  /** As it stands in the address. */
  readonly sort: string;
  readonly page: number;
}

function IntegrationList({ fleet, filters, sort, page }: IntegrationListProps) {
  const [view, setView] = useRemembered<'cards' | 'table'>('integrations.view', CARDS_FIRST ? 'cards' : 'table');
  const { q, kind, health, status } = useDeferredValue(filters);
  const { integrations, more } = fleet;
  const order = readOrder(sort);
  const found = useMemo(
    () => ordered(integrations.filter(matches({ q, kind, health, status })), readOrder(sort)),
    [integrations, q, kind, health, status, sort],
  );
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const shown = Math.min(Math.max(1, page), pages);
  const items = found.slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE);
  const { open, dialogs } = useIntegrationDialogs(integrations);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What a filter hides is not changed unseen.
  const chosen = view === 'cards' ? [] : found.filter(({ id }) => selected.has(id));
  const slots = {
    header: (
      <ListHeader
        view={view}
        onView={setView}
        counter={listCounter(found.length, integrations.length, more)}
        description={more ? `The first ${count(integrations.length)}. Filters look among all.` : undefined}
        bulk={chosen.length > 0 && <BulkActions chosen={chosen} onDone={() => setSelected(new Set())} />}
      />
    ),
    filter: <FilterBar filters={filters} found={found.length} />,
    pagination: (
      <Pagination
        currentPageIndex={shown}
        pagesCount={pages}
        onChange={({ detail }) => changeQuery({ page: String(detail.currentPageIndex) })}
      />
    ),
    empty: <NothingFound filters={filters} />,
  };
  return (
    <>
      {view === 'cards' ? (
        <IntegrationsCards {...slots} items={items} open={open} />
      ) : (
        <IntegrationsTable
          {...slots}
          items={items}
          open={open}
          order={order}
          onOrder={changeOrder}
          chosen={chosen}
          onChoose={(next) => setSelected(new Set(next.map(({ id }) => id)))}
        />
      )}
      {dialogs}
    </>
  );
}

const changeOrder = (order: Order): void => changeQuery({ sort: writeOrder(order), page: null });

interface ListHeaderProps {
  readonly view: 'cards' | 'table';
  readonly onView: (view: 'cards' | 'table') => void;
  readonly counter: string;
  readonly description: string | undefined;
  /** What can be done to those that are chosen. */
  readonly bulk: ReactNode;
}

function ListHeader({ view, onView, counter, description, bulk }: ListHeaderProps) {
  const canChange = useCanChange();
  return (
    <PageTitle
      title="Integrations"
      counter={counter}
      description={description}
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
          {bulk}
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
    const clear = (): void => changeFilters({ q: null, kind: null, health: null, status: null });
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
