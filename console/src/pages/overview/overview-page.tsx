import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { count, plural } from '../../parts/format.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { PageTitle } from '../../parts/page-title.tsx';
import { StaleNotice } from '../../parts/stale-notice.tsx';
import { useTroubled } from '../../state/fleet.ts';
import { useOverview } from '../../state/overview.ts';
import { ActivityPlots } from './activity-plots.tsx';
import { Attention } from './attention.tsx';
import { Counts } from './counts.tsx';
import { RecentEvents } from './recent-events.tsx';

/** How everything is, at a glance. */
export function OverviewPage() {
  const overview = useOverview();
  const { fleet, troubled } = useTroubled();
  const { data } = overview;
  const integrations = fleet.data?.integrations ?? [];
  const about = data && `${plural(data.total, 'integration')}, ${count(data.running)} syncing now`;
  return (
    <SpaceBetween size="l">
      <PageTitle title="Overview" description={about} />
      <StaleNotice of={fleet.failure === undefined ? overview : fleet} />
      <Grid gridDefinition={[{ colspan: { default: 12, s: 8 } }, { colspan: { default: 12, s: 4 } }]}>
        <Attention fleet={fleet} troubled={troubled} deadLetters={data?.deadLetters ?? 0} />
        <RecentEvents />
      </Grid>
      {/* Drawn when it is known how long the list above is, so that nothing jumps; of nothing there is nothing to count. */}
      {integrations.length > 0 && (
        <SpaceBetween size="l">
          <Loaded of={overview} what="the overview" quiet>
            {(counts) => <Counts overview={counts} />}
          </Loaded>
          <ActivityPlots integrations={integrations} />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
