import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useState } from 'react';
import type { Integration } from '../../api/types.ts';
import { count } from '../../parts/format.ts';
import { BULK_ACTIONS, type BulkAction, changeMany } from '../../state/bulk-changes.ts';
import { useClient } from '../../state/use-api.ts';

const TITLES: Readonly<Record<BulkAction, string>> = { run: 'Run now', resume: 'Resume', pause: 'Pause' };

interface BulkActionsProps {
  readonly chosen: readonly Integration[];
  readonly onDone: () => void;
}

/** After an outage: what was switched off by it is on again in one go. */
export function BulkActions({ chosen, onDone }: BulkActionsProps) {
  const client = useClient();
  const [working, setWorking] = useState(false);
  const act = async (action: BulkAction): Promise<void> => {
    setWorking(true);
    await changeMany(action, chosen, client);
    setWorking(false);
    onDone();
  };
  return (
    <ButtonDropdown
      loading={working}
      items={BULK_ACTIONS.map((id) => ({ id, text: TITLES[id] }))}
      onItemClick={({ detail }) => {
        const action = BULK_ACTIONS.find((id) => id === detail.id);
        if (action !== undefined) void act(action);
      }}
    >
      {count(chosen.length)} chosen
    </ButtonDropdown>
  );
}
