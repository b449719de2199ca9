import type { Outcome } from '../api/types.ts';
import { OUTCOMES, outcomeWords } from './outcome-words.ts';

const SIZE = 7;
const STEP = 8.5;
const SHOWN = 20;

/** One form for each outcome, so that it can be told without its colour. The y axis is 0 at the middle. */
const FORMS: Readonly<Record<Outcome, (x: number) => string>> = {
  SUCCESS: (x) => `M${x},0a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0 -7,0Z`,
  PARTIAL: (x) => `M${x},3.5L${x + 3.5},-3.5L${x + 7},3.5Z`,
  FAILED: (x) =>
    `M${x},-2.2L${x + 1.3},-3.5L${x + 3.5},-1.3L${x + 5.7},-3.5L${x + 7},-2.2L${x + 4.8},0L${x + 7},2.2L${x + 5.7},3.5L${x + 3.5},1.3L${x + 1.3},3.5L${x},2.2L${x + 2.2},0Z`,
  DEFERRED: (x) => `M${x},-1.2H${x + 7}V1.2H${x}Z`,
};

/** The last 20 runs, newest on the right. */
export function OutcomeDots({ recent }: { readonly recent: readonly Outcome[] | undefined }) {
  if (recent === undefined) return <span>–</span>;
  if (recent.length === 0) return <span>No runs yet</span>;
  const shown = recent.slice(-SHOWN);
  const first = SHOWN - shown.length;
  const path = (outcome: Outcome): string =>
    shown.map((own, index) => (own === outcome ? FORMS[outcome]((first + index) * STEP) : '')).join('');
  return (
    <svg
      role="img"
      aria-label={outcomeWords(shown)}
      className="outcome-dots"
      width={SHOWN * STEP}
      height={SIZE + 5}
      viewBox={`0 -6 ${SHOWN * STEP} 12`}
    >
      <title>{outcomeWords(shown)}</title>
      <path className="outcome-none" d={Array.from({ length: first }, (_, index) => dot(index * STEP)).join('')} />
      {OUTCOMES.map((outcome) => (
        <path key={outcome} className={`outcome-${outcome.toLowerCase()}`} d={path(outcome)} />
      ))}
    </svg>
  );
}

const dot = (x: number): string => `M${x + 2.5},0a1,1 0 1 0 2,0a1,1 0 1 0 -2,0Z`;
