import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import type { Integration } from '../../api/types.ts';
import { useIntegrationActions } from '../../state/integration-changes.ts';
import { FormDialog } from '../form-dialog.tsx';
import { NextSync } from '../next-sync.tsx';
import { Time } from '../time.tsx';
import { IntervalField } from './interval-field.tsx';
import { intervalProblem } from './intervals.ts';

interface SyncSettingsDialogProps {
  readonly integration: Integration;
  readonly onClose: () => void;
}

export function SyncSettingsDialog({ integration, onClose }: SyncSettingsDialogProps) {
  const [interval, setInterval] = useState(integration.syncInterval);
  const [enabled, setEnabled] = useState(integration.syncEnabled);
  const { changeSync } = useIntegrationActions();
  const save = (): void => {
    if (intervalProblem(interval) !== null) return;
    const changed = {
      ...(interval !== integration.syncInterval && { syncInterval: interval }),
      ...(enabled !== integration.syncEnabled && { syncEnabled: enabled }),
    };
    // What is saved shows at once; should it be refused, it is taken back and said.
    if (Object.keys(changed).length > 0) void changeSync(integration, changed);
    onClose();
  };
  return (
    <FormDialog
      header={`Sync settings of ${integration.name}`}
      confirm="Save"
      disabled={intervalProblem(interval) !== null}
      onConfirm={save}
      onClose={onClose}
    >
      <SpaceBetween size="l">
        {integration.disabledReason !== null && (
          <Alert type="error" header="Switched off after failures">
            {integration.disabledReason}
          </Alert>
        )}
        <Toggle
          checked={enabled}
          onChange={({ detail }) => setEnabled(detail.checked)}
          description="Switching it on again forgets earlier failures and syncs at once."
        >
          Sync on schedule
        </Toggle>
        <IntervalField value={interval} onChange={setInterval} />
        <FormField label="Next sync" description="As the settings are now; saving may move it.">
          <NextSync integration={integration} />
          {integration.nextSyncAt !== null && (
            <Box variant="small" display="block">
              <Time at={integration.nextSyncAt} as="clock" />
            </Box>
          )}
        </FormField>
      </SpaceBetween>
    </FormDialog>
  );
}
