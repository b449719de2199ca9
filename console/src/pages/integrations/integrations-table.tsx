import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import type { ListedIntegration } from '../../api/types.ts';
import { NextSync } from '../../parts/next-sync.tsx';
import { OutcomeDots } from '../../parts/outcome-dots.tsx';
import { HealthCell, LastSyncCell, NameCell } from './cells.tsx';
import type { OpenDialog } from './integration-dialogs.tsx';
import { RowActions } from './row-actions.tsx';

interface IntegrationsTableProps extends Pick<TableProps, 'filter' | 'pagination' | 'empty'> {
  readonly items: readonly ListedIntegration[];
  readonly sorting: Pick<TableProps<ListedIntegration>, 'sortingColumn' | 'sortingDescending' | 'onSortingChange'>;
  readonly open: OpenDialog;
  readonly header: ReactNode;
}

const byText =
  (read: (integration: ListedIntegration) => string) =>
  (a: ListedIntegration, b: ListedIntegration): number =>
    read(a).localeCompare(read(b));

const HEALTH_ORDER = { red: 0, yellow: 1, grey: 2, green: 3 } as const;

const columns = (open: OpenDialog): readonly TableProps.ColumnDefinition<ListedIntegration>[] => [
  {
    id: 'name',
    header: 'Name',
    cell: (integration) => <NameCell integration={integration} />,
    sortingComparator: byText(({ name }) => name),
    isRowHeader: true,
    minWidth: 150,
  },
  {
    id: 'health',
    header: 'Health',
    cell: (integration) => <HealthCell integration={integration} />,
    sortingComparator: (a, b) => HEALTH_ORDER[a.health] - HEALTH_ORDER[b.health],
    minWidth: 170,
    width: '18%',
  },
  {
    id: 'next',
    header: 'Next sync',
    cell: (integration) => <NextSync integration={integration} />,
    // None planned comes last.
    sortingComparator: byText(({ nextSyncAt }) => nextSyncAt ?? '~'),
    minWidth: 145,
    width: 205,
  },
  {
    id: 'last',
    header: 'Last sync',
    cell: (integration) => <LastSyncCell integration={integration} />,
    sortingComparator: byText(({ lastSyncAt }) => lastSyncAt ?? ''),
    minWidth: 140,
    width: 170,
  },
  {
    id: 'recent',
    header: 'Last 20 runs',
    cell: ({ recent }) => <OutcomeDots recent={recent} />,
    minWidth: 185,
  },
  {
    id: 'actions',
    header: 'Actions',
    cell: (integration) => <RowActions integration={integration} open={open} />,
    minWidth: 160,
  },
];

export function IntegrationsTable({ items, sorting, open, ...slots }: IntegrationsTableProps) {
  return (
    <Table
      {...sorting}
      {...slots}
      variant="full-page"
      items={items}
      trackBy="id"
      columnDefinitions={columns(open)}
      wrapLines
      contentDensity="compact"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Integrations' }}
    />
  );
}
