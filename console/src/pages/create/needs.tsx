import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { KindEntry, ProviderEntry } from '../../api/catalog.ts';
import { everyInWords } from '../../parts/format.ts';
import { fieldWords } from '../../parts/schema-form/field-words.ts';
import { PROVIDER_WORDS } from './provider-words.ts';

interface NeedsProps {
  readonly kind: KindEntry;
  readonly provider: ProviderEntry;
}

/** What one must have at hand for a provider. */
export function Needs({ kind, provider }: NeedsProps) {
  const words = PROVIDER_WORDS[provider.provider];
  const { accountId, credentials, config } = provider;
  const settings = (config.required ?? []).map((name) => fieldWords([name], undefined).label);
  const needed = [
    ...credentials.map(({ title, optional = false }) => (optional ? `${title} (optional)` : title)),
    ...(accountId === null ? [] : [accountId.required ? accountId.title : `${accountId.title} (optional)`]),
    ...(provider.defaultBaseUrl === null && !settings.includes('Address') ? ['Base address'] : []),
    ...settings,
  ];
  return (
    <SpaceBetween size="s">
      {words !== undefined && (
        <Box variant="p">
          {words.about} {words.where}
        </Box>
      )}
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'It needs', value: needed.length === 0 ? 'Nothing' : needed.join(', ') },
          { label: 'Address', value: <span className="breakable">{provider.defaultBaseUrl ?? 'Yours'}</span> },
          { label: 'Synced, unless you choose otherwise', value: everyInWords(kind.defaultSyncInterval) },
        ]}
      />
    </SpaceBetween>
  );
}
