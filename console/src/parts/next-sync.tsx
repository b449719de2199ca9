import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Integration } from '../api/types.ts';
import { useFromNow } from '../state/now.ts';
import { localTime, utcTime } from './format.ts';
import { nextSyncWords } from './next-sync-words.ts';

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
