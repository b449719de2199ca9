import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import type { Polled } from '../state/use-poll.ts';
import { Time } from './time.tsx';

/** Said above data that could not be renewed; nothing while all is well. */
export function StaleNotice({ of }: { readonly of: Polled<unknown> }) {
  const { data, failure, loadedAt, refresh } = of;
  if (data === undefined || failure === undefined) return null;
  return (
    <Alert
      type="warning"
      header="This may be out of date"
      action={
        <Button formAction="none" onClick={() => void refresh()}>
          Try again
        </Button>
      }
    >
      {failure.message} What is shown is from{' '}
      {loadedAt === undefined ? 'before' : <Time at={new Date(loadedAt).toISOString()} />}. It is tried again by itself.
    </Alert>
  );
}
