import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import type { Paged } from '../state/use-pages.ts';

/** Below a list of which there is more. */
export function MoreButton({ of }: { readonly of: Paged<unknown> }) {
  if (of.data?.more !== true) return null;
  return (
    <Box textAlign="center">
      <Button loading={of.loadingMore} onClick={of.loadMore}>
        Show more
      </Button>
    </Box>
  );
}
