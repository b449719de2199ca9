import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Spinner from '@cloudscape-design/components/spinner';
import type { ComponentType } from 'react';
import { type Loadable, useLoadable } from '../state/loadable.ts';

interface LoadedPartProps<P extends object> {
  readonly part: Loadable<ComponentType<P>>;
  readonly props: P;
}

/** Draws a part of the console as soon as it is loaded. */
export function LoadedPart<P extends object>({ part, props }: LoadedPartProps<P>) {
  const { loaded: Part, failed } = useLoadable(part);
  if (Part !== undefined) return <Part {...props} />;
  if (failed) {
    return (
      <Alert
        type="error"
        header="This page could not be loaded"
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        The network may be away, or a newer console was deployed since you opened this one.
      </Alert>
    );
  }
  return (
    <Box textAlign="center" padding="xxl" color="text-status-inactive">
      <Spinner /> Opening
    </Box>
  );
}
