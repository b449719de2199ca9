import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { toFailure } from '../api/api-failure.ts';
import { useTheme } from '../state/theme.ts';

/** Nobody could be signed in. */
export function CouldNotStart({ error }: { readonly error: unknown }) {
  useTheme();
  return (
    <main>
      <Box padding="xxl">
        <Box variant="h1" padding={{ bottom: 'm' }}>
          Driftless
        </Box>
        <Alert
          type="error"
          header="You could not be signed in"
          action={<Button onClick={() => location.reload()}>Try again</Button>}
        >
          {toFailure(error).message}
        </Alert>
      </Box>
    </main>
  );
}
