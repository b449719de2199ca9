import { type PointerEvent, useMemo, useState } from 'react';
import { measured } from '../format.ts';
import { Axes, ROOM } from './axes.tsx';
import { linear, niceTicks, paddedRange, type Scale, timeTicks } from './scale.ts';
import { gapOf, type Point, type Series, valueAt } from './series.ts';
import { useWidth } from './use-width.ts';

interface TimePlotProps {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly series: readonly Series[];
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly mark?: 'line' | 'dots';
  readonly height?: number;
  readonly fromZero?: boolean;
  /** The moment that is pointed at; shared by plots that stand above each other. */
  readonly cursor: number | null;
  readonly onCursor: (at: number | null) => void;
  /** A stretch was marked by dragging. */
  readonly onZoom?: (from: number, to: number) => void;
  readonly format?: (value: number) => string;
}

const MIN_DRAG_PX = 6;

/** Values over time. Zoomed by dragging; buttons for it belong beside it, for those who do not drag. */
export function TimePlot(props: TimePlotProps) {
  const { label, series, from, to, mark = 'line', height = 180, fromZero = false, cursor, onCursor, onZoom } = props;
  const { format = measured } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const [drag, setDrag] = useState<{ readonly start: number; readonly end: number } | null>(null);
  const { x, y, paths, yTicks } = useMemo(() => {
    const [low, high] = paddedRange(valuesOf(series), fromZero);
    const toX = linear([from, to], [ROOM.left, Math.max(ROOM.left + 1, width - ROOM.right)]);
    const toY = linear([low, high], [height - ROOM.bottom, ROOM.top]);
    const draw = mark === 'line' ? linePath : dotsPath;
    return {
      x: toX,
      y: toY,
      paths: series.map(({ id, look, points }) => ({ id, look, d: draw(points, toX, toY) })),
      yTicks: niceTicks(low, high, Math.max(2, height / 36)).map((at) => ({ at, label: format(at) })),
    };
  }, [series, from, to, width, height, mark, fromZero, format]);

  const timeAt = (event: PointerEvent<SVGSVGElement>): number => {
    const left = event.currentTarget.getBoundingClientRect().left;
    const share = (event.clientX - left - ROOM.left) / Math.max(1, width - ROOM.left - ROOM.right);
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  };
  const within = (to - from) / 40;
  const onUp = (): void => {
    if (drag === null) return;
    setDrag(null);
    const [start, end] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
    if (x(end) - x(start) >= MIN_DRAG_PX) onZoom?.(start, end);
  };

  return (
    <div ref={box} className="plot">
      {width > 0 && (
        <svg
          role="img"
          aria-label={label}
          width={width}
          height={height}
          className={onZoom === undefined ? 'plot-still' : 'plot-zoomable'}
          onPointerMove={(event) => {
            onCursor(timeAt(event));
            if (drag !== null) setDrag({ ...drag, end: timeAt(event) });
          }}
          onPointerLeave={() => onCursor(null)}
          onPointerDown={(event) => {
            if (onZoom === undefined || event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag({ start: timeAt(event), end: timeAt(event) });
          }}
          onPointerUp={onUp}
          onPointerCancel={() => setDrag(null)}
        >
          <Axes
            width={width}
            height={height}
            x={x}
            y={y}
            yTicks={yTicks}
            xTicks={timeTicks(from, to, Math.max(2, width / 90))}
          />
          {paths.map(({ id, look, d }) => (
            <path key={id} className={`${mark === 'line' ? 'plot-line' : 'plot-dots'} look-${look}`} d={d} />
          ))}
          {drag !== null && (
            <rect
              className="plot-drag"
              x={Math.min(x(drag.start), x(drag.end))}
              width={Math.abs(x(drag.end) - x(drag.start))}
              y={ROOM.top}
              height={height - ROOM.top - ROOM.bottom}
            />
          )}
          {cursor !== null && cursor >= from && cursor <= to && (
            <g className="plot-cursor">
              <line x1={x(cursor)} x2={x(cursor)} y1={ROOM.top} y2={height - ROOM.bottom} />
              {series.map(({ id, look, points }) => {
                const near = valueAt(points, cursor, within);
                return near === undefined ? null : (
                  <circle key={id} className={`look-${look}`} cx={x(near[0])} cy={y(near[1])} r={3.5} />
                );
              })}
            </g>
          )}
        </svg>
      )}
    </div>
  );
}

function* valuesOf(series: readonly Series[]): Generator<number> {
  for (const { points } of series) for (const [, value] of points) yield value;
}

const pixel = (value: number): string => value.toFixed(1);

function linePath(points: readonly Point[], x: Scale, y: Scale): string {
  const gap = gapOf(points);
  let last = Number.NEGATIVE_INFINITY;
  let path = '';
  for (const [at, value] of points) {
    const pen = at - last > gap ? 'M' : 'L';
    path += `${pen}${pixel(x(at))},${pixel(y(value))}`;
    // A point that stands alone is seen, too: round line ends make a dot of it.
    if (pen === 'M') path += 'h0';
    last = at;
  }
  return path;
}

const dotsPath = (points: readonly Point[], x: Scale, y: Scale): string =>
  points.map(([at, value]) => `M${pixel(x(at))},${pixel(y(value))}h0`).join('');
