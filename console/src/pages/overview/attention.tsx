import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Table from '@cloudscape-design/components/table';
import type { ListedIntegration } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { NextSync } from '../../parts/next-sync.tsx';
import type { Fleet } from '../../state/fleet.ts';
import { addressOf } from '../../state/route.ts';
import type { Polled } from '../../state/use-poll.ts';
import { HealthCell, NameCell } from '../integrations/cells.tsx';

const SHOWN = 8;

/** What a person may have to do something about: failing ones first. */
export function Attention({ fleet }: { readonly fleet: Polled<Fleet> }) {
  return (
    <Loaded of={fleet} what="the integrations">
      {({ integrations }) => {
        const found = [...needy(integrations, 'red'), ...needy(integrations, 'yellow')];
        return (
          <Table
            variant="container"
            header={
              <Header variant="h2" counter={`(${found.length})`}>
                Needs attention
              </Header>
            }
            items={found.slice(0, SHOWN)}
            trackBy="id"
            wrapLines
            ariaLabels={{ tableLabel: 'Needs attention' }}
            columnDefinitions={[
              {
                id: 'name',
                header: 'Name',
                cell: (own) => <NameCell integration={own} />,
                isRowHeader: true,
                minWidth: 140,
              },
              { id: 'health', header: 'Health', cell: (own) => <HealthCell integration={own} />, minWidth: 180 },
              { id: 'next', header: 'Next sync', cell: (own) => <NextSync integration={own} />, minWidth: 140 },
            ]}
            empty={
              <Empty title="Nothing needs you">
                Every integration is healthy, paused or waiting for its first run.
              </Empty>
            }
            footer={
              found.length > SHOWN && (
                <Link href={addressOf('/integrations?health=red')}>and {found.length - SHOWN} more</Link>
              )
            }
          />
        );
      }}
    </Loaded>
  );
}

const needy = (integrations: readonly ListedIntegration[], health: 'red' | 'yellow'): readonly ListedIntegration[] =>
  integrations.filter((own) => own.health === health);
