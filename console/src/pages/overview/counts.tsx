import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
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
            value: <Big href={`/integrations?health=${health}`}>{count(byHealth[health])}</Big>,
          })),
          { label: 'Overdue', value: <Big href="/integrations?health=yellow">{count(overdue)}</Big> },
          { label: 'Dead letters', value: <Big href="/dead-letters">{count(deadLetters)}</Big> },
          { label: 'Syncs in the last hour', value: <Big>{count(lastHour.syncs)}</Big> },
          { label: 'Of them failed', value: <Big href="/integrations?status=error">{count(lastHour.failures)}</Big> },
          ...KINDS.map((kind) => ({
            label: KIND_PLURALS[kind],
            value: <Link href={addressOf(`/integrations?kind=${kind}`)}>{count(byKind[kind])}</Link>,
          })),
        ]}
      />
    </Container>
  );
}

function HealthLabel({ health }: { readonly health: Health }) {
  return <StatusIndicator type={INDICATORS[health]}>{HEALTH_TITLES[health]}</StatusIndicator>;
}

function Big({ href, children }: { readonly href?: string; readonly children: ReactNode }) {
  if (href === undefined) return <Box variant="awsui-value-large">{children}</Box>;
  return (
    <Link variant="awsui-value-large" href={addressOf(href)}>
      {children}
    </Link>
  );
}
