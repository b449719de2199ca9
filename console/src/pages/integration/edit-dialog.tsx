import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { type ApiFailure, toFailure } from '../../api/api-failure.ts';
import { findProvider, type ProviderEntry } from '../../api/catalog.ts';
import type { Integration } from '../../api/types.ts';
import { ConnectionForm } from '../../parts/connection/connection-form.tsx';
import { draftOf, missingOf, problemsOf, toChange } from '../../parts/connection/draft.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Refused } from '../../parts/refused.tsx';
import type { Problems } from '../../parts/schema-form/field-props.ts';
import { flashDone } from '../../state/flash.ts';
import { refreshAbout } from '../../state/integration-changes.ts';
import { useCatalog, useClient } from '../../state/use-api.ts';

interface EditDialogProps {
  readonly integration: Integration;
  readonly onClose: () => void;
}

/** Changes how an integration reaches its provider. What somebody else changed meanwhile is not overwritten. */
export function EditDialog({ integration, onClose }: EditDialogProps) {
  const catalog = useCatalog();
  return (
    <Loaded of={catalog} what="what the provider needs">
      {(data) => {
        const provider = findProvider(data, integration.kind, integration.provider);
        if (provider === undefined) {
          return <Alert type="error">This deployment does not know the provider {integration.provider}.</Alert>;
        }
        return <EditForm integration={integration} provider={provider} onClose={onClose} />;
      }}
    </Loaded>
  );
}

const NO_PROBLEMS: Problems = new Map();

function EditForm({ integration, provider, onClose }: EditDialogProps & { readonly provider: ProviderEntry }) {
  const client = useClient();
  // As it was when the form was opened, whatever is polled meanwhile: its version tells whether somebody else was faster.
  const [read] = useState(integration);
  const [draft, setDraft] = useState(() => draftOf(read));
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [saving, setSaving] = useState(false);
  const save = async (): Promise<void> => {
    const missing = missingOf(draft, provider, read.credentialsSetAt !== null);
    setProblems(missing);
    if (missing.size > 0) return;
    setSaving(true);
    setFailure(null);
    try {
      const { name } = await client.change(read.id, toChange(draft, read.version));
      flashDone(`${name} is saved`);
      refreshAbout(read.id);
      onClose();
    } catch (error) {
      const reason = toFailure(error);
      setProblems(problemsOf(reason));
      setFailure(reason);
      setSaving(false);
      // So that what was changed is there when it is opened again.
      if (reason.status === 409) refreshAbout(read.id);
    }
  };
  return (
    <FormDialog
      size="large"
      header={`Edit the connection of ${read.name}`}
      confirm="Save"
      working={saving}
      onConfirm={() => void save()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        {failure !== null && (
          <Refused failure={failure}>
            {failure.status === 409
              ? 'Somebody else changed it meanwhile. Close this and open it again to see their change, then make yours.'
              : failure.message}
          </Refused>
        )}
        <ConnectionForm
          kind={read.kind}
          provider={provider}
          draft={draft}
          onChange={(next) => {
            setDraft(next);
            setProblems(NO_PROBLEMS);
          }}
          problems={problems}
          saved={read.credentialsSetAt !== null}
        />
      </SpaceBetween>
    </FormDialog>
  );
}
