import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useMemo, useState } from 'react';
import type { ListedIntegration } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { count, localClock, localTime, measured, plural } from '../../parts/format.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { BarPlot } from '../../parts/plot/bar-plot.tsx';
import { valueAt } from '../../parts/plot/series.ts';
import { TimePlot } from '../../parts/plot/time-plot.tsx';
import { type Activity, lateness, perMinute, useActivity } from '../../state/activity.ts';

/** Syncs per minute, and how late they began. */
export function ActivityPlots({ integrations }: { readonly integrations: readonly ListedIntegration[] }) {
  const activity = useActivity(integrations);
  const { data } = activity;
  const some = data !== undefined && data.looked < data.all;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={some ? `Of the ${count(data.looked)} that run most often` : 'The last half hour'}
        >
          Activity
        </Header>
      }
    >
      <Loaded of={activity} what="the last half hour" quiet>
        {(own) =>
          own.runs.length === 0 ? (
            <Empty title="Nothing ran in the last half hour" />
          ) : (
            <ColumnLayout columns={2}>
              <PerMinute activity={own} />
              <Lateness activity={own} />
            </ColumnLayout>
          )
        }
      </Loaded>
    </Container>
  );
}

const LOOKS = ['bar-good', 'bar-partial', 'bar-bad'];

function PerMinute({ activity }: { readonly activity: Activity }) {
  const bars = useMemo(() => perMinute(activity), [activity]);
  const total = activity.runs.length;
  return (
    <section aria-label="Syncs per minute">
      <Box variant="h3">Syncs per minute</Box>
      <BarPlot
        label={`Syncs per minute: ${plural(total, 'run')} in the last half hour, at most ${Math.max(
          ...bars.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0)),
        )} in a minute`}
        bars={bars}
        step={60_000}
        from={activity.from}
        to={activity.to}
        looks={LOOKS}
        describe={({ at, parts: [good = 0, partial = 0, bad = 0] }) =>
          `${localClock(at)}: ${plural(good, 'good run')}, ${count(partial)} partial, ${count(bad)} failed`
        }
      />
    </section>
  );
}

function Lateness({ activity }: { readonly activity: Activity }) {
  const [cursor, setCursor] = useState<number | null>(null);
  const series = useMemo(
    () => [{ id: 'late', name: 'Lateness', unit: 's', look: 3, points: lateness(activity) }],
    [activity],
  );
  const late = series.flatMap(({ points }) => points.map(([, seconds]) => seconds)).sort((a, b) => a - b);
  const summary =
    late.length === 0
      ? 'No scheduled run'
      : `Half of ${plural(late.length, 'scheduled run')} began within ${measured(late[late.length >> 1] ?? 0)} s of the slot, the latest after ${measured(late.at(-1) ?? 0)} s`;
  const pointed = cursor === null ? undefined : valueAt(series[0]?.points ?? [], cursor, 60_000);
  return (
    <section aria-label="Lateness">
      <Box variant="h3">Lateness in seconds</Box>
      <TimePlot
        label={`Lateness. ${summary}`}
        series={series}
        from={activity.from}
        to={activity.to}
        mark="dots"
        fromZero
        cursor={cursor}
        onCursor={setCursor}
      />
      <div className="plot-readout">
        {pointed === undefined ? summary : `${localTime(pointed[0])}: ${measured(pointed[1])} s`}
      </div>
    </section>
  );
}
