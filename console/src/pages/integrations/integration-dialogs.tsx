import { useState } from 'react';
import type { Integration } from '../../api/types.ts';
import { HistoryDialog } from '../../parts/history/history-dialog.tsx';
import { SyncSettingsDialog } from '../../parts/sync/sync-settings-dialog.tsx';

export type OpenDialog = (dialog: 'settings' | 'history', id: string) => void;

/** The dialogs about one integration of a list. They stay with it while the list is renewed behind them. */
export function useIntegrationDialogs(integrations: readonly Integration[]) {
  const [shown, setShown] = useState<{ readonly dialog: 'settings' | 'history'; readonly id: string }>();
  const open: OpenDialog = (dialog, id) => setShown({ dialog, id });
  const integration = integrations.find(({ id }) => id === shown?.id);
  const close = (): void => setShown(undefined);
  const dialogs =
    integration === undefined ? null : shown?.dialog === 'history' ? (
      <HistoryDialog integration={integration} onClose={close} />
    ) : (
      <SyncSettingsDialog key={integration.id} integration={integration} onClose={close} />
    );
  return { open, dialogs } as const;
}
