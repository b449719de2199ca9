import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { FieldProps } from './field-props.ts';

/** Anything that has no field of its own kind: typed as JSON. Text that is no JSON is the value itself; the API judges it. */
export function JsonField({ value, onChange }: FieldProps) {
  const [typed, setTyped] = useState(() => shown(value));
  const type = (text: string): void => {
    setTyped(text);
    onChange(read(text));
  };
  return <Textarea rows={5} spellcheck={false} value={typed} onChange={({ detail }) => type(detail.value)} />;
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function read(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
