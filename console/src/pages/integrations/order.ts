import type { ListedIntegration } from '../../api/types.ts';

type Comparator = (a: ListedIntegration, b: ListedIntegration) => number;

const byText =
  (read: (integration: ListedIntegration) => string): Comparator =>
  (a, b) =>
    read(a).localeCompare(read(b), 'en', { numeric: true });

const HEALTH_ORDER = { red: 0, yellow: 1, grey: 2, green: 3 } as const;

/** What the list can be ordered by, by the column's id. */
export const COMPARATORS: Readonly<Record<string, Comparator>> = {
  name: byText(({ name }) => name),
  health: (a, b) => HEALTH_ORDER[a.health] - HEALTH_ORDER[b.health],
  // None planned comes last.
  next: byText(({ nextSyncAt }) => nextSyncAt ?? '~'),
  last: byText(({ lastSyncAt }) => lastSyncAt ?? ''),
};

/** As it stands in the address: `health`, or `-health` for the other way round. Undefined: as they were created. */
export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

export function readOrder(text: string | null): Order | undefined {
  const column = text?.replace(/^-/, '') ?? '';
  return Object.hasOwn(COMPARATORS, column) ? { column, descending: text?.startsWith('-') === true } : undefined;
}

export const writeOrder = ({ column, descending }: Order): string => (descending ? `-${column}` : column);

export function ordered(
  integrations: readonly ListedIntegration[],
  order: Order | undefined,
): readonly ListedIntegration[] {
  const compare = order && COMPARATORS[order.column];
  if (compare === undefined) return integrations;
  return integrations.toSorted((a, b) => (order?.descending ? compare(b, a) : compare(a, b)));
}
