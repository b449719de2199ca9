import type { Scale, TimeTick } from './scale.ts';

/** Room around the plot for what stands beside its axes. */
export const ROOM = { left: 52, right: 12, top: 8, bottom: 22 } as const;

interface AxesProps {
  readonly width: number;
  readonly height: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly TimeTick[];
  readonly yTicks: readonly { readonly at: number; readonly label: string }[];
}

export function Axes({ width, height, x, y, xTicks, yTicks }: AxesProps) {
  const bottom = height - ROOM.bottom;
  return (
    <g className="plot-axes">
      {yTicks.map(({ at, label }) => (
        <g key={at}>
          <line x1={ROOM.left} x2={width - ROOM.right} y1={y(at)} y2={y(at)} />
          <text x={ROOM.left - 6} y={y(at)} dy="0.32em" textAnchor="end">
            {label}
          </text>
        </g>
      ))}
      <line x1={ROOM.left} x2={width - ROOM.right} y1={bottom} y2={bottom} />
      {xTicks.map(({ at, label }) => (
        <text key={at} x={x(at)} y={height - 6} textAnchor="middle">
          {label}
        </text>
      ))}
    </g>
  );
}
