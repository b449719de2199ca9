import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import { type FieldProps, isRecord, problemAt, withValue } from './field-props.ts';
import { fieldWords } from './field-words.ts';
import { Control } from './schema-field.tsx';

/** A list of small objects, one row each. */
export function RowsField({ schema, path, value, onChange, problems }: FieldProps) {
  const rows: readonly unknown[] = Array.isArray(value) ? value : [];
  const put = (next: readonly unknown[]): void => onChange(next.length === 0 ? undefined : next);
  const columns = Object.entries(schema.items?.properties ?? {});
  return (
    <AttributeEditor
      items={rows}
      addButtonText="Add a row"
      removeButtonText="Remove"
      removeButtonAriaLabel={(row) => `Remove ${isRecord(row) ? String(row.name ?? 'row') : 'row'}`}
      onAddButtonClick={() => put([...rows, {}])}
      onRemoveButtonClick={({ detail }) => put(rows.filter((_, index) => index !== detail.itemIndex))}
      definition={columns.map(([name, inner]) => ({
        label: fieldWords([...path, name], inner.description).label,
        errorText: (_row: unknown, index: number) => problemAt(problems, [...path, String(index), name]),
        control: (row: unknown, index: number) => (
          <Control
            schema={inner}
            path={[...path, String(index), name]}
            value={isRecord(row) ? row[name] : undefined}
            onChange={(next) => put(rows.map((own, at) => (at === index ? (withValue(own, name, next) ?? {}) : own)))}
            problems={problems}
          />
        ),
      }))}
    />
  );
}
