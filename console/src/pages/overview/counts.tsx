import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { type Health, KINDS, type Overview } from '../../api/types.ts';
import { count } from '../../parts/format.ts';
import { HEALTH_TITLES } from '../../parts/health-words.ts';
import { addressOf } from '../../state/route.ts';

const SHOWN_HEALTHS = ['red', 'yellow', 'grey', 'green'] as const;
const INDICATORS = { green: 'success', yellow: 'warning', red: 'error', grey: 'stopped' } as const;
const KIND_PLURALS = {
  carrier: 'Carriers',
  vehicle: 'Vehicles',
  source: 'Sources',
  receipts: 'Cash registers',
} as const;

/** The numbers of the overview, each leading to what it counts. */
export function Counts({ overview }: { readonly overview: Overview }) {
  const { byHealth, byKind, overdue, deadLetters, lastHour } = overview;
  return (
    <Container header={<Header variant="h2">Right now</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          ...SHOWN_HEALTHS.map((health) => ({
            label: <HealthLabel health={health} />,
            value: (
              <Many what={HEALTH_TITLES[health]} many={byHealth[health]} href={`/integrations?health=${health}`} />
            ),
          })),
          { label: 'Overdue', value: <Many what="Overdue" many={overdue} href="/integrations?health=yellow" /> },
          { label: 'Dead letters', value: <Many what="Dead letters" many={deadLetters} href="/dead-letters" /> },
          {
            label: 'Syncs in the last hour',
            value: <Box variant="awsui-value-large">{count(lastHour.syncs)}</Box>,
          },
          {
            label: 'Of them failed',
            value: <Many what="Failed" many={lastHour.failures} href="/integrations?status=error" />,
          },
          ...KINDS.map((kind) => ({
            label: KIND_PLURALS[kind],
            value: (
              <Many
                what={KIND_PLURALS[kind]}
                many={byKind[kind]}
                href={`/integrations?kind=${kind}`}
                variant="secondary"
              />
            ),
          })),
        ]}
      />
    </Container>
  );
}

function HealthLabel({ health }: { readonly health: Health }) {
  return <StatusIndicator type={INDICATORS[health]}>{HEALTH_TITLES[health]}</StatusIndicator>;
}

interface ManyProps {
  readonly what: string;
  readonly many: number;
  readonly href: string;
  readonly variant?: 'awsui-value-large' | 'secondary';
}

/** Who hears links read out one after another hears what each counts. */
function Many({ what, many, href, variant = 'awsui-value-large' }: ManyProps) {
  return (
    <Link variant={variant} href={addressOf(href)} ariaLabel={`${what}: ${count(many)}`}>
      {count(many)}
    </Link>
  );
}
