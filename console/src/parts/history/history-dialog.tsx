import Modal from '@cloudscape-design/components/modal';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { type Integration, RUN_STATUSES, type RunStatus } from '../../api/types.ts';
import { useHistory } from '../../state/history.ts';
import { Empty } from '../empty.tsx';
import { Loaded } from '../loaded.tsx';
import { HistoryTable } from './history-table.tsx';
import { RUN_TITLES } from './run-words.ts';

const PAGE_SIZE = 20;
const ALL = { value: '', label: 'All outcomes' } as const;
const OPTIONS = [ALL, ...RUN_STATUSES.map((status) => ({ value: status, label: RUN_TITLES[status] }))];

interface HistoryDialogProps {
  readonly integration: Integration;
  readonly onClose: () => void;
}

/** All runs, newest first; goes on by itself while one is going on. */
export function HistoryDialog({ integration, onClose }: HistoryDialogProps) {
  const [page, setPage] = useState(1);
  const [status, setStatus] = useState<RunStatus | undefined>();
  const history = useHistory(integration.id, { page, pageSize: PAGE_SIZE, status });
  const choose = (value: string | undefined): void => {
    setStatus(RUN_STATUSES.find((known) => known === value));
    setPage(1);
  };
  return (
    <Modal visible size="max" header={`Sync history of ${integration.name}`} onDismiss={onClose}>
      <Loaded of={history} what="the history">
        {({ logs, total }) => (
          <HistoryTable
            variant="embedded"
            logs={logs}
            filter={
              <div className="narrow-filter">
                <Select
                  inlineLabelText="Outcome"
                  selectedOption={OPTIONS.find(({ value }) => value === status) ?? ALL}
                  options={OPTIONS}
                  onChange={({ detail }) => choose(detail.selectedOption.value)}
                  ariaLabel="Outcome"
                />
              </div>
            }
            pagination={
              <Pagination
                currentPageIndex={page}
                pagesCount={Math.max(1, Math.ceil(total / PAGE_SIZE))}
                onChange={({ detail }) => setPage(detail.currentPageIndex)}
              />
            }
            empty={
              <Empty title={status === undefined ? 'It has not run yet' : 'No such run'}>
                {status === undefined ? 'Run it now, or wait for its next slot.' : 'Choose another outcome.'}
              </Empty>
            }
          />
        )}
      </Loaded>
    </Modal>
  );
}
