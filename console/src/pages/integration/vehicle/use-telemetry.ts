import { useRef } from 'react';
import type { Channel } from '../../../api/kind-types.ts';
import type { Series } from '../../../parts/plot/series.ts';
import { useClient } from '../../../state/use-api.ts';
import { type Polled, usePoll } from '../../../state/use-poll.ts';
import { boundsOf, type TelemetryWindow } from './telemetry-window.ts';

export interface Telemetry {
  readonly from: number;
  readonly to: number;
  readonly series: readonly Series[];
  /** Some are thinned: zooming in shows more of them. */
  readonly thinned: boolean;
}

const MAX_POINTS = 1200;

/** The measurements of some channels. While others are on their way, those that were shown last stay. */
export function useTelemetry(id: string, channels: readonly Channel[], window: TelemetryWindow): Polled<Telemetry> {
  const client = useClient();
  const ids = channels.map(({ channelId }) => channelId);
  const polled = usePoll<Telemetry>(
    `telemetry|${id}|${ids.join(',')}|${JSON.stringify(window)}`,
    async (signal) => {
      const { from, to } = boundsOf(window, Date.now());
      const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), maxPoints: MAX_POINTS };
      const answers = await Promise.all(
        channels.map(({ channelId }) => client.measurements(id, { ...query, channel: channelId }, signal)),
      );
      return {
        from,
        to,
        thinned: answers.some(({ truncated }) => truncated),
        series: channels.map(({ channelId, name, unit }, index) => ({
          id: String(channelId),
          name,
          unit,
          // Dashes tell apart what shares a plot; alone, a line is plain.
          look: 1 + channels.slice(0, index).filter((other) => other.unit === unit).length,
          points: (answers[index]?.points ?? []).map(([at, value]) => [Date.parse(at), value] as const),
        })),
      };
    },
    () => null,
  );
  const last = useRef<Telemetry>(undefined);
  if (polled.data !== undefined) last.current = polled.data;
  return { ...polled, data: polled.data ?? (polled.failure === undefined ? last.current : undefined) };
}
