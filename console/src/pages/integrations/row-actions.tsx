import ButtonGroup, { type ButtonGroupProps } from '@cloudscape-design/components/button-group';
import type { ListedIntegration } from '../../api/types.ts';
import { useIntegrationActions } from '../../state/integration-changes.ts';
import { useCanChange } from '../../state/use-api.ts';
import type { OpenDialog } from './integration-dialogs.tsx';

interface RowActionsProps {
  readonly integration: ListedIntegration;
  readonly open: OpenDialog;
}

/** What can be done to one integration of the list. */
export function RowActions({ integration, open }: RowActionsProps) {
  const canChange = useCanChange();
  const { runNow, pause, resume } = useIntegrationActions();
  const history = { type: 'icon-button', id: 'history', text: 'Sync history', iconName: 'history' } as const;
  const items: readonly ButtonGroupProps.ItemOrGroup[] = canChange
    ? [
        { type: 'icon-button', id: 'run', text: 'Run now', iconName: 'refresh', disabled: integration.running },
        integration.syncEnabled
          ? { type: 'icon-button', id: 'pause', text: 'Pause', iconName: 'pause' }
          : { type: 'icon-button', id: 'resume', text: 'Resume', iconName: 'play' },
        { type: 'icon-button', id: 'settings', text: 'Sync settings', iconName: 'settings' },
        history,
      ]
    : [history];
  const act = (id: string): void => {
    if (id === 'run') void runNow(integration);
    else if (id === 'pause') void pause(integration);
    else if (id === 'resume') void resume(integration);
    else open(id === 'history' ? 'history' : 'settings', integration.id);
  };
  return (
    <ButtonGroup
      variant="icon"
      ariaLabel={`Actions of ${integration.name}`}
      items={items}
      onItemClick={({ detail }) => act(detail.id)}
    />
  );
}
