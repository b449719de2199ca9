import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { JsonSchema } from '../../api/catalog.ts';
import { type Problems, withValue } from './field-props.ts';
import { SchemaField } from './schema-field.tsx';

interface SchemaFormProps {
  readonly schema: JsonSchema;
  readonly value: Readonly<Record<string, unknown>>;
  readonly onChange: (value: Readonly<Record<string, unknown>>) => void;
  readonly problems: Problems;
  /** Shown among the required ones. */
  readonly important?: readonly string[];
}

/** A configuration by its schema: what must be given first, what may be given behind a heading. */
export function SchemaForm({ schema, value, onChange, problems, important = [] }: SchemaFormProps) {
  const all = Object.entries(schema.properties ?? {}).filter(([, inner]) => inner.const === undefined);
  const isFirst = ([name]: readonly [string, unknown]): boolean =>
    (schema.required?.includes(name) ?? false) || important.includes(name);
  const first = all.filter(isFirst).sort(([a], [b]) => orderOf(a, important) - orderOf(b, important));
  const rest = all.filter((entry) => !isFirst(entry));
  const [open, setOpen] = useState(() => rest.some(([name]) => value[name] !== undefined));
  const wrong = rest.some(([name]) => [...problems.keys()].some((path) => path.split('.')[0] === name));
  const fields = (entries: typeof all) =>
    entries.map(([name, inner]) => (
      <SchemaField
        key={name}
        schema={inner}
        path={[name]}
        value={value[name]}
        onChange={(next) => onChange(withValue(value, name, next) ?? {})}
        problems={problems}
      />
    ));
  return (
    <SpaceBetween size="m">
      {fields(first)}
      {rest.length > 0 && (
        <ExpandableSection
          headerText={`More settings (${rest.length})`}
          headerDescription={wrong ? 'Something here is not right.' : undefined}
          expanded={open || wrong}
          onChange={({ detail }) => setOpen(detail.expanded)}
        >
          <SpaceBetween size="m">{fields(rest)}</SpaceBetween>
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

const orderOf = (name: string, important: readonly string[]): number => {
  const at = important.indexOf(name);
  return at < 0 ? -1 : at;
};
