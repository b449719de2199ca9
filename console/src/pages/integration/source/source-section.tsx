import { useCollection } from '@cloudscape-design/collection-hooks';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import type { SourceRecord } from '../../../api/kind-types.ts';
import type { Integration } from '../../../api/types.ts';
import { Empty } from '../../../parts/empty.tsx';
import { count, measured, plural } from '../../../parts/format.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { MoreButton } from '../../../parts/more-button.tsx';
import { isRecord } from '../../../parts/schema-form/field-props.ts';
import { Time } from '../../../parts/time.tsx';
import { useClient } from '../../../state/use-api.ts';
import { type Paged, usePages } from '../../../state/use-pages.ts';
import { useRefreshOn } from '../../../state/use-refresh-on.ts';
import type { SectionProps } from '../integration-page.tsx';
import { latestOf } from './latest-of.ts';

const PAGE = 100;
const PAGES_AT_ONCE = 3;

/** What was read of a source: the newest value of each field, and the values before. */
export function SourceSection({ integration, lastRun }: SectionProps) {
  const client = useClient();
  const { id } = integration;
  const latest = usePages({
    key: `records|${id}`,
    limit: PAGE,
    depth: PAGES_AT_ONCE,
    every: null,
    load: async (query, signal) => {
      const page = await client.records(id, { ...query, order: 'desc' }, signal);
      return { items: page.records, nextCursor: page.nextCursor };
    },
  });
  useRefreshOn(lastRun, latest.refresh);
  return (
    <Loaded of={latest} what="the values">
      {({ items }) => (
        <SpaceBetween size="l">
          <Fields integration={integration} records={items} />
          {items.length > 0 && <Values records={items} paged={latest} />}
        </SpaceBetween>
      )}
    </Loaded>
  );
}

interface FieldsProps {
  readonly integration: Integration;
  readonly records: readonly SourceRecord[];
}

function Fields({ integration, records }: FieldsProps) {
  const configured = configuredFields(integration);
  const latest = latestOf(
    records,
    configured.map(({ name }) => name),
  );
  const unseen = configured.filter(({ name }) => !latest.some(({ field }) => field === name));
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={`(${latest.length})`}
          description={
            unseen.length === 0 ? undefined : `Without a recent value: ${unseen.map(({ name }) => name).join(', ')}`
          }
        >
          Fields
        </Header>
      }
      items={latest}
      trackBy="field"
      wrapLines
      ariaLabels={{ tableLabel: 'Fields' }}
      columnDefinitions={[
        { id: 'field', header: 'Field', cell: ({ field }) => field, isRowHeader: true, minWidth: 140 },
        { id: 'value', header: 'Latest value', cell: ({ value }) => shown(value), minWidth: 160 },
        { id: 'at', header: 'Of', cell: ({ at }) => <Time at={at} as="clock" />, minWidth: 210 },
        {
          id: 'path',
          header: 'Path in a row',
          cell: ({ field }) => configured.find(({ name }) => name === field)?.path ?? '–',
          minWidth: 140,
        },
      ]}
      empty={<Empty title="No values yet">They are stored with the first sync that finds some.</Empty>}
    />
  );
}

const PAGE_SIZE = 15;

interface ValuesProps {
  readonly records: readonly SourceRecord[];
  readonly paged: Paged<unknown>;
}

function Values({ records, paged }: ValuesProps) {
  const { items, filterProps, filteredItemsCount, paginationProps, collectionProps } = useCollection(records, {
    filtering: {
      filteringFunction: ({ field, value }, text) =>
        `${field}\n${shown(value)}`.toLowerCase().includes(text.toLowerCase()),
      noMatch: <Empty title="No such value" />,
    },
    pagination: { pageSize: PAGE_SIZE },
  });
  return (
    <Table
      {...collectionProps}
      header={
        <Header
          variant="h2"
          counter={`(${count(records.length)}${paged.data?.more === true ? '+' : ''})`}
          description="Newest first."
        >
          Latest values
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder="Find a field or value"
          filteringAriaLabel="Find values"
          countText={plural(filteredItemsCount ?? 0, 'match', 'matches')}
        />
      }
      pagination={<Pagination {...paginationProps} />}
      items={items}
      wrapLines
      ariaLabels={{ tableLabel: 'Latest values' }}
      columnDefinitions={[
        { id: 'at', header: 'Time', cell: ({ at }) => <Time at={at} as="clock" />, minWidth: 210 },
        { id: 'field', header: 'Field', cell: ({ field }) => field, minWidth: 140 },
        { id: 'value', header: 'Value', cell: ({ value }) => shown(value), minWidth: 200 },
      ]}
      footer={<MoreButton of={paged} />}
    />
  );
}

function shown(value: unknown): string {
  if (typeof value === 'number') return measured(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function configuredFields({ config }: Integration): readonly { readonly name: string; readonly path: string }[] {
  if (!Array.isArray(config.fields)) return [];
  return config.fields.filter(isRecord).map(({ name, path }) => ({ name: String(name), path: String(path) }));
}
