import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { type FieldProps, isRecord, problemAt } from './field-props.ts';

/** Names with a text each, such as headers. Rows are kept here, because two of them may have one name while it is typed. */
export function TextMapField({ path, value, onChange, problems }: FieldProps) {
  const [rows, setRows] = useState<readonly (readonly [name: string, text: string])[]>(() =>
    isRecord(value) ? Object.entries(value).map(([name, text]) => [name, String(text)]) : [],
  );
  const put = (next: typeof rows): void => {
    setRows(next);
    const named = next.filter(([name]) => name !== '');
    onChange(named.length === 0 ? undefined : Object.fromEntries(named));
  };
  const change = (index: number, name: string, text: string): void =>
    put(rows.map((row, at) => (at === index ? [name, text] : row)));
  return (
    <AttributeEditor
      items={rows}
      addButtonText="Add a row"
      removeButtonText="Remove"
      removeButtonAriaLabel={([name]) => `Remove ${name || 'row'}`}
      onAddButtonClick={() => put([...rows, ['', '']])}
      onRemoveButtonClick={({ detail }) => put(rows.filter((_, index) => index !== detail.itemIndex))}
      definition={[
        {
          label: 'Name',
          errorText: ([name]) => problemAt(problems, [...path, name]),
          control: ([name, text], index) => (
            <Input value={name} onChange={({ detail }) => change(index, detail.value, text)} />
          ),
        },
        {
          label: 'Value',
          control: ([name, text], index) => (
            <Input value={text} onChange={({ detail }) => change(index, name, detail.value)} />
          ),
        },
      ]}
    />
  );
}
