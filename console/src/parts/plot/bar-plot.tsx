import { useState } from 'react';
import { count } from '../format.ts';
import { Axes, ROOM } from './axes.tsx';
import { linear, niceTicks, type TimeTick, timeTicks } from './scale.ts';
import { useWidth } from './use-width.ts';

export interface Bar {
  /** Epoch ms: the start of what it counts. */
  readonly at: number;
  /** Its parts, from the bottom. */
  readonly parts: readonly number[];
}

interface BarPlotProps {
  readonly label: string;
  readonly bars: readonly Bar[];
  /** Ms that one bar stands for. */
  readonly step: number;
  readonly from: number;
  readonly to: number;
  /** A class for each part: `bar-good`. */
  readonly looks: readonly string[];
  readonly height?: number;
  readonly format?: (value: number) => string;
  /** What is said of the bar that is pointed at. */
  readonly describe: (bar: Bar) => string;
  /** Instead of those of the clock. */
  readonly xTicks?: readonly TimeTick[];
}

/** Amounts by time, one bar for each step. */
export function BarPlot(props: BarPlotProps) {
  const { label, bars, step, from, to, looks, height = 180, format = count, describe } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const [pointed, setPointed] = useState<Bar | null>(null);
  const highest = Math.max(1, ...bars.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0)));
  const x = linear([from, to], [ROOM.left, Math.max(ROOM.left + 1, width - ROOM.right)]);
  const y = linear([0, highest * 1.08], [height - ROOM.bottom, ROOM.top]);
  const barWidth = Math.max(1, x(from + step) - x(from) - 2);
  return (
    <div ref={box} className="plot">
      {width > 0 && (
        <svg role="img" aria-label={label} width={width} height={height} onPointerLeave={() => setPointed(null)}>
          <Axes
            width={width}
            height={height}
            x={x}
            y={y}
            yTicks={niceTicks(0, highest, Math.max(2, height / 36)).map((at) => ({ at, label: format(at) }))}
            xTicks={props.xTicks ?? timeTicks(from, to, Math.max(2, width / 90))}
          />
          {bars.map((bar) => (
            <g key={bar.at} onPointerEnter={() => setPointed(bar)} className={bar === pointed ? 'bar-pointed' : ''}>
              <rect
                className="bar-room"
                x={x(bar.at)}
                width={barWidth + 2}
                y={ROOM.top}
                height={height - ROOM.top - ROOM.bottom}
              />
              {stacked(bar.parts).map(([start, end], index) => (
                <rect
                  key={looks[index]}
                  className={looks[index]}
                  x={x(bar.at) + 1}
                  width={barWidth}
                  y={y(end)}
                  height={Math.max(0, y(start) - y(end))}
                />
              ))}
            </g>
          ))}
        </svg>
      )}
      <div className="plot-readout">{pointed === null ? ' ' : describe(pointed)}</div>
    </div>
  );
}

function stacked(parts: readonly number[]): readonly (readonly [number, number])[] {
  let sum = 0;
  return parts.map((part) => {
    const start = sum;
    sum += part;
    return [start, sum] as const;
  });
}
