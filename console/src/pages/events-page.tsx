import Table from '@cloudscape-design/components/table';
import { Empty } from '../parts/empty.tsx';
import { EventType } from '../parts/event-line.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Time } from '../parts/time.tsx';
import { useFleet } from '../state/fleet.ts';
import { useClient } from '../state/use-api.ts';
import { usePages } from '../state/use-pages.ts';
import { IntegrationOf } from './integrations/cells.tsx';

const PAGE = 50;

/** What people must know, newest first. */
export function EventsPage() {
  const client = useClient();
  const events = usePages({
    key: 'events',
    limit: PAGE,
    load: async (query, signal) => {
      const page = await client.events(query, signal);
      return { items: page.events, nextCursor: page.nextCursor };
    },
  });
  const fleet = useFleet().data;
  return (
    <Loaded of={events} what="the events">
      {({ items }) => (
        <Table
          variant="full-page"
          header={
            <PageTitle title="Events" description="Switched off, recovered, given up on, breakers: kept 90 days." />
          }
          items={items}
          trackBy="id"
          wrapLines
          ariaLabels={{ tableLabel: 'Events' }}
          columnDefinitions={[
            { id: 'at', header: 'When', cell: ({ at }) => <Time at={at} as="clock" />, minWidth: 125, width: 230 },
            {
              id: 'what',
              header: 'What',
              // In one column, so that on a phone, too, it is seen without scrolling aside.
              cell: ({ type, message }) => (
                <>
                  <EventType type={type} />
                  <div className="breakable">{message}</div>
                </>
              ),
              minWidth: 225,
              isRowHeader: true,
            },
            {
              id: 'integration',
              header: 'Integration',
              cell: ({ integrationId }) => <IntegrationOf id={integrationId} fleet={fleet} />,
              minWidth: 180,
              width: '25%',
            },
          ]}
          empty={<Empty title="No events">Nothing has happened that anybody must know of.</Empty>}
          footer={<MoreButton of={events} />}
        />
      )}
    </Loaded>
  );
}
