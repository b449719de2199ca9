import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { CredentialEntry } from '../../api/catalog.ts';
import type { CredentialName } from '../../api/types.ts';
import type { Problems } from '../schema-form/field-props.ts';

interface CredentialFieldsProps {
  readonly entries: readonly CredentialEntry[];
  readonly values: Readonly<Partial<Record<CredentialName, string>>>;
  readonly onChange: (name: CredentialName, text: string) => void;
  readonly problems: Problems;
  readonly saved: boolean;
}

/** Written, never shown again: not even to the one who typed them. */
export function CredentialFields({ entries, values, onChange, problems, saved }: CredentialFieldsProps) {
  return (
    <SpaceBetween size="m">
      {entries.map(({ name, title, optional = false }) => (
        <FormField
          key={name}
          label={optional ? `${title} – optional` : title}
          description={
            saved
              ? 'Empty: as it is. It is stored encrypted and never shown.'
              : 'Stored encrypted and never shown again.'
          }
          errorText={problems.get(name)}
          stretch
        >
          <Input
            // A user name is no secret, but belongs to one.
            type={name === 'username' ? 'text' : 'password'}
            autoComplete={false}
            spellcheck={false}
            value={values[name] ?? ''}
            onChange={({ detail }) => onChange(name, detail.value)}
          />
        </FormField>
      ))}
    </SpaceBetween>
  );
}
