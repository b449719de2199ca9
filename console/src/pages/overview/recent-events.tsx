import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Empty } from '../../parts/empty.tsx';
import { EventLine } from '../../parts/event-line.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { addressOf } from '../../state/route.ts';
import { useClient } from '../../state/use-api.ts';
import { usePoll } from '../../state/use-poll.ts';

const SHOWN = 6;
const EVERY_MS = 20_000;

export function RecentEvents() {
  const client = useClient();
  const events = usePoll(
    `events|latest|${SHOWN}`,
    (signal) => client.events({ limit: SHOWN }, signal),
    () => EVERY_MS,
  );
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" actions={<Link href={addressOf('/events')}>All events</Link>}>
          Latest events
        </Header>
      }
    >
      <Loaded of={events} what="the events">
        {(page) =>
          page.events.length === 0 ? (
            <Empty title="Nothing has happened">Switched off, recovered, given up on: it would stand here.</Empty>
          ) : (
            <SpaceBetween size="s">
              {page.events.map((event) => (
                <EventLine key={event.id} event={event} />
              ))}
            </SpaceBetween>
          )
        }
      </Loaded>
    </Container>
  );
}
