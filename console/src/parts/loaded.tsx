import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { createContext, type ReactNode, use } from 'react';
import type { Polled } from '../state/use-poll.ts';
import { StaleNotice } from './stale-notice.tsx';

interface LoadedProps<T> {
  readonly of: Polled<T>;
  /** For people: `the devices`. */
  readonly what: string;
  /** That the data are old is said elsewhere on the page, once for all its parts. */
  readonly quiet?: boolean;
  readonly children: (data: T) => ReactNode;
}

/** Whether it is said around here already that what is shown is old. */
const SaidToBeOld = createContext(false);

/** What was asked for, or that it is on its way, or why it cannot be shown; of old data, that they are old. */
export function Loaded<T>({ of, what, quiet = false, children }: LoadedProps<T>) {
  const { data, failure, refresh } = of;
  const said = use(SaidToBeOld);
  if (data !== undefined) {
    if (quiet) return children(data);
    return (
      <SpaceBetween size="m">
        {!said && <StaleNotice of={of} />}
        <SaidToBeOld value={said || failure !== undefined}>{children(data)}</SaidToBeOld>
      </SpaceBetween>
    );
  }
  if (failure !== undefined) {
    return (
      <Alert
        type="error"
        header={`Could not load ${what}`}
        action={
          <Button formAction="none" onClick={() => void refresh()}>
            Try again
          </Button>
        }
      >
        {failure.message}
      </Alert>
    );
  }
  return (
    <Box textAlign="center" padding="l" color="text-status-inactive">
      <Spinner /> Loading {what}
    </Box>
  );
}
