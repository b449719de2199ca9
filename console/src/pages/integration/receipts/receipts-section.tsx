import SpaceBetween from '@cloudscape-design/components/space-between';
import { Loaded } from '../../../parts/loaded.tsx';
import { useClient } from '../../../state/use-api.ts';
import { usePoll } from '../../../state/use-poll.ts';
import { useRefreshOn } from '../../../state/use-refresh-on.ts';
import type { SectionProps } from '../integration-page.tsx';
import { BufferView } from './buffer-view.tsx';
import { ReceiptsTable } from './receipts-table.tsx';

const BUSY_MS = 2_500;
const CALM_MS = 10_000;

const bufferKey = (id: string): string => `buffer|${id}`;

/** A cash register: what waits, whether the operator is called, and the receipts. */
export function ReceiptsSection({ integration, lastRun }: SectionProps) {
  const client = useClient();
  const { id } = integration;
  const buffer = usePoll(
    bufferKey(id),
    async (signal) => {
      const [status, worker] = await Promise.all([client.bufferStatus(id, signal), client.workerStatus(id, signal)]);
      return { status, worker };
    },
    (known) => (known !== undefined && known.status.pending + known.status.syncing > 0 ? BUSY_MS : CALM_MS),
  );
  useRefreshOn(lastRun, buffer.refresh);
  return (
    <SpaceBetween size="l">
      <Loaded of={buffer} what="the buffer">
        {({ status, worker }) => (
          <BufferView integration={integration} status={status} worker={worker} onSynced={buffer.refresh} />
        )}
      </Loaded>
      <ReceiptsTable integration={integration} />
    </SpaceBetween>
  );
}
