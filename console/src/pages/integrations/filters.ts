import { HEALTHS, KINDS, type ListedIntegration, STATUSES } from '../../api/types.ts';
import { HEALTH_TITLES, KIND_TITLES, STATUS_TITLES } from '../../parts/health-words.ts';
import { changeQuery } from '../../state/route.ts';

/** What is asked of the list; it stands in the address, so that it can be linked to. */
export interface Filters {
  readonly q: string;
  readonly kind: string;
  readonly health: string;
  readonly status: string;
}

export const readFilters = (query: URLSearchParams): Filters => ({
  q: query.get('q') ?? '',
  kind: query.get('kind') ?? '',
  health: query.get('health') ?? '',
  status: query.get('status') ?? '',
});

export const isFiltered = ({ q, kind, health, status }: Filters): boolean => [q, kind, health, status].some(Boolean);

export function matches({ q, kind, health, status }: Filters): (integration: ListedIntegration) => boolean {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return (own) => {
    if (kind !== '' && own.kind !== kind) return false;
    if (health !== '' && own.health !== health) return false;
    if (status !== '' && own.status !== status) return false;
    if (words.length === 0) return true;
    const text = [own.name, own.provider, own.accountId, own.baseUrl, own.id].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** Others are found: the first page of them is shown. */
export const changeFilters = (change: Readonly<Partial<Record<keyof Filters, string | null>>>): void =>
  changeQuery({ ...change, page: null });

export interface FilterField {
  readonly name: 'kind' | 'health' | 'status';
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

const field = <T extends string>(
  name: FilterField['name'],
  label: string,
  all: string,
  values: readonly T[],
  titles: Readonly<Record<T, string>>,
): FilterField => ({
  name,
  label,
  options: [{ value: '', label: all }, ...values.map((value) => ({ value, label: titles[value] }))],
});

export const FILTER_FIELDS: readonly FilterField[] = [
  field('kind', 'Kind', 'All kinds', KINDS, KIND_TITLES),
  field('health', 'Health', 'Any health', HEALTHS, HEALTH_TITLES),
  field('status', 'Last result', 'Any result', STATUSES, STATUS_TITLES),
];
