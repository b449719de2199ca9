import { useState } from 'react';
import type { DeadLetter } from '../../api/types.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { useFleet } from '../../state/fleet.ts';
import { useClient } from '../../state/use-api.ts';
import { usePages } from '../../state/use-pages.ts';
import { CorrectDialog } from './correct-dialog.tsx';
import { LETTERS_KEY } from './letters.ts';
import { LettersTable } from './letters-table.tsx';
import { RedriveDialog } from './redrive-dialog.tsx';
import { RedriveKindDialog } from './redrive-kind-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';

const PAGE = 50;

export type LetterDialog = 'redrive' | 'redriveKind' | 'correct' | 'remove';

/** What was given up on, until somebody tries it again or lets go of it. */
export function DeadLettersPage() {
  const client = useClient();
  const fleet = useFleet().data;
  const [selected, setSelected] = useState<readonly DeadLetter[]>([]);
  const [dialog, setDialog] = useState<LetterDialog | null>(null);
  const letters = usePages({
    key: LETTERS_KEY,
    limit: PAGE,
    load: async (query, signal) => {
      const page = await client.deadLetters(query, signal);
      return { items: page.deadLetters, nextCursor: page.nextCursor };
    },
  });
  const chosen = selected.filter(({ id }) => letters.data?.items.some((own) => own.id === id));
  const close = (): void => setDialog(null);
  const [one] = chosen;
  return (
    <>
      <Loaded of={letters} what="the dead letters">
        {({ items }) => (
          <LettersTable
            letters={items}
            paged={letters}
            fleet={fleet}
            chosen={chosen}
            onChoose={setSelected}
            onOpen={setDialog}
          />
        )}
      </Loaded>
      {dialog === 'redrive' && <RedriveDialog letters={chosen} onClose={close} />}
      {dialog === 'redriveKind' && (
        <RedriveKindDialog first={one?.kind ?? letters.data?.items[0]?.kind ?? 'carrier'} onClose={close} />
      )}
      {dialog === 'remove' && <RemoveDialog letters={chosen} onClose={close} />}
      {dialog === 'correct' && one !== undefined && <CorrectDialog letter={one} onClose={close} />}
    </>
  );
}
