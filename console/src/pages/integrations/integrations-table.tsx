import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import type { ListedIntegration } from '../../api/types.ts';
import { NextSync } from '../../parts/next-sync.tsx';
import { OutcomeDots } from '../../parts/outcome-dots.tsx';
import { useCanChange } from '../../state/use-api.ts';
import { HealthCell, LastSyncCell, NameCell } from './cells.tsx';
import type { OpenDialog } from './integration-dialogs.tsx';
import { COMPARATORS, type Order } from './order.ts';
import { RowActions } from './row-actions.tsx';

interface IntegrationsTableProps extends Pick<TableProps, 'filter' | 'pagination' | 'empty'> {
  readonly items: readonly ListedIntegration[];
  readonly order: Order | undefined;
  readonly onOrder: (order: Order) => void;
  readonly chosen: readonly ListedIntegration[];
  readonly onChoose: (chosen: readonly ListedIntegration[]) => void;
  readonly open: OpenDialog;
  readonly header: ReactNode;
}

const columns = (open: OpenDialog): readonly TableProps.ColumnDefinition<ListedIntegration>[] => [
  {
    id: 'name',
    header: 'Name',
    cell: (integration) => <NameCell integration={integration} />,
    sortingComparator: COMPARATORS.name,
    isRowHeader: true,
    minWidth: 150,
  },
  {
    id: 'health',
    header: 'Health',
    cell: (integration) => <HealthCell integration={integration} />,
    sortingComparator: COMPARATORS.health,
    minWidth: 170,
    width: '18%',
  },
  {
    id: 'next',
    header: 'Next sync',
    cell: (integration) => <NextSync integration={integration} />,
    sortingComparator: COMPARATORS.next,
    minWidth: 145,
    width: 205,
  },
  {
    id: 'last',
    header: 'Last sync',
    cell: (integration) => <LastSyncCell integration={integration} />,
    sortingComparator: COMPARATORS.last,
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

export function IntegrationsTable(props: IntegrationsTableProps) {
  const { items, order, onOrder, chosen, onChoose, open, ...slots } = props;
  const canChange = useCanChange();
  return (
    <Table
      {...slots}
      {...(order && { sortingColumn: { sortingComparator: COMPARATORS[order.column] } })}
      sortingDescending={order?.descending === true}
      onSortingChange={({ detail: { sortingColumn, isDescending } }) => {
        const column = Object.keys(COMPARATORS).find((id) => COMPARATORS[id] === sortingColumn.sortingComparator);
        if (column !== undefined) onOrder({ column, descending: isDescending === true });
      }}
      variant="full-page"
      items={items}
      trackBy="id"
      columnDefinitions={columns(open)}
      wrapLines
      contentDensity="compact"
      enableKeyboardNavigation
      {...(canChange && { selectionType: 'multi' as const })}
      selectedItems={chosen}
      onSelectionChange={({ detail }) => onChoose(detail.selectedItems)}
      ariaLabels={{
        tableLabel: 'Integrations',
        selectionGroupLabel: 'Integrations',
        allItemsSelectionLabel: () => 'All of this page',
        itemSelectionLabel: (_state, { name }) => name,
      }}
    />
  );
}
