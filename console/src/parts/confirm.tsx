import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';

interface ConfirmProps {
  readonly header: string;
  readonly confirm: string;
  readonly children: ReactNode;
  readonly disabled?: boolean;
  /** Closes when it resolves. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone, or that does more than one sees. */
export function Confirm({ header, confirm, children, disabled = false, onConfirm, onClose }: ConfirmProps) {
  const [working, setWorking] = useState(false);
  const act = async (): Promise<void> => {
    setWorking(true);
    try {
      await onConfirm();
    } finally {
      setWorking(false);
    }
    onClose();
  };
  return (
    <Modal
      visible
      header={header}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={working} disabled={disabled} onClick={() => void act()}>
              {confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
