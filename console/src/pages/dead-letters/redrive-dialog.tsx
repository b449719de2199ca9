import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { DeadLetter, RedriveReport } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { plural } from '../../parts/format.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { flashDone, flashFailure } from '../../state/flash.ts';
import { useClient } from '../../state/use-api.ts';
import { usePoll } from '../../state/use-poll.ts';
import { refreshAfterRedrive, withoutLetters } from './letters.ts';

interface RedriveDialogProps {
  readonly letters: readonly DeadLetter[];
  readonly onClose: () => void;
}

/** The API takes this many at once. */
const MOST = 100;

/** First says what would be tried, then tries it. */
export function RedriveDialog({ letters, onClose }: RedriveDialogProps) {
  const client = useClient();
  // As chosen when it was opened: the list behind it changes.
  const [chosen] = useState(() => letters.slice(0, MOST));
  const ids = chosen.map(({ id }) => id);
  const preview = usePoll(
    `redrive|${ids.join(',')}`,
    () => client.redriveMany(ids, true),
    () => null,
  );
  const redrive = async (): Promise<void> => {
    try {
      const done = await withoutLetters(
        ids,
        () => client.redriveMany(ids, false),
        ({ redriven }) => redriven.map(({ id }) => id),
      );
      tell(done);
      refreshAfterRedrive(chosen);
    } catch (error) {
      flashFailure('They could not be redriven', error);
    }
  };
  const possible = preview.data === undefined ? 0 : preview.data.count - preview.data.failed.length;
  return (
    <Confirm header="Redrive" confirm="Redrive" disabled={possible === 0} onConfirm={redrive} onClose={onClose}>
      <Loaded of={preview} what="what would be tried">
        {({ failed }) => (
          <SpaceBetween size="m">
            <Box>
              {plural(possible, 'dead letter')} will be put back to work, and removed from here after. What fails again
              comes back.
            </Box>
            {letters.length > MOST && (
              <Alert type="info">
                The first {MOST} of the {letters.length} chosen ones.
              </Alert>
            )}
            <Groups letters={chosen} />
            {failed.length > 0 && (
              <Alert type="warning" header={`${plural(failed.length, 'of them', 'of them')} cannot be redriven`}>
                {failed[0]?.message}
              </Alert>
            )}
          </SpaceBetween>
        )}
      </Loaded>
    </Confirm>
  );
}

/** How many there are of each reason. */
function Groups({ letters }: { readonly letters: readonly DeadLetter[] }) {
  const byReason = Map.groupBy(letters, ({ reason }) => reason);
  return (
    <ul className="problems">
      {[...byReason].map(([reason, own]) => (
        <li key={reason}>
          {own.length} × {reason}
        </li>
      ))}
    </ul>
  );
}

function tell({ redriven, failed }: RedriveReport): void {
  if (redriven.length > 0) flashDone(`${plural(redriven.length, 'dead letter')} redriven`);
  if (failed.length > 0) {
    const [first] = failed;
    flashFailure(`${plural(failed.length, 'dead letter')} could not be redriven`, new Error(first?.message));
  }
}
