import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { RunLog } from '../../api/types.ts';
import { count, took } from '../format.ts';
import { Time } from '../time.tsx';
import { RunDetails } from './run-details.tsx';
import { TRIGGER_TITLES } from './run-words.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<RunLog>[] = [
  { id: 'started', header: 'Started', cell: ({ startedAt }) => <Time at={startedAt} as="clock" />, minWidth: 120 },
  {
    id: 'what',
    header: 'What happened',
    // In one column, so that on a phone, too, it is seen without scrolling aside.
    cell: (log) => <RunDetails log={log} />,
    minWidth: 200,
    width: '45%',
  },
  {
    id: 'duration',
    header: 'Duration',
    cell: ({ duration }) => (duration === null ? '–' : took(duration)),
    minWidth: 100,
  },
  { id: 'records', header: 'Records', cell: ({ recordsCount }) => count(recordsCount), minWidth: 90 },
  { id: 'trigger', header: 'Trigger', cell: ({ trigger }) => TRIGGER_TITLES[trigger], minWidth: 100 },
];

type HistoryTableProps = Pick<TableProps<RunLog>, 'empty' | 'header' | 'filter' | 'pagination' | 'variant'> & {
  readonly logs: readonly RunLog[];
};

export function HistoryTable({ logs, ...slots }: HistoryTableProps) {
  return (
    <Table
      {...slots}
      items={logs}
      trackBy="id"
      cellVerticalAlign="top"
      columnDefinitions={COLUMNS}
      wrapLines
      ariaLabels={{ tableLabel: 'Sync history' }}
    />
  );
}
