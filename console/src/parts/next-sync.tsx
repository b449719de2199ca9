import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Integration } from '../api/types.ts';
import { useFromNow } from '../state/now.ts';
import { inWords, localTime, utcTime } from './format.ts';

/** `Next sync in 4 minutes`, counting down, or why there is none. */
export function NextSync({ integration }: { readonly integration: Integration }) {
  const words = useFromNow((now) => nextSyncWords(integration, now));
  if (integration.running) return <StatusIndicator type="in-progress">{words}</StatusIndicator>;
  if (integration.nextSyncAt === null) return <span>{words}</span>;
  const at = Date.parse(integration.nextSyncAt);
  return (
    <time dateTime={integration.nextSyncAt} title={`${localTime(at)} · ${utcTime(at)}`}>
      {words}
    </time>
  );
}

const DUE_MS = 5_000;

export function nextSyncWords(integration: Integration, now: number): string {
  const { running, syncEnabled, syncInterval, nextSyncAt, disabledReason, kind } = integration;
  if (running) return 'Syncing now';
  if (!syncEnabled) return disabledReason === null ? 'Paused' : 'Switched off';
  if (nextSyncAt === null) {
    if (syncInterval === null) return 'Manual only';
    return kind === 'receipts' ? 'When a receipt comes' : 'None planned';
  }
  const away = Date.parse(nextSyncAt) - now;
  if (away > 0) return `Next sync in ${inWords(Math.max(away, 1000))}`;
  return away > -DUE_MS ? 'Next sync is due' : `Next sync was due ${inWords(away)} ago`;
}
