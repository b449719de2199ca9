import type { DeviceUsage } from '../../../api/kind-types.ts';
import { Empty } from '../../../parts/empty.tsx';
import { bytes, plural } from '../../../parts/format.ts';
import { BarPlot } from '../../../parts/plot/bar-plot.tsx';

interface UsagePlotProps {
  readonly usage: DeviceUsage;
  /** `2026-11-22`, UTC. */
  readonly from: string;
  readonly days: number;
}

const DAY_MS = 86_400_000;
const LOOKS = ['bar-good'];
const dayName = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** Bytes by UTC day: the days carriers count in. */
export function UsagePlot({ usage, from, days }: UsagePlotProps) {
  if (usage.days.length === 0) return <Empty title="Nothing is known of these days" />;
  const start = Date.parse(from);
  const total = usage.days.reduce((sum, day) => sum + day.bytes, 0);
  const every = Math.ceil(days / 8);
  return (
    <>
      <BarPlot
        label={`Usage per day: ${bytes(total)} on ${plural(usage.days.length, 'day')}`}
        bars={usage.days.map((day) => ({ at: Date.parse(day.date), parts: [day.bytes] }))}
        step={DAY_MS}
        from={start}
        to={start + days * DAY_MS}
        looks={LOOKS}
        format={bytes}
        describe={({ at, parts: [used = 0] }) => `${dayName.format(at)} (UTC): ${bytes(used)}`}
        xTicks={Array.from({ length: Math.floor(days / every) }, (_, index) => {
          const day = start + index * every * DAY_MS;
          return { at: day + DAY_MS / 2, label: dayName.format(day) };
        })}
      />
      <div className="plot-readout">
        {bytes(total)} on {plural(usage.days.length, 'day')} that something is known of
      </div>
    </>
  );
}
