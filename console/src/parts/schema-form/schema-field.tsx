import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import type { JsonSchema } from '../../api/catalog.ts';
import { humanized } from '../format.ts';
import { type FieldProps, isRecord, problemAt, withValue } from './field-props.ts';
import { fieldWords } from './field-words.ts';
import { JsonField } from './json-field.tsx';
import { RowsField } from './rows-field.tsx';
import { TextMapField } from './text-map-field.tsx';

/** One field of a configuration, as its schema says. */
export function SchemaField(props: FieldProps) {
  const { schema, path, problems } = props;
  if (schema.type === 'object' && schema.properties !== undefined) return <GroupField {...props} />;
  const { label, hint } = fieldWords(path, schema.description);
  return (
    <FormField
      label={label}
      description={hint}
      constraintText={limits(schema)}
      errorText={problemAt(problems, path)}
      stretch
    >
      <Control {...props} />
    </FormField>
  );
}

/** The part in which something is typed or chosen. */
export function Control(props: FieldProps) {
  const { schema, path, value, onChange } = props;
  const { placeholder } = fieldWords(path, schema.description);
  const choices = schema.enum ?? (schema.type === 'boolean' ? ['true', 'false'] : undefined);
  if (choices !== undefined) {
    const typed = (chosen: string): unknown => (schema.type === 'boolean' ? chosen === 'true' : chosen);
    return <Choice choices={choices} value={value} onChange={(chosen) => onChange(chosen && typed(chosen))} />;
  }
  if (schema.type === 'number' || schema.type === 'integer') {
    return (
      <Input
        type="number"
        value={value === undefined ? '' : String(value)}
        onChange={({ detail }) => onChange(detail.value === '' ? undefined : Number(detail.value))}
      />
    );
  }
  if (schema.type === 'string') {
    const text = { value: value === undefined ? '' : String(value), placeholder };
    const change = (typed: string): void => onChange(typed === '' ? undefined : typed);
    // What may be very long has lines.
    return (schema.maxLength ?? 0) > 4096 ? (
      <Textarea {...text} rows={8} spellcheck={false} onChange={({ detail }) => change(detail.value)} />
    ) : (
      <Input {...text} spellcheck={false} onChange={({ detail }) => change(detail.value)} />
    );
  }
  if (schema.type === 'array' && schema.items?.type === 'object') return <RowsField {...props} />;
  if (schema.type === 'array' && schema.items?.type === 'string') return <ListOfText {...props} />;
  const { additionalProperties } = schema;
  if (isRecord(additionalProperties) && (additionalProperties as JsonSchema).type === 'string') {
    return <TextMapField {...props} />;
  }
  return <JsonField {...props} />;
}

function GroupField({ schema, path, value, onChange, problems }: FieldProps) {
  const { label, hint } = fieldWords(path, schema.description);
  return (
    <FormField label={label} description={hint} errorText={problemAt(problems, path)} stretch>
      <fieldset className="field-group" aria-label={label}>
        <SpaceBetween size="s">
          {relevant(path, schema, value).map(([name, inner]) => (
            <SchemaField
              key={name}
              schema={inner}
              path={[...path, name]}
              value={isRecord(value) ? value[name] : undefined}
              onChange={(next) => onChange(withValue(value, name, next))}
              problems={problems}
            />
          ))}
        </SpaceBetween>
      </fieldset>
    </FormField>
  );
}

/** Of the pages of a source only what the way of paging needs; of other groups everything. */
function relevant(path: readonly string[], { properties = {} }: JsonSchema, value: unknown) {
  const entries = Object.entries(properties);
  if (path.join('.') !== 'pagination') return entries;
  const type = isRecord(value) ? value.type : undefined;
  const needed = PAGING_NEEDS[String(type)] ?? [];
  return entries.filter(([name]) => name === 'type' || needed.includes(name));
}

const PAGING_NEEDS: Readonly<Record<string, readonly string[]>> = {
  page: ['param', 'pageSizeParam', 'pageSize'],
  cursor: ['param', 'path', 'pageSizeParam', 'pageSize'],
  link: ['pageSizeParam', 'pageSize'],
};

interface ChoiceProps {
  readonly choices: readonly string[];
  readonly value: unknown;
  readonly onChange: (value: string | undefined) => void;
}

function Choice({ choices, value, onChange }: ChoiceProps) {
  // Where nothing is one of the choices, it is the same as no choice.
  const unset = choices.includes(NONE) ? { value: NONE, label: 'None' } : { value: '', label: 'Default' };
  const others = choices.filter((choice) => choice !== NONE);
  const options = [
    unset,
    ...others.map((choice) => ({ value: choice, label: CHOICE_WORDS[choice] ?? humanized(choice) })),
  ];
  return (
    <Select
      selectedOption={options.find((option) => option.value === String(value ?? '')) ?? unset}
      options={options}
      onChange={({ detail }) => {
        const chosen = detail.selectedOption.value;
        onChange(chosen === unset.value ? undefined : chosen);
      }}
    />
  );
}

const NONE = 'none';

const CHOICE_WORDS: Readonly<Record<string, string>> = {
  true: 'Yes',
  false: 'No',
  GET: 'GET',
  POST: 'POST',
  apiKey: 'API key',
  link: 'Link header',
  page: 'Page number',
  kore: 'KORE',
  jp: 'Japan',
  g: 'Global',
};

function ListOfText({ value, onChange }: FieldProps) {
  const change = (text: string): void => {
    const items = text.split(',').map((item) => item.trim());
    onChange(items.every((item) => item === '') ? undefined : items);
  };
  return (
    <Input
      placeholder="separated by commas"
      value={Array.isArray(value) ? value.join(', ') : ''}
      onChange={({ detail }) => change(detail.value)}
    />
  );
}

function limits({ minimum, maximum, exclusiveMinimum }: JsonSchema): string | undefined {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (maximum !== undefined) return `At most ${maximum}`;
  if (minimum !== undefined) return `At least ${minimum}`;
  return exclusiveMinimum === undefined ? undefined : `More than ${exclusiveMinimum}`;
}
