import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { Channel, VehicleState } from '../../../api/kind-types.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { LOOKS } from '../../../parts/plot/series.ts';
import { Time } from '../../../parts/time.tsx';
import { useClient } from '../../../state/use-api.ts';
import { usePoll } from '../../../state/use-poll.ts';
import { useRefreshOn } from '../../../state/use-refresh-on.ts';
import type { SectionProps } from '../integration-page.tsx';
import { Alarms } from './alarms.tsx';
import { ChannelsTable } from './channels-table.tsx';
import { Telemetry } from './telemetry.tsx';

/** A vehicle: its state, its measurements, its alarms. */
export function VehicleSection({ integration: { id }, lastRun }: SectionProps) {
  const client = useClient();
  const state = usePoll(
    `vehicle|${id}`,
    (signal) => client.vehicle(id, signal),
    () => null,
  );
  const channels = usePoll(
    `channels|${id}`,
    (signal) => client.channels(id, signal),
    () => null,
  );
  useRefreshOn(lastRun, state.refresh);
  useRefreshOn(lastRun, channels.refresh);
  return (
    <SpaceBetween size="l">
      <Loaded of={state} what="the vehicle">
        {(data) => <State state={data} />}
      </Loaded>
      <Loaded of={channels} what="the channels">
        {(data) => <Channels id={id} lastRun={lastRun} channels={data} />}
      </Loaded>
      <Alarms id={id} lastRun={lastRun} channels={channels.data ?? []} />
    </SpaceBetween>
  );
}

interface ChannelsProps {
  readonly id: string;
  readonly lastRun: string;
  readonly channels: readonly Channel[];
}

function Channels({ id, lastRun, channels }: ChannelsProps) {
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  // The first ones, until somebody has chosen.
  const plotted = chosen ?? channels.slice(0, 2).map(({ channelId }) => String(channelId));
  return (
    <SpaceBetween size="l">
      {channels.length > 0 && (
        <Telemetry
          id={id}
          lastRun={lastRun}
          channels={channels.filter(({ channelId }) => plotted.includes(String(channelId))).slice(0, LOOKS)}
        />
      )}
      <ChannelsTable channels={channels} plotted={plotted} onPlot={setChosen} />
    </SpaceBetween>
  );
}

const SYNC_STATES = {
  ok: { type: 'success', words: 'Reached' },
  timeout: { type: 'warning', words: 'Not reached: timeout' },
  error: { type: 'error', words: 'Failed: see the last sync' },
} as const;

function State({ state }: { readonly state: VehicleState }) {
  const { syncStatus, lastSeenAt, softwareVersion, dbOk } = state;
  const reached = syncStatus === null ? null : SYNC_STATES[syncStatus];
  return (
    <Container header={<Header variant="h2">Vehicle</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: 'Last call',
            value:
              reached === null ? (
                'Never called'
              ) : (
                <StatusIndicator type={reached.type}>{reached.words}</StatusIndicator>
              ),
          },
          { label: 'Last seen', value: lastSeenAt === null ? 'Never' : <Time at={lastSeenAt} /> },
          { label: 'Software', value: softwareVersion ?? '–' },
          {
            label: 'Its database',
            value:
              dbOk === null ? (
                '–'
              ) : (
                <StatusIndicator type={dbOk ? 'success' : 'error'}>{dbOk ? 'Works' : 'Does not work'}</StatusIndicator>
              ),
          },
        ]}
      />
    </Container>
  );
}
