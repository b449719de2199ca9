import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import type { DeadLetter } from '../../api/types.ts';
import { Time } from '../../parts/time.tsx';

export function LetterError({ letter }: { readonly letter: DeadLetter }) {
  const { reason, lastError, firstFailureAt, lastFailureAt, subject, id } = letter;
  return (
    <ExpandableSection
      variant="inline"
      headerText={
        <>
          <span className="run-error">{reason}</span>
          {lastError !== null && !reason.includes(lastError) && <span className="run-error">{lastError}</span>}
        </>
      }
    >
      <KeyValuePairs
        columns={1}
        items={[
          { label: 'Reason', value: reason },
          { label: 'Last error', value: lastError ?? '–' },
          { label: 'First failure', value: <Time at={firstFailureAt} as="clock" /> },
          { label: 'Last failure', value: <Time at={lastFailureAt} as="clock" /> },
          ...(subject.receiptId === undefined ? [] : [{ label: 'Receipt', value: subject.receiptId }]),
          { label: 'Id', value: <span className="breakable">{id}</span> },
        ]}
      />
    </ExpandableSection>
  );
}
