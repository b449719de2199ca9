import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { RECEIPT_STATES, type Receipt, type ReceiptState } from '../../../api/kind-types.ts';
import type { Integration } from '../../../api/types.ts';
import { Empty } from '../../../parts/empty.tsx';
import { humanized } from '../../../parts/format.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { MoreButton } from '../../../parts/more-button.tsx';
import { isRecord } from '../../../parts/schema-form/field-props.ts';
import { Time } from '../../../parts/time.tsx';
import { useClient } from '../../../state/use-api.ts';
import { usePages } from '../../../state/use-pages.ts';
import { RECEIPT_INDICATORS, RECEIPT_STATE_TITLES } from './receipt-words.ts';

const PAGE = 25;
const EVERY_MS = 8_000;
const ALL = { value: '', label: 'All states' } as const;
const OPTIONS = [ALL, ...RECEIPT_STATES.map((state) => ({ value: state, label: RECEIPT_STATE_TITLES[state] }))];

export function ReceiptsTable({ integration: { id } }: { readonly integration: Integration }) {
  const client = useClient();
  const [state, setState] = useState<ReceiptState | undefined>();
  const receipts = usePages({
    key: `receipts|${id}|${state ?? ''}`,
    limit: PAGE,
    every: EVERY_MS,
    load: async (query, signal) => {
      const page = await client.receipts(id, { ...query, status: state }, signal);
      return { items: page.receipts, nextCursor: page.nextCursor };
    },
  });
  const filter = (
    <div className="narrow-filter">
      <Select
        ariaLabel="State"
        inlineLabelText="State"
        selectedOption={OPTIONS.find(({ value }) => value === state) ?? ALL}
        options={OPTIONS}
        onChange={({ detail }) => setState(RECEIPT_STATES.find((known) => known === detail.selectedOption.value))}
      />
    </div>
  );
  return (
    <Loaded of={receipts} what="the receipts">
      {({ items }) => (
        <Table
          header={
            <Header variant="h2" description="Those that wait come first, the oldest of them at the top.">
              Receipts
            </Header>
          }
          filter={filter}
          items={items}
          trackBy="receipt_id"
          cellVerticalAlign="top"
          wrapLines
          ariaLabels={{ tableLabel: 'Receipts' }}
          columnDefinitions={[
            { id: 'state', header: 'State', cell: (receipt) => <State receipt={receipt} />, minWidth: 150 },
            {
              id: 'created',
              header: 'Taken in',
              cell: (receipt) => <Time at={receipt.created_at} as="clock" />,
              minWidth: 210,
            },
            {
              id: 'synced',
              header: 'Sent',
              minWidth: 140,
              cell: (receipt) => (receipt.synced_at === null ? '–' : <Time at={receipt.synced_at} />),
            },
            { id: 'what', header: 'Document', cell: summaryOf, minWidth: 180 },
            {
              id: 'details',
              header: 'Details',
              cell: (receipt) => <Details receipt={receipt} />,
              minWidth: 240,
              width: '34%',
            },
          ]}
          empty={
            <Empty title={state === undefined ? 'No receipts yet' : 'No receipt is in this state'}>
              {state === undefined && 'A cash register puts them in with POST /v1/kkt/receipt.'}
            </Empty>
          }
          footer={<MoreButton of={receipts} />}
        />
      )}
    </Loaded>
  );
}

function State({ receipt: { status, retry_count: retries } }: { readonly receipt: Receipt }) {
  return (
    <>
      <StatusIndicator type={RECEIPT_INDICATORS[status]}>{RECEIPT_STATE_TITLES[status]}</StatusIndicator>
      {retries > 0 && (
        <Box variant="small" display="block">
          {retries} {retries === 1 ? 'failed try' : 'failed tries'}
        </Box>
      )}
    </>
  );
}

function Details({ receipt: { receipt_id, last_error, fiscal_doc } }: { readonly receipt: Receipt }) {
  return (
    <ExpandableSection variant="inline" headerText={<span className="run-error">{last_error ?? receipt_id}</span>}>
      {last_error !== null && <Box variant="p">{last_error}</Box>}
      <pre className="json">{JSON.stringify(fiscal_doc, null, 2)}</pre>
    </ExpandableSection>
  );
}

/** `Sale, 2 items, 1,250.50`. */
function summaryOf({ fiscal_doc }: Receipt): string {
  const items = Array.isArray(fiscal_doc.items) ? fiscal_doc.items.filter(isRecord) : [];
  const sum = items.reduce((total, { total: own }) => total + (typeof own === 'number' ? own : 0), 0);
  const type = typeof fiscal_doc.type === 'string' ? humanized(fiscal_doc.type) : 'Document';
  return `${type}, ${items.length} ${items.length === 1 ? 'item' : 'items'}, ${money.format(sum)}`;
}

const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
