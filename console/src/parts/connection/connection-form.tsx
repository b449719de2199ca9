import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef } from 'react';
import type { ProviderEntry } from '../../api/catalog.ts';
import type { KindName } from '../../api/types.ts';
import type { Problems } from '../schema-form/field-props.ts';
import { SchemaForm } from '../schema-form/schema-form.tsx';
import { CredentialFields } from './credential-fields.tsx';
import { type Draft, problemsBelow } from './draft.ts';

interface ConnectionFormProps {
  readonly kind: KindName;
  readonly provider: ProviderEntry;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly problems: Problems;
  /** It exists: credentials that are left empty stay as they are. */
  readonly saved: boolean;
}

/** Asked for at once, in this order; the rest is behind a heading. */
const IMPORTANT: Readonly<Record<KindName, readonly string[]>> = {
  carrier: [],
  vehicle: [],
  source: ['url', 'query', 'auth', 'itemsPath', 'pagination', 'fields', 'incremental'],
  receipts: ['statusPath'],
};

/** Everything a provider needs to be reached. */
export function ConnectionForm({ kind, provider, draft, onChange, problems, saved }: ConnectionFormProps) {
  const set = (change: Partial<Draft>): void => onChange({ ...draft, ...change });
  const credentials = neededCredentials(provider, draft);
  const fields = useRef<HTMLDivElement>(null);
  // The button that was pressed may be far below what is wrong.
  useEffect(() => {
    const wrong = problems.size === 0 ? null : fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    wrong?.focus({ preventScroll: true });
    wrong?.scrollIntoView({ block: 'center' });
  }, [problems]);
  return (
    <div ref={fields}>
      <SpaceBetween size="m">
        <FormField label="Name" description="As you call it." errorText={problems.get('name')} stretch>
          <Input value={draft.name} onChange={({ detail }) => set({ name: detail.value })} />
        </FormField>
        <FormField
          label={provider.defaultBaseUrl === null ? 'Base address' : 'Base address – optional'}
          description={
            provider.defaultBaseUrl === null
              ? 'Yours: there is none that fits everybody.'
              : `Empty: ${provider.defaultBaseUrl}`
          }
          errorText={problems.get('baseUrl')}
          stretch
        >
          <Input
            inputMode="url"
            spellcheck={false}
            placeholder={provider.defaultBaseUrl ?? 'https://…'}
            value={draft.baseUrl}
            onChange={({ detail }) => set({ baseUrl: detail.value })}
          />
        </FormField>
        {provider.accountId !== null && (
          <FormField
            label={provider.accountId.required ? provider.accountId.title : `${provider.accountId.title} – optional`}
            errorText={problems.get('accountId')}
            stretch
          >
            <Input
              spellcheck={false}
              value={draft.accountId}
              onChange={({ detail }) => set({ accountId: detail.value })}
            />
          </FormField>
        )}
        <SchemaForm
          schema={provider.config}
          value={draft.config}
          onChange={(config) => set({ config })}
          problems={problemsBelow(problems, 'config')}
          important={IMPORTANT[kind]}
        />
        <CredentialFields
          entries={credentials}
          values={draft.credentials}
          onChange={(name, text) => set({ credentials: { ...draft.credentials, [name]: text } })}
          problems={problemsBelow(problems, 'credentials')}
          saved={saved}
        />
      </SpaceBetween>
    </div>
  );
}

const AUTH_NEEDS: Readonly<Record<string, readonly string[]>> = {
  none: [],
  apiKey: ['apiKey'],
  bearer: ['token'],
  basic: ['username', 'password'],
};

/** A source says in its configuration which of the credentials it sends: the others are not asked for. */
function neededCredentials({ credentials, config }: ProviderEntry, draft: Draft): ProviderEntry['credentials'] {
  const choices = config.properties?.auth?.enum;
  const isSource = choices !== undefined && Object.keys(AUTH_NEEDS).every((auth) => choices.includes(auth));
  if (!isSource) return credentials;
  const needed = AUTH_NEEDS[String(draft.config.auth ?? 'none')] ?? [];
  return credentials.filter(({ name }) => needed.includes(name)).map((entry) => ({ ...entry, optional: false }));
}
