import { useCollection } from '@cloudscape-design/collection-hooks';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import type { Channel } from '../../../api/kind-types.ts';
import { Empty } from '../../../parts/empty.tsx';
import { measured, plural } from '../../../parts/format.ts';
import { LOOKS } from '../../../parts/plot/series.ts';
import { Time } from '../../../parts/time.tsx';

interface ChannelsTableProps {
  readonly channels: readonly Channel[];
  /** Ids of those in the plot. */
  readonly plotted: readonly string[];
  readonly onPlot: (ids: readonly string[]) => void;
}

const PAGE_SIZE = 12;

export function ChannelsTable({ channels, plotted, onPlot }: ChannelsTableProps) {
  const { items, filterProps, filteredItemsCount, paginationProps, collectionProps } = useCollection(channels, {
    filtering: {
      filteringFunction: ({ channelId, name, unit }, text) =>
        `${channelId}\n${name}\n${unit ?? ''}`.toLowerCase().includes(text.toLowerCase()),
      noMatch: <Empty title="No such channel" />,
      empty: <Empty title="No channels yet">The vehicle tells of them when it is synced.</Empty>,
    },
    pagination: { pageSize: PAGE_SIZE },
    sorting: {},
  });
  const isPlotted = ({ channelId }: Channel): boolean => plotted.includes(String(channelId));
  return (
    <Table
      {...collectionProps}
      header={
        <Header variant="h2" counter={`(${channels.length})`} description={`Tick up to ${LOOKS} to plot them.`}>
          Channels
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder="Find a channel"
          filteringAriaLabel="Find channels"
          countText={plural(filteredItemsCount ?? 0, 'match', 'matches')}
        />
      }
      pagination={<Pagination {...paginationProps} />}
      items={items}
      trackBy={({ channelId }) => String(channelId)}
      selectionType="multi"
      selectedItems={channels.filter(isPlotted)}
      isItemDisabled={(channel) => plotted.length >= LOOKS && !isPlotted(channel)}
      onSelectionChange={({ detail }) =>
        onPlot(detail.selectedItems.slice(0, LOOKS).map(({ channelId }) => String(channelId)))
      }
      ariaLabels={{
        tableLabel: 'Channels',
        selectionGroupLabel: 'Channels to plot',
        allItemsSelectionLabel: () => 'All channels of this page',
        itemSelectionLabel: (_state, { name }) => `Plot ${name}`,
      }}
      columnDefinitions={[
        { id: 'name', header: 'Name', cell: ({ name }) => name, sortingField: 'name', isRowHeader: true },
        { id: 'id', header: 'Id', cell: ({ channelId }) => channelId, sortingField: 'channelId' },
        { id: 'unit', header: 'Unit', cell: ({ unit }) => unit ?? '–', sortingField: 'unit' },
        { id: 'range', header: 'Range', cell: rangeOf },
        { id: 'synced', header: 'Confirmed', cell: ({ syncedAt }) => <Time at={syncedAt} /> },
      ]}
    />
  );
}

function rangeOf({ minValue, maxValue }: Channel): string {
  if (minValue === null && maxValue === null) return '–';
  return `${minValue === null ? '…' : measured(minValue)} to ${maxValue === null ? '…' : measured(maxValue)}`;
}
