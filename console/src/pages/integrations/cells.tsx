import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import type { Integration, ListedIntegration } from '../../api/types.ts';
import { count, plural, took } from '../../parts/format.ts';
import { Health } from '../../parts/health.tsx';
import { KIND_TITLES, trouble } from '../../parts/health-words.ts';
import { providerTitle } from '../../parts/provider-titles.ts';
import { Time } from '../../parts/time.tsx';
import type { Fleet } from '../../state/fleet.ts';
import { addressOf } from '../../state/route.ts';
import { useClient } from '../../state/use-api.ts';
import { usePoll } from '../../state/use-poll.ts';

interface CellProps {
  readonly integration: ListedIntegration;
}

export const pathOf = ({ id }: { readonly id: string }): string => `/integrations/${encodeURIComponent(id)}`;

/** Its name, leading to its page. A name without a blank must not push the rest of a table out of sight. */
function IntegrationLink({ integration }: { readonly integration: Pick<Integration, 'id' | 'name'> }) {
  return (
    <Link href={addressOf(pathOf(integration))}>
      <span className="breakable">{integration.name}</span>
    </Link>
  );
}

interface IntegrationOfProps {
  readonly id: string | null;
  /** Undefined before it is read. */
  readonly fleet: Fleet | undefined;
}

/** What an event or a dead letter is about. */
export function IntegrationOf({ id, fleet }: IntegrationOfProps) {
  if (id === null) return '–';
  if (fleet === undefined) return '…';
  const known = fleet.integrations.find((own) => own.id === id);
  if (known !== undefined) return <IntegrationLink integration={known} />;
  return fleet.more ? <OneOfMany id={id} /> : GONE;
}

const GONE = 'Not there any more';

/** Where not all are read it is asked for by itself; called by its id until its name is known. */
function OneOfMany({ id }: { readonly id: string }) {
  const client = useClient();
  const { data, failure } = usePoll(
    `named|${id}`,
    (signal) => client.integration(id, signal),
    () => null,
  );
  return failure?.status === 404 ? GONE : <IntegrationLink integration={data ?? { id, name: id }} />;
}

export function NameCell({ integration }: CellProps) {
  return (
    <>
      <IntegrationLink integration={integration} />
      <Box variant="small" display="block">
        {KIND_TITLES[integration.kind]} · {providerTitle(integration.provider)}
      </Box>
    </>
  );
}

/** How it is, and why. Of one that is paused or run by hand only the reason tells that it failed. */
export function HealthCell({ integration }: CellProps) {
  const about = trouble(integration);
  return (
    <>
      <Health integration={integration} />
      {about !== null && (
        <span className="trouble" title={about.reason}>
          {integration.health === 'grey' && `${about.title}: `}
          {about.reason}
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
