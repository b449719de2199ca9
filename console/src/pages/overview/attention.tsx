import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import type { ListedIntegration } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { count, plural } from '../../parts/format.ts';
import { KIND_TITLES } from '../../parts/health-words.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { NextSync } from '../../parts/next-sync.tsx';
import { badStreakWords } from '../../parts/outcome-words.ts';
import { providerTitle } from '../../parts/provider-titles.ts';
import { Time } from '../../parts/time.tsx';
import { whatToDo } from '../../parts/what-to-do.ts';
import type { Fleet } from '../../state/fleet.ts';
import { addressOf } from '../../state/route.ts';
import { useCanChange } from '../../state/use-api.ts';
import type { Polled } from '../../state/use-poll.ts';
import { HealthCell, NameCell } from '../integrations/cells.tsx';

const SHOWN = 8;

interface AttentionProps {
  readonly fleet: Polled<Fleet>;
  /** What fails first. */
  readonly troubled: readonly ListedIntegration[];
  /** 0 while it is not known. */
  readonly deadLetters: number;
}

/** What is wrong, since when, and what to do about it. */
export function Attention({ fleet, troubled, deadLetters }: AttentionProps) {
  const left = troubled.length - SHOWN;
  const leftHealth = troubled[SHOWN]?.health ?? 'red';
  return (
    <Loaded of={fleet} what="the integrations" quiet>
      {({ integrations }) => (
        <Container
          header={
            <Header
              variant="h2"
              counter={`(${count(troubled.length)})`}
              description={left > 0 ? mostly(troubled) : undefined}
            >
              Needs attention
            </Header>
          }
          footer={
            left > 0 && <Link href={addressOf(`/integrations?health=${leftHealth}`)}>and {count(left)} more</Link>
          }
        >
          {deadLetters > 0 && (
            <Box padding={{ bottom: 's' }}>
              <Link href={addressOf('/dead-letters')}>{plural(deadLetters, 'dead letter')}</Link> to be redriven or
              deleted.
            </Box>
          )}
          {troubled.length > 0 ? (
            <ul className="attention">
              {troubled.slice(0, SHOWN).map((own) => (
                <Trouble key={own.id} integration={own} />
              ))}
            </ul>
          ) : (
            <AllWell none={integrations.length === 0} deadLetters={deadLetters} />
          )}
        </Container>
      )}
    </Loaded>
  );
}

function Trouble({ integration }: { readonly integration: ListedIntegration }) {
  const { lastSyncAt, recent = [] } = integration;
  const streak = badStreakWords(recent);
  return (
    <li>
      <div>
        <NameCell integration={integration} />
      </div>
      <div>
        <HealthCell integration={integration} />
      </div>
      <div>
        {lastSyncAt === null ? (
          'Never synced'
        ) : (
          <>
            Last data <Time at={lastSyncAt} />
          </>
        )}
        {streak !== null && `, ${streak}`}
        <Box variant="small" display="block">
          <NextSync integration={integration} />. {whatToDo(integration)}
        </Box>
      </div>
    </li>
  );
}

function AllWell({ none, deadLetters }: { readonly none: boolean; readonly deadLetters: number }) {
  const canChange = useCanChange();
  if (none) {
    const create = canChange && <Button href={addressOf('/integrations/new')}>Create integration</Button>;
    return (
      <Empty title="No integrations yet" action={create}>
        An integration keeps one account, vehicle, source or cash register in step.
      </Empty>
    );
  }
  return (
    <Empty title={deadLetters > 0 ? 'No integration needs you' : 'Nothing needs you'}>
      Every integration is healthy, paused or waiting for its first run.
    </Empty>
  );
}

/** Where most of it is: `12 Carrier · Hologram, 3 Vehicle · Pull`. */
function mostly(found: readonly ListedIntegration[]): string {
  const groups = Map.groupBy(found, ({ kind, provider }) => `${KIND_TITLES[kind]} · ${providerTitle(provider)}`);
  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, 3)
    .map(([name, { length }]) => `${length} ${name}`)
    .join(', ');
}
