import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { type BufferStatus, RECEIPT_STATES, type WorkerStatus } from '../../../api/kind-types.ts';
import type { Integration } from '../../../api/types.ts';
import { count, plural, took } from '../../../parts/format.ts';
import { Time } from '../../../parts/time.tsx';
import { flashDone, flashFailure } from '../../../state/flash.ts';
import { refreshAbout } from '../../../state/integration-changes.ts';
import { useCanChange, useClient } from '../../../state/use-api.ts';
import { RECEIPT_STATE_TITLES } from './receipt-words.ts';

interface BufferViewProps {
  readonly integration: Integration;
  readonly status: BufferStatus;
  readonly worker: WorkerStatus;
  readonly onSynced: () => Promise<void>;
}

const BREAKERS = {
  closed: { type: 'success', words: 'Receipts are sent' },
  open: { type: 'error', words: 'Not called: it failed five times in a row' },
  half_open: { type: 'warning', words: 'One try decides' },
} as const;

export function BufferView({ integration, status, worker, onSynced }: BufferViewProps) {
  const canChange = useCanChange();
  const breaker = BREAKERS[status.breaker.state];
  const { oldest_pending_at: oldest } = status;
  return (
    <Container
      header={
        <Header variant="h2" actions={canChange && <SyncButton integration={integration} onSynced={onSynced} />}>
          Buffer
        </Header>
      }
    >
      <SpaceBetween size="m">
        {status.breaker.until !== null && status.breaker.state === 'open' && (
          <Alert type="warning" header="The operator is not called right now">
            Receipts are kept. The next try is <Time at={status.breaker.until} />.
          </Alert>
        )}
        <KeyValuePairs
          columns={4}
          items={[
            ...RECEIPT_STATES.map((state) => ({ label: RECEIPT_STATE_TITLES[state], value: count(status[state]) })),
            { label: 'Oldest pending', value: oldest === null ? 'None' : <Time at={oldest} /> },
            { label: 'Operator', value: <StatusIndicator type={breaker.type}>{breaker.words}</StatusIndicator> },
            { label: 'Worker', value: <Worker worker={worker} /> },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

function Worker({ worker }: { readonly worker: WorkerStatus }) {
  const { running, consecutive_failures: failures, next_run_at: next, last_run_at: last } = worker;
  if (running) return <StatusIndicator type="in-progress">Sending</StatusIndicator>;
  const failed = failures > 0 && `; failed ${failures} times in a row`;
  if (next !== null) {
    return (
      <>
        Next batch <Time at={next} />
        {failed}
      </>
    );
  }
  return (
    <>
      {last === null ? (
        'Has not run yet'
      ) : (
        <>
          Idle; last batch <Time at={last} />
        </>
      )}
      {failed}
    </>
  );
}

interface SyncButtonProps {
  readonly integration: Integration;
  readonly onSynced: () => Promise<void>;
}

/** One batch, now. */
function SyncButton({ integration: { id, name }, onSynced }: SyncButtonProps) {
  const client = useClient();
  const [working, setWorking] = useState(false);
  const sync = async (): Promise<void> => {
    setWorking(true);
    try {
      const { status, synced, failed, skipped, duration_seconds } = await client.syncBuffer(id);
      if (status === 'skipped') flashDone('Nothing to do: a batch is being sent already');
      else {
        const others = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} not tried`].filter(Boolean);
        flashDone(
          `${plural(synced, 'receipt')} sent in ${took(duration_seconds * 1000)}`,
          others.join(', ') || undefined,
        );
      }
      refreshAbout(id);
      await onSynced();
    } catch (error) {
      flashFailure(`${name} could not be synced`, error);
    } finally {
      setWorking(false);
    }
  };
  return (
    <Button loading={working} onClick={() => void sync()}>
      Send a batch now
    </Button>
  );
}
