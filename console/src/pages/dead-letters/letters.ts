import type { DeadLetter } from '../../api/types.ts';
import { refreshAbout } from '../../state/integration-changes.ts';
import { type PagedItems, pagesKey } from '../../state/use-pages.ts';
import { pollsOf, refreshPolls } from '../../state/use-poll.ts';

export const LETTERS_KEY = 'dead-letters';

/** Takes letters off the list before the API has answered; those it refuses come back. `gone` picks from its answer. */
export async function withoutLetters<R>(
  ids: readonly string[],
  act: () => Promise<R>,
  gone: (answer: R) => readonly string[],
): Promise<R> {
  const without = (shown: PagedItems<DeadLetter>, left: readonly string[]): PagedItems<DeadLetter> => ({
    ...shown,
    items: shown.items.filter(({ id }) => !left.includes(id)),
  });
  const [list] = pollsOf<PagedItems<DeadLetter>>(pagesKey(LETTERS_KEY));
  if (list === undefined) return act();
  const answer = await list.optimistically(
    (shown) => without(shown, ids),
    act,
    (shown, result) => without(shown, gone(result)),
  );
  refreshPolls('overview');
  return answer;
}

/** The integrations have a run more. */
export function refreshAfterRedrive(letters: readonly DeadLetter[]): void {
  for (const id of new Set(letters.flatMap(({ integrationId }) => integrationId ?? []))) refreshAbout(id);
}
