import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Device, NetworkStatus, SimStatus } from '../../../api/kind-types.ts';
import { humanized } from '../../../parts/format.ts';
import { Time } from '../../../parts/time.tsx';

const SIM = {
  active: 'success',
  ready: 'info',
  suspended: 'warning',
  deactivated: 'stopped',
  unknown: 'pending',
} as const satisfies Record<SimStatus, string>;

const NETWORK = {
  connected: 'success',
  disconnected: 'stopped',
  suspended: 'warning',
  unknown: 'pending',
} as const satisfies Record<NetworkStatus, string>;

export function SimIndicator({ status }: { readonly status: SimStatus | null }) {
  if (status === null) return <span>–</span>;
  return <StatusIndicator type={SIM[status]}>{humanized(status)}</StatusIndicator>;
}

export function NetworkIndicator({ status }: { readonly status: NetworkStatus | null }) {
  if (status === null) return <span>–</span>;
  return <StatusIndicator type={NETWORK[status]}>{humanized(status)}</StatusIndicator>;
}

/** When the values were read; whether they are older than the last run, and why. */
export function Freshness({ device }: { readonly device: Device }) {
  const { dataUsedUpdatedAt, stale, lastError } = device;
  const when = dataUsedUpdatedAt === null ? 'Never read' : <Time at={dataUsedUpdatedAt} />;
  if (!stale && lastError === null) return <>{when}</>;
  return (
    <>
      <StatusIndicator type="warning">Stale</StatusIndicator> {when}
      {lastError !== null && <div className="breakable">{lastError}</div>}
    </>
  );
}
