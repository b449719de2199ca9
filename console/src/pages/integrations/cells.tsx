import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import type { ListedIntegration } from '../../api/types.ts';
import { count, plural, took } from '../../parts/format.ts';
import { Health } from '../../parts/health.tsx';
import { KIND_TITLES, trouble } from '../../parts/health-words.ts';
import { providerTitle } from '../../parts/provider-titles.ts';
import { Time } from '../../parts/time.tsx';
import { addressOf } from '../../state/route.ts';

interface CellProps {
  readonly integration: ListedIntegration;
}

export const pathOf = ({ id }: { readonly id: string }): string => `/integrations/${encodeURIComponent(id)}`;

export function NameCell({ integration }: CellProps) {
  return (
    <>
      <Link href={addressOf(pathOf(integration))}>{integration.name}</Link>
      <Box variant="small" display="block">
        {KIND_TITLES[integration.kind]} · {providerTitle(integration.provider)}
      </Box>
    </>
  );
}

export function HealthCell({ integration }: CellProps) {
  const about = trouble(integration);
  return (
    <>
      <Health integration={integration} />
      {about !== null && (
        <span className={`trouble trouble-${integration.health}`} title={about.reason}>
          <b>{about.title}:</b> {about.reason}
        </span>
      )}
    </>
  );
}

/** When it last synced, and what came of it. */
export function LastSyncCell({ integration }: CellProps) {
  const { lastSyncAt, lastRecordsCount, lastDurationMs } = integration;
  const records = typeof lastRecordsCount === 'number' ? plural(lastRecordsCount, 'record') : null;
  const duration = typeof lastDurationMs === 'number' ? took(lastDurationMs) : null;
  return (
    <>
      {lastSyncAt === null ? 'Never' : <Time at={lastSyncAt} />}
      {records !== null && (
        <Box variant="small" display="block">
          {records}
          {duration !== null && ` in ${duration}`}
        </Box>
      )}
    </>
  );
}

export const listCounter = (shown: number, all: number, more: boolean): string =>
  `(${shown === all ? '' : `${count(shown)}/`}${count(all)}${more ? '+' : ''})`;
