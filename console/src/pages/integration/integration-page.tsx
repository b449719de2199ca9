import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ComponentType } from 'react';
import type { HistoryPage, Integration, KindName } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { LoadedPart } from '../../parts/loaded-part.tsx';
import { PageTitle } from '../../parts/page-title.tsx';
import { useHistory } from '../../state/history.ts';
import { integrationKey } from '../../state/integration-changes.ts';
import { type Loadable, loadable } from '../../state/loadable.ts';
import { addressOf, goTo } from '../../state/route.ts';
import { useClient } from '../../state/use-api.ts';
import { usePoll } from '../../state/use-poll.ts';
import { listAddress } from '../integrations/list-address.ts';
import { IntegrationHeader } from './integration-header.tsx';
import { Summary } from './summary.tsx';
import { Troubles } from './troubles.tsx';

export interface SectionProps {
  readonly integration: Integration;
  /** Changes with every run: then there may be something new to read. */
  readonly lastRun: string;
}

const section = (read: () => Promise<ComponentType<SectionProps>>): Loadable<ComponentType<SectionProps>> =>
  loadable(read);

const KIND_SECTIONS: Readonly<Record<KindName, Loadable<ComponentType<SectionProps>>>> = {
  carrier: section(async () => (await import('./carrier/carrier-section.tsx')).CarrierSection),
  vehicle: section(async () => (await import('./vehicle/vehicle-section.tsx')).VehicleSection),
  source: section(async () => (await import('./source/source-section.tsx')).SourceSection),
  receipts: section(async () => (await import('./receipts/receipts-section.tsx')).ReceiptsSection),
};

const BUSY_MS = 2_000;
const CALM_MS = 8_000;
const RECENT_RUNS = 20;

/** One integration with all that is known of it. */
export function IntegrationPage({ id }: { readonly id: string }) {
  const client = useClient();
  const integration = usePoll(
    integrationKey(id),
    (signal) => client.integration(id, signal),
    (known) => (known?.running ? BUSY_MS : CALM_MS),
  );
  if (integration.failure?.status === 404) return <Gone />;
  return (
    <Loaded of={integration} what="the integration">
      {(own) => <Shown integration={own} />}
    </Loaded>
  );
}

function Shown({ integration }: { readonly integration: Integration }) {
  const history = useHistory(integration.id, { page: 1, pageSize: RECENT_RUNS });
  return (
    <SpaceBetween size="l">
      <BreadcrumbGroup
        items={[
          { text: 'Integrations', href: addressOf(listAddress()) },
          { text: integration.name, href: '#' },
        ]}
      />
      <IntegrationHeader integration={integration} />
      <Troubles integration={integration} />
      <Summary integration={integration} history={history.data} />
      <LoadedPart part={KIND_SECTIONS[integration.kind]} props={{ integration, lastRun: runMark(history.data) }} />
    </SpaceBetween>
  );
}

/** Names the run that ended last. */
function runMark(history: HistoryPage | undefined): string {
  const ended = history?.logs.find(({ completedAt }) => completedAt !== null);
  return ended === undefined ? '' : `${ended.id}|${ended.completedAt}`;
}

function Gone() {
  return (
    <>
      <PageTitle title="Not found" />
      <Empty
        title="There is no such integration"
        action={<Button onClick={() => goTo('/integrations')}>All integrations</Button>}
      >
        It was deleted, or belongs to another tenant.
      </Empty>
    </>
  );
}
