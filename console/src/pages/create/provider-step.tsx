import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import type { Catalog, KindEntry, ProviderEntry } from '../../api/catalog.ts';
import type { KindName } from '../../api/types.ts';
import { Needs } from './needs.tsx';
import { KIND_WORDS } from './provider-words.ts';

interface ProviderStepProps {
  readonly catalog: Catalog;
  readonly kind: KindEntry;
  readonly provider: ProviderEntry;
  /** It is saved already: both are settled. */
  readonly settled: boolean;
  readonly onChoose: (kind: KindName, provider: string) => void;
}

export function ProviderStep({ catalog, kind, provider, settled, onChoose }: ProviderStepProps) {
  const options = kind.providers.map((entry) => ({ value: entry.provider, label: entry.title }));
  const chooseKind = (name: string): void => {
    const entry = catalog.find((candidate) => candidate.kind === name);
    const [first] = entry?.providers ?? [];
    if (entry !== undefined && first !== undefined) onChoose(entry.kind, first.provider);
  };
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Kind</Header>}>
        <Tiles
          ariaLabel="Kind"
          value={kind.kind}
          onChange={({ detail }) => chooseKind(detail.value)}
          items={catalog.map((entry) => ({
            value: entry.kind,
            label: KIND_WORDS[entry.kind].title,
            description: KIND_WORDS[entry.kind].about,
            disabled: settled,
          }))}
        />
      </Container>
      <Container header={<Header variant="h2">Provider</Header>}>
        <SpaceBetween size="l">
          <FormField label="Provider" stretch>
            <Select
              disabled={settled}
              selectedOption={options.find(({ value }) => value === provider.provider) ?? null}
              options={options}
              onChange={({ detail }) => onChoose(kind.kind, detail.selectedOption.value ?? '')}
            />
          </FormField>
          <Needs kind={kind} provider={provider} />
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
