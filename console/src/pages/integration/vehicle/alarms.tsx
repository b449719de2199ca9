import { useCollection } from '@cloudscape-design/collection-hooks';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import type { Alarm, Channel } from '../../../api/kind-types.ts';
import { Empty } from '../../../parts/empty.tsx';
import { humanized } from '../../../parts/format.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { Time } from '../../../parts/time.tsx';
import { useClient } from '../../../state/use-api.ts';
import { usePoll } from '../../../state/use-poll.ts';
import { useRefreshOn } from '../../../state/use-refresh-on.ts';

interface AlarmsProps {
  readonly id: string;
  /** Changes with every run. */
  readonly lastRun: string;
  readonly channels: readonly Channel[];
}

export function Alarms({ id, lastRun, channels }: AlarmsProps) {
  const client = useClient();
  const [openOnly, setOpenOnly] = useState(false);
  const alarms = usePoll(
    `alarms|${id}|${openOnly}`,
    (signal) => client.alarms(id, { unresolved: openOnly ? 'true' : undefined }, signal),
    () => null,
  );
  useRefreshOn(lastRun, alarms.refresh);
  return (
    <Loaded of={alarms} what="the alarms">
      {(data) => <AlarmsTable alarms={data} channels={channels} openOnly={openOnly} onOpenOnly={setOpenOnly} />}
    </Loaded>
  );
}

interface AlarmsTableProps {
  readonly alarms: readonly Alarm[];
  readonly channels: readonly Channel[];
  readonly openOnly: boolean;
  readonly onOpenOnly: (openOnly: boolean) => void;
}

const PAGE_SIZE = 10;

function AlarmsTable({ alarms, channels, openOnly, onOpenOnly }: AlarmsTableProps) {
  const { items, paginationProps } = useCollection(alarms, { pagination: { pageSize: PAGE_SIZE } });
  const nameOf = ({ channelId }: Alarm): string =>
    channels.find((channel) => String(channel.channelId) === String(channelId))?.name ?? String(channelId ?? '–');
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={`(${alarms.length})`}
          actions={
            <Toggle checked={openOnly} onChange={({ detail }) => onOpenOnly(detail.checked)}>
              Open ones only
            </Toggle>
          }
        >
          Alarms
        </Header>
      }
      pagination={<Pagination {...paginationProps} />}
      items={items}
      trackBy={({ alarmId }) => String(alarmId)}
      wrapLines
      ariaLabels={{ tableLabel: 'Alarms' }}
      columnDefinitions={[
        { id: 'severity', header: 'Severity', cell: ({ severity }) => <Severity severity={severity} />, minWidth: 120 },
        { id: 'message', header: 'Message', cell: ({ message }) => message, minWidth: 220, isRowHeader: true },
        { id: 'channel', header: 'Channel', cell: nameOf, minWidth: 120 },
        {
          id: 'at',
          header: 'Triggered',
          cell: ({ triggeredAt }) => <Time at={triggeredAt} as="clock" />,
          minWidth: 210,
        },
        {
          id: 'resolved',
          header: 'Resolved',
          minWidth: 210,
          cell: ({ resolvedAt }) =>
            resolvedAt === null ? (
              <StatusIndicator type="warning">Open</StatusIndicator>
            ) : (
              <Time at={resolvedAt} as="clock" />
            ),
        },
      ]}
      empty={<Empty title={openOnly ? 'No open alarms' : 'No alarms'} />}
    />
  );
}

/** The words are the vehicle's own. */
const SEVERITIES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  critical: 'error',
  alarm: 'error',
  error: 'error',
  high: 'error',
  warning: 'warning',
  medium: 'warning',
  info: 'info',
  low: 'info',
};

function Severity({ severity }: { readonly severity: string | null }) {
  if (severity === null) return <>–</>;
  return <StatusIndicator type={SEVERITIES[severity.toLowerCase()] ?? 'info'}>{humanized(severity)}</StatusIndicator>;
}
