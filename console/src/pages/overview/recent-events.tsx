import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TenantEvent } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { EventLine } from '../../parts/event-line.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { addressOf } from '../../state/route.ts';
import { useClient } from '../../state/use-api.ts';
import { usePoll } from '../../state/use-poll.ts';

const READ = 50;
const SHOWN = 6;
const EVERY_MS = 20_000;

export function RecentEvents() {
  const client = useClient();
  const events = usePoll(
    'events|latest',
    (signal) => client.events({ limit: READ }, signal),
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
      <Loaded of={events} what="the events" quiet>
        {(page) =>
          page.events.length === 0 ? (
            <Empty title="Nothing has happened">Switched off, recovered, given up on: it would stand here.</Empty>
          ) : (
            <SpaceBetween size="s">
              {together(page.events)
                .slice(0, SHOWN)
                .map(({ newest, times }) => (
                  <EventLine key={newest.id} event={newest} times={times} />
                ))}
            </SpaceBetween>
          )
        }
      </Loaded>
    </Container>
  );
}

/** Events that say the same one after another stand once: a hundred rejected receipts must not hide what else happened. */
function together(events: readonly TenantEvent[]): { readonly newest: TenantEvent; times: number }[] {
  const groups: { readonly newest: TenantEvent; times: number }[] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last?.newest.message === event.message) last.times += 1;
    else groups.push({ newest: event, times: 1 });
  }
  return groups;
}
