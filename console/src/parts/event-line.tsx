import Box from '@cloudscape-design/components/box';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { TenantEvent } from '../api/types.ts';
import { humanized } from './format.ts';
import { Time } from './time.tsx';

/** Of the types that are known; another one is shown by its name. */
const INDICATORS: Readonly<Record<string, 'success' | 'warning' | 'error' | 'info'>> = {
  recovered: 'success',
  breaker_closed: 'success',
  failing: 'warning',
  breaker_opened: 'warning',
  disabled: 'error',
  dead_lettered: 'error',
};

export function EventType({ type }: { readonly type: string }) {
  return <StatusIndicator type={INDICATORS[type] ?? 'info'}>{humanized(type)}</StatusIndicator>;
}

interface EventLineProps {
  readonly event: TenantEvent;
  /** How often it came, one after another; this is the newest. */
  readonly times?: number;
}

export function EventLine({ event, times = 1 }: EventLineProps) {
  return (
    <div>
      <EventType type={event.type} /> {times > 1 && `${times} × `}
      <Box variant="span" color="text-body-secondary" fontSize="body-s">
        <Time at={event.at} />
      </Box>
      <div className="breakable">{event.message}</div>
    </div>
  );
}
