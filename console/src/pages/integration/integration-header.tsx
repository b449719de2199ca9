import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Integration } from '../../api/types.ts';
import { KIND_TITLES } from '../../parts/health-words.ts';
import { HistoryDialog } from '../../parts/history/history-dialog.tsx';
import { PageTitle } from '../../parts/page-title.tsx';
import { providerTitle } from '../../parts/provider-titles.ts';
import { SyncSettingsDialog } from '../../parts/sync/sync-settings-dialog.tsx';
import { useIntegrationActions } from '../../state/integration-changes.ts';
import { useCanChange } from '../../state/use-api.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { TestDialog } from './test-dialog.tsx';

type Dialog = 'history' | 'settings' | 'edit' | 'test' | 'delete';

const MORE = [
  { id: 'settings', text: 'Sync settings' },
  { id: 'edit', text: 'Edit connection' },
  { id: 'test', text: 'Test connection' },
  { id: 'delete', text: 'Delete' },
] as const;

/** Its name, and what can be done to it. */
export function IntegrationHeader({ integration }: { readonly integration: Integration }) {
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const canChange = useCanChange();
  const { runNow, pause, resume } = useIntegrationActions();
  const close = (): void => setDialog(null);
  const history = <Button onClick={() => setDialog('history')}>Sync history</Button>;
  const actions = !canChange ? (
    history
  ) : (
    <SpaceBetween direction="horizontal" size="xs">
      {history}
      {integration.syncEnabled ? (
        <Button onClick={() => void pause(integration)}>Pause</Button>
      ) : (
        <Button onClick={() => void resume(integration)}>Resume</Button>
      )}
      <ButtonDropdown
        items={MORE}
        onItemClick={({ detail }) => setDialog(MORE.find(({ id }) => id === detail.id)?.id ?? null)}
      >
        More
      </ButtonDropdown>
      <Button variant="primary" disabled={integration.running} onClick={() => void runNow(integration)}>
        Run now
      </Button>
    </SpaceBetween>
  );
  return (
    <>
      <PageTitle
        title={integration.name}
        description={`${KIND_TITLES[integration.kind]} · ${providerTitle(integration.provider)}`}
        actions={actions}
      />
      {dialog === 'history' && <HistoryDialog integration={integration} onClose={close} />}
      {dialog === 'settings' && <SyncSettingsDialog integration={integration} onClose={close} />}
      {dialog === 'edit' && <EditDialog integration={integration} onClose={close} />}
      {dialog === 'test' && <TestDialog integration={integration} onClose={close} />}
      {dialog === 'delete' && <DeleteDialog integration={integration} onClose={close} />}
    </>
  );
}
