import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { HistoryPage, Integration, Outcome, RunLog } from '../../api/types.ts';
import { count, everyInWords, plural, took } from '../../parts/format.ts';
import { Health } from '../../parts/health.tsx';
import { progressOf } from '../../parts/history/run-words.ts';
import { NextSync } from '../../parts/next-sync.tsx';
import { OutcomeDots } from '../../parts/outcome-dots.tsx';
import { Time } from '../../parts/time.tsx';

interface SummaryProps {
  readonly integration: Integration;
  readonly history: HistoryPage | undefined;
}

/** How it is, when it runs, and how it is reached. */
export function Summary({ integration, history }: SummaryProps) {
  const live = history?.logs.find(({ status }) => status === 'RUNNING');
  const last = history?.logs.find(({ status, completedAt }) => completedAt !== null && status !== 'SKIPPED');
  const { syncInterval, lastSyncAt, nextSyncAt, running } = integration;
  return (
    <Container header={<Header variant="h2">Sync</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Health', value: <Health integration={integration} /> },
            {
              label: 'Next sync',
              value: (
                <>
                  <NextSync integration={integration} />
                  {!running && nextSyncAt !== null && <Clock at={nextSyncAt} />}
                </>
              ),
            },
            {
              label: 'Interval',
              value: syncInterval === null ? 'Manual only' : everyInWords(syncInterval),
            },
            {
              label: 'Last sync',
              value:
                lastSyncAt === null ? (
                  'Never'
                ) : (
                  <>
                    <Time at={lastSyncAt} />
                    <Clock at={lastSyncAt} />
                  </>
                ),
            },
            { label: 'Last run', value: last === undefined ? '–' : <LastRun log={last} /> },
            { label: 'Last 20 runs', value: <OutcomeDots recent={history && outcomes(history.logs)} /> },
          ]}
        />
        {live !== undefined && <Live log={live} />}
        <Connection integration={integration} />
      </SpaceBetween>
    </Container>
  );
}

/** To be found again in other logs, and told on the phone. */
function Clock({ at }: { readonly at: string }) {
  return (
    <Box variant="small" display="block">
      <Time at={at} as="clock" />
    </Box>
  );
}

function LastRun({ log }: { readonly log: RunLog }) {
  return (
    <>
      {plural(log.recordsCount, 'record')}
      {log.duration !== null && ` in ${took(log.duration)}`}
    </>
  );
}

function Live({ log }: { readonly log: RunLog }) {
  const progress = progressOf(log);
  if (progress === null) return <Box color="text-status-info">Run {log.run} is going on.</Box>;
  return (
    <ProgressBar
      label={`Run ${log.run}`}
      value={(progress.done / progress.total) * 100}
      additionalInfo={`${count(progress.done)} of ${count(progress.total)} done`}
    />
  );
}

function Connection({ integration }: { readonly integration: Integration }) {
  const { id, baseUrl, accountId, credentialsSetAt, apiKeyLast4, createdAt, updatedAt, config } = integration;
  const key = apiKeyLast4 === null ? '' : `, the key ends with ${apiKeyLast4}`;
  return (
    <ExpandableSection headerText="Connection">
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={3}
          items={[
            {
              label: 'Address',
              value: <span className="breakable">{baseUrl ?? 'The provider’s documented one'}</span>,
            },
            { label: 'Account', value: accountId ?? '–' },
            {
              label: 'Credentials',
              value:
                credentialsSetAt === null ? (
                  'None'
                ) : (
                  <>
                    Set <Time at={credentialsSetAt} />
                    {key}
                  </>
                ),
            },
            { label: 'Created', value: <Time at={createdAt} as="clock" /> },
            { label: 'Changed', value: <Time at={updatedAt} as="clock" /> },
            { label: 'Id', value: <span className="breakable">{id}</span> },
          ]}
        />
        {Object.keys(config).length > 0 && (
          <div>
            <Box variant="awsui-key-label">Configuration</Box>
            <pre className="json">{JSON.stringify(config, null, 2)}</pre>
          </div>
        )}
      </SpaceBetween>
    </ExpandableSection>
  );
}

const OUTCOMES: readonly string[] = ['SUCCESS', 'PARTIAL', 'FAILED', 'DEFERRED'];

/** Of a page of the history, newest last. */
const outcomes = (logs: readonly RunLog[]): readonly Outcome[] =>
  logs
    .map(({ status }) => status)
    .filter((status): status is Outcome => OUTCOMES.includes(status))
    .reverse();
