import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Integration } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { useIntegrationActions } from '../../state/integration-changes.ts';
import { goTo } from '../../state/route.ts';

interface DeleteDialogProps {
  readonly integration: Integration;
  readonly onClose: () => void;
}

/** Its name has to be typed: with it goes all that was ever stored of it. */
export function DeleteDialog({ integration, onClose }: DeleteDialogProps) {
  const [typed, setTyped] = useState('');
  const { remove } = useIntegrationActions();
  return (
    <Confirm
      header={`Delete ${integration.name}?`}
      confirm="Delete"
      disabled={typed.trim() !== integration.name.trim()}
      onConfirm={async () => {
        if (await remove(integration)) goTo('/integrations');
      }}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <div>No new run starts, and its history and all its data are removed. This cannot be undone.</div>
        <FormField label={`Type “${integration.name}” to confirm`}>
          <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
