import type { Outcome } from '../api/types.ts';

export const OUTCOMES = ['SUCCESS', 'PARTIAL', 'FAILED', 'DEFERRED'] as const;

const WORDS = { SUCCESS: 'succeeded', PARTIAL: 'partial', FAILED: 'failed', DEFERRED: 'put off' } as const;

/** `Last 20 runs: 18 succeeded, 1 partial, 1 failed. Newest: succeeded.` */
export function outcomeWords(recent: readonly Outcome[]): string {
  const counted = OUTCOMES.map((outcome) => ({
    outcome,
    many: recent.filter((own) => own === outcome).length,
  })).filter(({ many }) => many > 0);
  const newest = recent.at(-1);
  const parts = counted.map(({ outcome, many }) => `${many} ${WORDS[outcome]}`).join(', ');
  const of = recent.length === 1 ? 'Last run' : `Last ${recent.length} runs`;
  return `${of}: ${parts}.${newest === undefined ? '' : ` Newest: ${WORDS[newest]}.`}`;
}

/** How the newest runs ended alike, other than well: `last 6 runs failed`; null after a good run. */
export function badStreakWords(recent: readonly Outcome[]): string | null {
  const newest = recent.at(-1);
  if (newest === undefined || newest === 'SUCCESS') return null;
  const many = recent.length - 1 - recent.findLastIndex((own) => own !== newest);
  return many === 1 ? `last run ${WORDS[newest]}` : `last ${many} runs ${WORDS[newest]}`;
}
