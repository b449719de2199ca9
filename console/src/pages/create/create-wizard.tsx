import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import type { Catalog, KindEntry, ProviderEntry } from '../../api/catalog.ts';
import type { KindName } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { ConnectionForm } from '../../parts/connection/connection-form.tsx';
import { EMPTY_DRAFT } from '../../parts/connection/draft.ts';
import { PageTitle } from '../../parts/page-title.tsx';
import { Refused } from '../../parts/refused.tsx';
import { IntervalField } from '../../parts/sync/interval-field.tsx';
import { intervalProblem } from '../../parts/sync/intervals.ts';
import { goTo } from '../../state/route.ts';
import { useKeptPage } from '../../state/use-kept-page.ts';
import { pathOf } from '../integrations/cells.tsx';
import { ProviderStep } from './provider-step.tsx';
import { TestStep } from './test-step.tsx';
import { useCreate } from './use-create.ts';

interface CreateWizardProps {
  readonly catalog: Catalog;
  readonly kind: KindEntry;
  readonly provider: ProviderEntry;
  readonly onChoose: (kind: KindName, provider: string) => void;
}

const CONNECTION = 1;
const LAST = 3;

export function CreateWizard({ catalog, kind, provider, onChoose }: CreateWizardProps) {
  const [step, setStep] = useState(0);
  const create = useCreate(kind, provider);
  const { draft, failure, saved } = create;
  const { target, stay, leave } = useKeptPage(draft !== EMPTY_DRAFT || saved !== null);

  const choose = (name: KindName, chosen: string): void => {
    onChoose(name, chosen);
    create.change(draft.name === '' ? EMPTY_DRAFT : { ...EMPTY_DRAFT, name: draft.name });
  };
  const go = async (next: number): Promise<void> => {
    // Whatever comes after the connection needs it saved, with the fields that were chosen at its test.
    if (next > CONNECTION && !(await create.save())) return setStep(CONNECTION);
    setStep(next);
  };
  const submit = async (): Promise<void> => {
    if (intervalProblem(create.interval) !== null) return;
    const made = await create.finish();
    if (made !== null) leave(pathOf(made));
  };
  const notSaved = failure !== null && <Refused failure={failure} />;

  return (
    <>
      <PageTitle title="Create integration" />
      <Wizard
        activeStepIndex={step}
        isLoadingNextStep={create.working}
        submitButtonText="Create integration"
        onNavigate={({ detail }) => void go(Math.min(detail.requestedStepIndex, LAST))}
        onCancel={() => goTo('/integrations')}
        onSubmit={() => void submit()}
        steps={[
          {
            title: 'Kind and provider',
            description: 'What it keeps in step, and with whom.',
            content: (
              <ProviderStep
                catalog={catalog}
                kind={kind}
                provider={provider}
                settled={saved !== null}
                onChoose={choose}
              />
            ),
          },
          {
            title: 'Connection',
            description: `How ${provider.title} is reached.`,
            content: (
              <SpaceBetween size="l">
                {notSaved}
                <Container header={<Header variant="h2">{provider.title}</Header>}>
                  <ConnectionForm
                    // Its fields begin anew with another provider.
                    key={`${kind.kind}/${provider.provider}`}
                    kind={kind.kind}
                    provider={provider}
                    draft={draft}
                    onChange={create.change}
                    problems={create.problems}
                    saved={saved !== null}
                  />
                </Container>
              </SpaceBetween>
            ),
          },
          {
            title: 'Test',
            content: (
              <SpaceBetween size="l">
                {notSaved}
                <TestStep
                  state={create.test}
                  onTest={() => void create.runTest()}
                  config={draft.config}
                  onFields={kind.kind === 'source' ? create.chooseFields : undefined}
                />
              </SpaceBetween>
            ),
          },
          {
            title: 'Schedule',
            content: (
              <SpaceBetween size="l">
                {notSaved}
                <Container header={<Header variant="h2">When it is synced</Header>}>
                  <SpaceBetween size="l">
                    <IntervalField
                      // The default of the kind, until another one is chosen.
                      key={kind.kind}
                      value={create.interval}
                      onChange={create.setInterval}
                    />
                    <Toggle
                      checked={create.enabled}
                      onChange={({ detail }) => create.setEnabled(detail.checked)}
                      description="It then syncs at once, and after that on schedule."
                    >
                      Switch it on
                    </Toggle>
                  </SpaceBetween>
                </Container>
              </SpaceBetween>
            ),
          },
        ]}
      />
      {target !== null && (
        <Confirm
          header="Discard this integration?"
          confirm="Discard"
          onConfirm={async () => {
            await create.discard();
            leave(target);
          }}
          onClose={stay}
        >
          {saved === null
            ? 'What you have typed is lost.'
            : 'It was saved for the test, switched off. Discarding deletes it.'}
        </Confirm>
      )}
    </>
  );
}
