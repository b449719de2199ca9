import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { RunLog } from '../../api/types.ts';
import { count, withLocalTimes } from '../format.ts';
import { Time } from '../time.tsx';
import { detailLines, progressOf, RUN_INDICATORS, RUN_TITLES } from './run-words.ts';

interface RunDetailsProps {
  readonly log: RunLog;
}

/** How a run ended, its error and its counts; of a run going on, how far it has come. */
export function RunDetails({ log }: RunDetailsProps) {
  const progress = log.status === 'RUNNING' ? progressOf(log) : null;
  const lines = detailLines(log);
  const error = log.errorMessage === null ? null : withLocalTimes(log.errorMessage);
  const pairs = [
    { label: 'Planned for', value: <Time at={log.scheduledFor} as="clock" /> },
    ...(log.completedAt === null ? [] : [{ label: 'Ended', value: <Time at={log.completedAt} as="clock" /> }]),
    ...lines.map(([label, value]) => ({
      label,
      value: typeof value === 'number' ? count(value) : isTime(value) ? <Time at={value} as="clock" /> : value,
    })),
  ];
  return (
    <>
      {progress !== null && (
        <ProgressBar
          value={(progress.done / progress.total) * 100}
          additionalInfo={`${count(progress.done)} of ${count(progress.total)} done`}
          ariaLabel="Progress of this run"
        />
      )}
      <ExpandableSection variant="inline" headerText={<Outcome log={log} error={error} />}>
        <Box padding={{ top: 'xs' }}>
          {error !== null && (
            <Box variant="p" padding={{ bottom: 's' }}>
              {error}
            </Box>
          )}
          <KeyValuePairs columns={2} items={pairs} />
        </Box>
      </ExpandableSection>
    </>
  );
}

function Outcome({ log: { status }, error }: RunDetailsProps & { readonly error: string | null }) {
  return (
    <>
      <span className="run-status">
        <StatusIndicator type={RUN_INDICATORS[status]}>{RUN_TITLES[status]}</StatusIndicator>
      </span>
      {error !== null && <span className="run-error">{error}</span>}
    </>
  );
}

const isTime = (value: string): boolean => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
