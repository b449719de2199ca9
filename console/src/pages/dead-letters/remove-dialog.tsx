import { useState } from 'react';
import type { DeadLetter } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { plural } from '../../parts/format.ts';
import { flashDone, flashFailure } from '../../state/flash.ts';
import { useClient } from '../../state/use-api.ts';
import { withoutLetters } from './letters.ts';

interface RemoveDialogProps {
  readonly letters: readonly DeadLetter[];
  readonly onClose: () => void;
}

const AT_ONCE = 6;

export function RemoveDialog({ letters, onClose }: RemoveDialogProps) {
  const client = useClient();
  const [chosen] = useState(letters);
  const ids = chosen.map(({ id }) => id);
  const hasReceipts = chosen.some(({ subject }) => subject.type === 'receipt');
  /** Ids that are gone, and why the others are not. */
  const removeAll = async () => {
    const waiting = [...ids];
    const gone: string[] = [];
    const errors: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          await client.removeDeadLetter(id);
          gone.push(id);
        } catch (error) {
          errors.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return { gone, errors };
  };
  const remove = async (): Promise<void> => {
    const { gone, errors } = await withoutLetters(ids, removeAll, (answer) => answer.gone);
    if (gone.length > 0) flashDone(`${plural(gone.length, 'dead letter')} deleted`);
    if (errors.length > 0) flashFailure(`${plural(errors.length, 'dead letter')} could not be deleted`, errors[0]);
  };
  return (
    <Confirm
      header={`Delete ${plural(chosen.length, 'dead letter')}?`}
      confirm="Delete"
      onConfirm={remove}
      onClose={onClose}
    >
      What they are about is not tried again. This cannot be undone.
      {hasReceipts && ' A receipt that was not sent stays unsent: the tax authority does not get it.'}
    </Confirm>
  );
}
