import ButtonGroup from '@cloudscape-design/components/button-group';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import type { Channel } from '../../../api/kind-types.ts';
import { Empty } from '../../../parts/empty.tsx';
import { localTime } from '../../../parts/format.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { useRefreshOn } from '../../../state/use-refresh-on.ts';
import { TelemetryPlots } from './telemetry-plots.tsx';
import { fixed, moved, RANGES, type TelemetryWindow } from './telemetry-window.ts';
import { useTelemetry } from './use-telemetry.ts';

interface TelemetryProps {
  readonly id: string;
  /** Changes with every run. */
  readonly lastRun: string;
  readonly channels: readonly Channel[];
}

const LATEST: TelemetryWindow = { type: 'latest', ms: 15 * 60_000 };
const CUSTOM = { value: 'custom', label: 'As zoomed' } as const;

/** Plots of the chosen channels: those of one unit share one. Dragging zooms; so do the buttons. */
export function Telemetry({ id, lastRun, channels }: TelemetryProps) {
  const [window, setWindow] = useState(LATEST);
  const telemetry = useTelemetry(id, channels, window);
  useRefreshOn(window.type === 'latest' ? lastRun : null, telemetry.refresh);
  const options = window.type === 'fixed' ? [...RANGES, CUSTOM] : RANGES;
  const chosen = window.type === 'fixed' ? CUSTOM : RANGES.find(({ value }) => value === String(window.ms));
  const act = (button: string): void => {
    const now = Date.now();
    if (button === 'in') setWindow(moved(window, { by: 0.5 }, now));
    if (button === 'out') setWindow(moved(window, { by: 2 }, now));
    if (button === 'earlier') setWindow(moved(window, { shift: -0.5 }, now));
    if (button === 'later') setWindow(moved(window, { shift: 0.5 }, now));
    if (button === 'reset') setWindow(LATEST);
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={telemetry.data && `${localTime(telemetry.data.from)} to ${localTime(telemetry.data.to)}`}
          actions={
            <div className="plot-controls">
              <Select
                ariaLabel="Time range"
                selectedOption={chosen ?? null}
                options={options}
                onChange={({ detail }) => {
                  if (detail.selectedOption.value !== CUSTOM.value) {
                    setWindow({ type: 'latest', ms: Number(detail.selectedOption.value) });
                  }
                }}
              />
              <ButtonGroup
                variant="icon"
                ariaLabel="Zoom"
                onItemClick={({ detail }) => act(detail.id)}
                items={[
                  { type: 'icon-button', id: 'earlier', text: 'Earlier', iconName: 'angle-left' },
                  {
                    type: 'icon-button',
                    id: 'later',
                    text: 'Later',
                    iconName: 'angle-right',
                    disabled: window.type === 'latest',
                  },
                  { type: 'icon-button', id: 'in', text: 'Zoom in', iconName: 'zoom-in' },
                  { type: 'icon-button', id: 'out', text: 'Zoom out', iconName: 'zoom-out' },
                  {
                    type: 'icon-button',
                    id: 'reset',
                    text: 'Back to now',
                    iconName: 'zoom-to-fit',
                    disabled: window === LATEST,
                  },
                ]}
              />
            </div>
          }
        >
          Measurements
        </Header>
      }
    >
      {channels.length === 0 ? (
        <Empty title="No channel is chosen">Tick one below.</Empty>
      ) : (
        <Loaded of={telemetry} what="the measurements">
          {(data) => <TelemetryPlots telemetry={data} onZoom={(from, to) => setWindow(fixed(from, to, Date.now()))} />}
        </Loaded>
      )}
    </Container>
  );
}
