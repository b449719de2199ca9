import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Table from '@cloudscape-design/components/table';
import { useMemo, useState } from 'react';
import { localTime, measured, plural } from '../../../parts/format.ts';
import { type Series, valueAt } from '../../../parts/plot/series.ts';
import { TimePlot } from '../../../parts/plot/time-plot.tsx';
import { Time } from '../../../parts/time.tsx';
import type { Telemetry } from './use-telemetry.ts';

interface TelemetryPlotsProps {
  readonly telemetry: Telemetry;
  readonly onZoom: (from: number, to: number) => void;
}

export function TelemetryPlots({ telemetry, onZoom }: TelemetryPlotsProps) {
  const { from, to, series, thinned } = telemetry;
  const [cursor, setCursor] = useState<number | null>(null);
  const panels = useMemo(() => [...Map.groupBy(series, ({ unit }) => unit)], [series]);
  const within = (to - from) / 40;
  return (
    <>
      {panels.map(([unit, own]) => (
        <div key={unit ?? ''}>
          <TimePlot
            label={own.map(summaryOf).join(' ')}
            series={own}
            from={from}
            to={to}
            height={panels.length > 2 ? 140 : 190}
            cursor={cursor}
            onCursor={setCursor}
            onZoom={onZoom}
          />
          <div className="plot-legend">
            {own.map((line) => (
              <Legend key={line.id} line={line} cursor={cursor} within={within} />
            ))}
          </div>
        </div>
      ))}
      <Box variant="small" padding={{ left: 'xxl' }}>
        {cursor === null ? 'Drag across a plot to zoom in.' : localTime(cursor)}
        {thinned && ' Lowest and highest values are kept where there are more points than fit; zoom in to see all.'}
      </Box>
      <LatestValues series={series} />
    </>
  );
}

interface LegendProps {
  readonly line: Series;
  readonly cursor: number | null;
  readonly within: number;
}

function Legend({ line, cursor, within }: LegendProps) {
  const { name, unit, look, points } = line;
  const shown = cursor === null ? points.at(-1) : valueAt(points, cursor, within);
  return (
    <span>
      <svg className="plot-key" viewBox="0 0 22 8" aria-hidden="true">
        <line className={`look-${look}`} strokeWidth="2" x1="0" x2="22" y1="4" y2="4" />
      </svg>
      {name} <b>{shown === undefined ? '–' : measured(shown[1])}</b> {unit ?? ''}
    </span>
  );
}

function summaryOf({ name, unit, points }: Series): string {
  const values = points.map(([, value]) => value);
  const last = values.at(-1);
  if (last === undefined) return `${name}: no values.`;
  const range = `lowest ${measured(Math.min(...values))}, highest ${measured(Math.max(...values))}`;
  return `${name}${unit === null ? '' : ` in ${unit}`}: ${plural(values.length, 'value')}, ${range}, latest ${measured(last)}.`;
}

const SHOWN = 50;

/** The plot in numbers. */
function LatestValues({ series }: { readonly series: readonly Series[] }) {
  const rows = series
    .flatMap(({ id, name, unit, points }) =>
      points.slice(-SHOWN).map(([at, value]) => ({ key: `${id}|${at}`, at, name, unit, value })),
    )
    .sort((a, b) => b.at - a.at)
    .slice(0, SHOWN);
  return (
    <ExpandableSection headerText="Latest values as a table">
      <Table
        variant="embedded"
        contentDensity="compact"
        items={rows}
        trackBy="key"
        ariaLabels={{ tableLabel: 'Latest values' }}
        columnDefinitions={[
          { id: 'at', header: 'Time', cell: ({ at }) => <Time at={new Date(at).toISOString()} as="clock" /> },
          { id: 'name', header: 'Channel', cell: ({ name }) => name },
          { id: 'value', header: 'Value', cell: ({ value, unit }) => `${measured(value)} ${unit ?? ''}` },
        ]}
        empty="No values in this time"
      />
    </ExpandableSection>
  );
}
