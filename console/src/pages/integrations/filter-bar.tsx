import Select from '@cloudscape-design/components/select';
import TextFilter from '@cloudscape-design/components/text-filter';
import { plural } from '../../parts/format.ts';
import { changeFilters, FILTER_FIELDS, type Filters, isFiltered } from './filters.ts';

interface FilterBarProps {
  readonly filters: Filters;
  readonly found: number;
}

export function FilterBar({ filters, found }: FilterBarProps) {
  return (
    <div className="filter-bar">
      <div className="filter-text">
        <TextFilter
          filteringText={filters.q}
          filteringPlaceholder="Find by name, provider, account or address"
          filteringAriaLabel="Find integrations"
          countText={isFiltered(filters) ? plural(found, 'match', 'matches') : ''}
          onChange={({ detail }) => changeFilters({ q: detail.filteringText })}
        />
      </div>
      {FILTER_FIELDS.map(({ name, label, options }) => (
        <Select
          key={name}
          ariaLabel={label}
          inlineLabelText={label}
          selectedOption={options.find(({ value }) => value === filters[name]) ?? options[0] ?? null}
          options={options}
          onChange={({ detail }) => changeFilters({ [name]: detail.selectedOption.value ?? null })}
        />
      ))}
    </div>
  );
}
